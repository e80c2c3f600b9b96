import Foundation
import TestSupport
import Testing

/// The river from source to alert while anything may fail.
@Suite(.serialized, .timeLimit(.minutes(60))) struct RiverFaultTests {
    /// Those of `EAGLE_SEED` (a failing one, to see it again), or as many as `EAGLE_SEEDS` says, or five.
    private static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["EAGLE_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        return Array(1...max(1, environment["EAGLE_SEEDS"].flatMap { UInt64($0) } ?? 5))
    }()

    @Test(arguments: seeds)
    func `whatever fails, nothing that was kept is lost, doubled or wrong, and all is made up for afterwards`(
        seed: UInt64
    ) async throws {
        do {
            try await FaultyRiver().run(seed: seed, steps: 50)
        } catch {
            Issue.record("seed \(seed): \(error); EAGLE_SEED=\(seed) runs it again")
        }
    }
}
