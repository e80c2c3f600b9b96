import Foundation

/// How many inputs there are, and from which seed on; a failing one is printed with its seed.
///
/// `EAGLE_FUZZ` sets how many there are in all, of which a quarter goes over sockets; `EAGLE_FUZZ_SEED` begins with
/// that seed.
enum FuzzBudget {
    private static let environment = ProcessInfo.processInfo.environment
    private static let total = environment["EAGLE_FUZZ"].flatMap { Int($0) } ?? 12_000

    static let overSockets = total / 4
    static let inProcess = total - overSockets
    static let firstSeed = environment["EAGLE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    /// Where the seed of what is tried at the moment is written, so that a crash leaves it behind.
    static let journal =
        FileManager.default.temporaryDirectory.path + "/eagle-fuzz-\(ProcessInfo.processInfo.processIdentifier)"

    static func note(_ seed: UInt64, worker: Int) {
        try? Data("\(seed)\n".utf8).write(to: URL(fileURLWithPath: "\(journal).\(worker)"))
    }

    static func forget(workers: Int) {
        for worker in 0..<workers { try? FileManager.default.removeItem(atPath: "\(journal).\(worker)") }
    }
}
