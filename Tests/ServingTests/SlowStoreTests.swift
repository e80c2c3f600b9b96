import Alarms
import Database
import Plant
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Serving

/// A store that takes its time.
@Suite struct SlowStoreTests {
    /// Lets nobody through while it is shut.
    private final class Gate: Sendable {
        private let state = Mutex((isShut: false, waitingCount: 0, acknowledgedCount: 0))

        var waitingCount: Int { state.withLock(\.waitingCount) }
        var acknowledgedCount: Int { state.withLock(\.acknowledgedCount) }

        func shut() { state.withLock { $0.isShut = true } }
        func open() { state.withLock { $0.isShut = false } }
        func acknowledged() { state.withLock { $0.acknowledgedCount += 1 } }

        func pass() async {
            guard state.withLock(\.isShut) else { return }
            state.withLock { $0.waitingCount += 1 }
            while state.withLock(\.isShut) { await Task.yield() }
            state.withLock { $0.waitingCount -= 1 }
        }
    }

    @Test func `the store's breaker opens by a push as by the lane, is half open while the lane tries, and closes`()
        async throws
    {
        let live = SmallPlant.readings(days: 40..<44)
        let folder = try TemporaryDirectory()
        let gate = Gate()
        let faulty = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite")))) { await gate.pass() }
        let harness = try await Harness(folder: folder, database: faulty)
        let scope = try await harness.organization(withModel: false)
        try await harness.running { lanes in
            // Of the board, which needs no store.
            @Sendable func breaker() -> BreakerReport { lanes.board.status(in: scope).breakers[.store] }
            try await lanes.push(Array(live[..<40]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(breaker() == .untouched)

            faulty.fail(at: Set((1...1_000).map { .write($0) }), with: .full)
            for count in 1...2 {
                await #expect(throws: DatabaseError.self) { try await lanes.push(Array(live[40..<60]), in: scope) }
                #expect(breaker().state == .open && breaker().failureCount == count)
                #expect(breaker().lastFailure == harness.time.now)
                #expect(try #require(breaker().probesAt) > harness.time.now)
            }
            faulty.fail(at: [])
            try await lanes.push(Array(live[40..<60]), in: scope)
            #expect(breaker().state == .closed && breaker().failureCount == 0)
            try await lanes.settle(in: scope, serving: false)

            // Kept, and then the lane can't write what it concluded.
            faulty.fail(at: [.commit(1)], writing: "lane", with: .full)
            try await lanes.push(Array(live[60..<80]), in: scope)
            while breaker().state != .open { await Task.yield() }
            #expect(breaker().failureCount == 1)
            gate.shut()
            while breaker().state != .halfOpen {
                harness.time.advance(by: .milliseconds(100))
                for _ in 0..<20 { await Task.yield() }
            }
            gate.open()
            while breaker().state != .closed { await Task.yield() }
            try await lanes.settle(in: scope, serving: false)
            #expect(breaker().failureCount == 0)
        }
    }

    @Test func `while the store is slow nothing is acknowledged or told, and then all of it is, once`() async throws {
        let live = SmallPlant.readings(days: 40..<44)
        let folder = try TemporaryDirectory()
        let gate = Gate()
        let slow = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite")))) { await gate.pass() }
        let harness = try await Harness(folder: folder, database: slow)
        let scope = try await harness.organization()
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<60]), in: scope)
            try await lanes.settle(in: scope)
            let told = try await harness.stores.alerts.lastSequence(in: scope)
            let heard = lanes.hub.subscribe(in: scope)
            gate.shut()
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask {
                    for start in stride(from: 60, to: live.count, by: 20) {
                        try await lanes.push(Array(live[start..<min(start + 20, live.count)]), in: scope)
                        gate.acknowledged()
                    }
                }
                while gate.waitingCount == 0 { await Task.yield() }
                for _ in 0..<500 { await Task.yield() }
                #expect(gate.acknowledgedCount == 0)
                gate.open()
            }
            try await lanes.settle(in: scope)
            let first = try await heard.first { _ in true }
            #expect(first?.sequence == told + 1)
        }
        let sound = try await Harness()
        let soundScope = try await sound.organization()
        try await sound.running { lanes in
            try await lanes.push(live, in: soundScope)
            try await lanes.settle(in: soundScope)
        }
        let said = try await harness.stores.alerts.after(0, limit: 500, in: scope).map(Said.init)
        // Which batches it came in decides in which order rules and model speak, and nothing else.
        let expectedSaid = try await sound.stores.alerts.after(0, limit: 500, in: soundScope).map(Said.init)
        #expect(Set(said.map(\.withoutNumber)) == Set(expectedSaid.map(\.withoutNumber)))
        #expect(said.map(\.sequence) == expectedSaid.map(\.sequence))
        let predictions = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
        let expected = try await sound.stores.predictions.page(asset: "p1", limit: 999, in: soundScope).elements
        #expect(predictions.map(\.prediction) == expected.map(\.prediction))
        #expect(!said.isEmpty && !predictions.isEmpty)
    }
}
