import Alarms
import Dispatch
import Foundation
import Models
import ONNXRuntime
import Plant
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Serving

/// Loads that do not end, as from a disk that is gone but not said to be.
@Suite struct HangingLoadTests {
    private let scope = OrganizationScope(provenFor: ID(UUID()))

    private func key(_ number: Int) throws -> ModelKey {
        let digits = String(number, radix: 16)
        let version = ModelVersion(hash: String(repeating: "0", count: 64 - digits.count) + digits)
        return ModelKey(try #require(version), in: scope)
    }

    @Test func `a load that takes too long gives its place up, and stays known until it ends`() throws {
        var turns = LoadTurns<String>(countMax: 2, timeMax: .seconds(60))
        let start = ContinuousClock.now
        let (first, second, third) = (try key(1), try key(2), try key(3))
        for (key, waiter) in [(first, "a"), (second, "b"), (third, "c"), (first, "d")] {
            let isAwaited = turns.wait(waiter, for: key)
            #expect(isAwaited)
        }
        #expect(turns.looksAt == nil)
        let begun = [turns.begin(at: start), turns.begin(at: start)]
        #expect(begun == [[first, second], []])
        #expect(turns.looksAt == start + .seconds(60))

        let early = turns.giveUp(at: start + .seconds(59))
        #expect(early.isEmpty)
        let (ended, next) = (turns.end(second), turns.begin(at: start + .seconds(10)))
        #expect(ended == ["b"] && next == [third])
        let given = turns.giveUp(at: start + .seconds(60))
        #expect(given == ["a", "d"])
        #expect(turns.overdueCount == 1)
        #expect(turns.looksAt == start + .seconds(70))

        // Nobody waits for it, none is begun beside it, and its place is another's.
        let isAwaited = turns.wait("e", for: first)
        #expect(!isAwaited)
        let others = try (4...5).map { try key($0) }
        for key in others { _ = turns.wait("f", for: key) }
        let replacing = turns.begin(at: start + .seconds(61))
        #expect(replacing == [others[0]])

        // When it ends after all, it takes no place with it, and may be asked for anew.
        let (nobody, none) = (turns.end(first), turns.begin(at: start + .seconds(62)))
        #expect(nobody.isEmpty && none.isEmpty)
        let (waiter, last) = (turns.end(third), turns.begin(at: start + .seconds(63)))
        #expect(waiter == ["c"] && last == [others[1]])
        let isAwaitedAnew = turns.wait("g", for: first)
        #expect(isAwaitedAnew && turns.overdueCount == 0)
    }

    @Test func `as many loads that hang as cores keep nobody else's model from being loaded`() async throws {
        let artifact = try SmallPlant.artifact.get()
        let runtime = try ONNXRuntimeLibrary.load()
        let hanging = Set(try (1...2).map { try key($0) })
        let gate = DispatchSemaphore(value: 0)
        let counts = Mutex<[ModelKey: Int]>([:])
        let cache = ModelCache(
            budget: CacheBudget(),
            policy: .lru,
            loadCountMax: 2,
            loadTimeMax: .seconds(30),
            time: ManualTime()
        ) { key in
            counts.withLock { $0[key, default: 0] += 1 }
            if hanging.contains(key) { gate.wait() }
            return try LoadedModel(artifact, version: key.version, runtime: runtime)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in hanging {
                group.addTask {
                    // Whoever waits without a deadline is told too.
                    let error = await #expect(throws: ModelError.self) { try await cache.model(key) }
                    #expect(error?.isTransient == true)
                }
            }
            let other = try key(3)
            group.addTask {
                let model = try await cache.model(other)
                #expect(model.version == other.version)
            }
            try await group.waitForAll()
        }
        #expect(cache.hangingLoadCount == 2)
        for key in hanging { await #expect(throws: ModelError.self) { try await cache.model(key) } }
        #expect(counts.withLock { counts in hanging.allSatisfy { counts[$0] == 1 } })
        for _ in hanging { gate.signal() }
        while cache.hangingLoadCount > 0 { await Task.yield() }
        // What came late serves whoever asks next.
        for key in hanging { #expect(try await cache.model(key).version == key.version) }
        #expect(counts.withLock { counts in hanging.allSatisfy { counts[$0] == 1 } })
    }

    @Test func `a lane that starts beside a load that hangs follows its rules at once, and predicts when it can`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let live = SmallPlant.readings(days: 40..<48)
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
        }
        // Another server, whose disk does not answer.
        let gate = Gate()
        let (models, keyring) = (harness.folder.path("models"), harness.stores.keyring)
        let cache = ModelCache(
            budget: CacheBudget(),
            policy: .auto,
            loadTimeMax: .seconds(3_600),
            time: harness.time
        ) { key in
            gate.pass()
            return try ModelRegistry.load(key, below: models, keyring: keyring)
        }
        let registry = ModelRegistry(stores: harness.stores, folder: models, time: harness.time, cache: cache)
        let newest = try #require(live[..<100].map(\.instant).max())
        try await harness.with(registry).running { lanes in
            let before = try await harness.stores.alerts.lastSequence(in: scope)
            let leak = Reading(asset: "p1", instant: newest + .seconds(1), values: [2, 5, 1])
            try await lanes.push([leak], in: scope)
            while try await harness.stores.alerts.lastSequence(in: scope) == before { await Task.yield() }
            let open = try await harness.stores.alarms.open(in: scope)
            #expect(open.contains { $0.condition == .component("seal") && $0.type == .warning })
            while try await lanes.status(in: scope).behind > 0 { await Task.yield() }
            // Its load goes on, it serves nobody, and nobody has been told that anything is wrong with it.
            #expect(gate.waitingCount == 1)
            #expect(try await lanes.status(in: scope).predictions == .warmingUp)
            #expect(cache.hangingLoadCount == 0 && cache.resident(ModelKey(version, in: scope)) == nil)
            gate.open()
            try await lanes.settle(in: scope)
        }
    }

    /// Where loads wait until it opens.
    private final class Gate: Sendable {
        private let state = Mutex((isOpen: false, waitingCount: 0))
        private let semaphore = DispatchSemaphore(value: 0)

        var waitingCount: Int { state.withLock { $0.waitingCount } }

        func pass() {
            let mustWait = state.withLock { state in
                if !state.isOpen { state.waitingCount += 1 }
                return !state.isOpen
            }
            if mustWait { semaphore.wait() }
        }

        func open() {
            let count = state.withLock { state in
                state.isOpen = true
                return state.waitingCount
            }
            for _ in 0..<count { semaphore.signal() }
        }
    }
}
