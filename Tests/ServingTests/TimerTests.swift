import Foundation
import Models
import ONNXRuntime
import Plant
import Synchronization
import Testing

@testable import Serving

/// Timers that are set while rows come and go by the thousand: one at a time, not one each.
@Suite struct TimerTests {
    /// Timers that go off when a test says so.
    private final class Timers: Sendable {
        private let pending = Mutex<[@Sendable () -> Void]>([])
        private let setCount = Mutex(0)

        var wakeUp: WakeUp {
            WakeUp { _, act in
                self.pending.withLock { $0.append(act) }
                self.setCount.withLock { $0 += 1 }
            }
        }

        /// Those that have been set and have not gone off.
        var pendingCount: Int { pending.withLock { $0.count } }
        var allCount: Int { setCount.withLock { $0 } }

        func goOff() {
            let due = pending.withLock { pending in
                defer { pending = [] }
                return pending
            }
            for act in due { act() }
        }
    }

    private let timers = Timers()
    private let scope = OrganizationScope(provenFor: ID(UUID()))

    @Test func `ten thousand answers with deadlines set one timer, and it sets none after them`() async throws {
        let watchdog = Watchdog(wakeUp: timers.wakeUp)
        let deadline = ContinuousClock.now + .seconds(60)
        for number in 0..<10_000 {
            let answer = try await watchdog.answer(until: deadline + .milliseconds(number)) {
                (call: WatchedCall<Int>) in
                call.end(.success(number))
            }
            #expect(answer == number)
        }
        #expect(timers.pendingCount == 1)
        timers.goOff()
        #expect(timers.allCount == 1)
    }

    @Test func `rows that wait for company and find it set one timer for all`() async throws {
        let artifact = try SmallPlant.artifact.get()
        let version = ModelArtifact.version(of: try artifact.bytes())
        let model = try LoadedModel(artifact, version: version, runtime: ONNXRuntimeLibrary.load())
        let batcher = Batcher(
            limits: BatchLimits(batchSize: 2, maxWaitTime: .seconds(3_600)),
            width: 1,
            wakeUp: timers.wakeUp
        ) { model, values, rowCount in try model.outputs(for: values, rowCount: rowCount) }
        let row = Array(artifact.golden.featureValues.prefix(artifact.golden.columnCount))
        for _ in 0..<500 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        _ = try await batcher.outputs(
                            for: row,
                            rowCount: 1,
                            of: model,
                            ModelKey(version, in: scope),
                            .live,
                            until: nil
                        )
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(batcher.counts.rows == 1_000 && batcher.counts.calls == 500)
        #expect(timers.allCount == 1)
        timers.goOff()
        #expect(timers.allCount == 1)
    }
}
