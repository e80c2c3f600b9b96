import Dispatch
import Foundation
import Glibc

/// One alert told to ten thousand WebSocket clients; see the README beside this folder.
///
/// The server runs in this process, the clients in one more, so that the file descriptors of either suffice. Both share
/// the machine's cores, and the clients' own cost counts.
@main
struct StreamLoad {
    static func main() async throws {
        raiseFileLimit()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.compactMap { Int($0) }
        if arguments.first == "clients", arguments.count == 4, let port = UInt16(arguments[1]) {
            try ClientCrowd(port: port, token: arguments[2], count: Int(arguments[3]) ?? 0).run()
        } else if numbers.count == arguments.count {
            try await FanOut(
                clientCount: numbers.first ?? 10_000,
                reconnectCount: numbers.dropFirst().first ?? 1_000,
                slowCount: numbers.dropFirst(2).first ?? 100
            ).measure()
        } else {
            print("StreamLoad [CLIENTS] [RECONNECTING] [SLOW]")
        }
    }

    private static func raiseFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Nanoseconds of a clock that both processes read.
func monotonicNanoseconds() -> Int { Int(DispatchTime.now().uptimeNanoseconds) }
