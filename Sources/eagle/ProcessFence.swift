import Dispatch
import Foundation
import Glibc
import Serving

/// Ends this process where it takes too much memory, or where whoever started it is gone.
struct ProcessFence: Sendable {
    let memoryMebibytes: Int
    /// Told why, before the process ends.
    let lastWords: @Sendable (String) -> Void

    /// From now on until the process ends, on threads of its own.
    func raise() {
        // The lanes of all organizations come first.
        nice(10)
        // A hard fence far behind the one that can say why: what runs into it crashes, and takes nothing with it.
        let bytes = (rlim_t(memoryMebibytes) << 21) + (1 << 30)
        var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        Thread.detachNewThread {
            while true {
                usleep(50_000)
                guard let used = ResidentMemory.byteCount, used >> 20 > memoryMebibytes else { continue }
                lastWords(
                    "it needed more than the \(memoryMebibytes) MiB of memory it may use: give memoryMebibytesMax more, "
                        + "or train on fewer days, tags or windows"
                )
                _exit(1)
            }
        }
        Thread.detachNewThread {
            // The server holds the other end: it ends with the server, however that ends.
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            _exit(1)
        }
    }
}
