import Dispatch
import Foundation
import Glibc

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
                guard let used = Self.residentMebibytes, used > memoryMebibytes else { continue }
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

    /// From the kernel's own account of the process; files that are only mapped do not count.
    private static var residentMebibytes: Int? {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let pages = String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        guard pages.count > 2 else { return nil }
        return (pages[1] - pages[2]) * Int(sysconf(Int32(_SC_PAGESIZE))) / (1 << 20)
    }
}
