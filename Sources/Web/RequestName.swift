import Synchronization

/// Names requests, so that a client's report and the log's line find each other.
enum RequestName {
    /// Eight random digits for the process, then a count.
    private static let prefix = String(UInt32.random(in: .min ... .max), radix: 16)
    private static let count = Atomic<Int>(0)

    static func next() -> String { "\(prefix)-\(count.wrappingAdd(1, ordering: .relaxed).newValue)" }

    /// The client's own name for its request, where that is harmless in a log; else a new one.
    static func adopted(_ given: String?) -> String {
        guard let given, (1...64).contains(given.utf8.count), given.utf8.allSatisfy(isPlain) else { return next() }
        return given
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95: true
        default: false
        }
    }
}
