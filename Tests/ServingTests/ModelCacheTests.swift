import Dispatch
import Foundation
import Models
import ONNXRuntime
import Plant
import Synchronization
import TestSupport
import Testing

@testable import Serving

/// The cache over real sessions, with a loader that tests can hold and fail.
@Suite struct ModelCacheTests {
    /// Loads the small plant's model, under whatever key.
    private final class Loader: Sendable {
        private struct State {
            var counts: [ModelKey: Int] = [:]
            var failuresLeft = 0
            var fault = ModelError.Code.runtimeFailed
            var held: Set<ModelKey> = []
        }

        private let state = Mutex(State())
        private let gate = DispatchSemaphore(value: 0)
        private let artifact: ModelArtifact
        private let runtime: ONNXRuntimeLibrary

        init() throws {
            artifact = try SmallPlant.artifact.get()
            runtime = try ONNXRuntimeLibrary.load()
        }

        func load(_ key: ModelKey) throws -> LoadedModel {
            let (isHeld, fault) = state.withLock { state in
                state.counts[key, default: 0] += 1
                defer { state.failuresLeft = max(0, state.failuresLeft - 1) }
                return (state.held.contains(key), state.failuresLeft > 0 ? state.fault : nil)
            }
            if isHeld { gate.wait() }
            if let fault { throw ModelError(fault, "told to fail") }
            return try LoadedModel(artifact, version: key.version, runtime: runtime)
        }

        func hold(_ key: ModelKey) { state.withLock { _ = $0.held.insert(key) } }

        func release() {
            state.withLock { $0.held = [] }
            gate.signal()
        }

        func fail(times count: Int, with fault: ModelError.Code = .runtimeFailed) {
            state.withLock { ($0.failuresLeft, $0.fault) = (count, fault) }
        }

        func count(of key: ModelKey) -> Int { state.withLock { $0.counts[key] ?? 0 } }
    }

    private let loader: Loader
    private let time = ManualTime()
    private let north = OrganizationScope(provenFor: ID(UUID()))
    private let south = OrganizationScope(provenFor: ID(UUID()))

    init() throws { loader = try Loader() }

    private func cache(_ budget: CacheBudget = CacheBudget(), _ policy: CachePolicy = .lru) -> ModelCache {
        // A load that is held here is none that hangs, however busy the machine is.
        ModelCache(budget: budget, policy: policy, loadTimeMax: .seconds(3_600), time: time) { [loader] in
            try loader.load($0)
        }
    }

    private func key(_ number: Int, in scope: OrganizationScope? = nil) throws -> ModelKey {
        let digits = String(number, radix: 16)
        let version = ModelVersion(hash: String(repeating: "0", count: 64 - digits.count) + digits)
        return ModelKey(try #require(version), in: scope ?? north)
    }

    @Test func `a model is loaded once, however many ask for it at a time`() async throws {
        let (cache, key) = (cache(), try key(1))
        loader.hold(key)
        let models = try await withThrowingTaskGroup(of: LoadedModel.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.model(key) } }
            while cache.lookupCount < 50 { await Task.yield() }
            loader.release()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(models.allSatisfy { $0 === models[0] })
        #expect(loader.count(of: key) == 1)
        #expect(try await cache.model(key) === models[0])
        let figures = cache.figures(in: north)
        #expect(figures.missCount == 50)
        #expect(figures.hitCount == 1)
        #expect(figures.loadCount == 1)
        #expect(figures.resident.map(\.version) == [key.version])
        #expect(try #require(figures.loadMilliseconds) > 0)
    }

    @Test func `nobody waits for the load of another's model`() async throws {
        let (cache, slow, quick) = (cache(), try key(1), try key(2, in: south))
        loader.hold(slow)
        async let first = cache.model(slow)
        while loader.count(of: slow) == 0 { await Task.yield() }
        #expect(try await cache.model(quick).version == quick.version)
        #expect(cache.resident(slow) == nil)
        loader.release()
        #expect(try await first.version == slow.version)
    }

    @Test func `whoever waits for a load no longer than until a deadline is answered then`() async throws {
        let (cache, key) = (cache(), try key(1))
        loader.hold(key)
        await #expect(throws: Overdue.self) { try await cache.model(key, until: .now + .milliseconds(1)) }
        loader.release()
        // What was under way goes on, and serves the next.
        _ = try await cache.model(key)
        #expect(loader.count(of: key) == 1)
    }

    @Test func `a model that can't be loaded is told to all who wait, and the next tries again`() async throws {
        let (cache, key) = (cache(), try key(1))
        loader.fail(times: 1)
        await #expect(throws: ModelError.self) { try await cache.model(key) }
        #expect(cache.occupancy.modelCount == 0)
        _ = try await cache.model(key)
        #expect(loader.count(of: key) == 2)
    }

    @Test func `where a load finds no memory others leave for it`() async throws {
        let cache = cache()
        for number in 1...8 { _ = try await cache.model(key(number)) }
        loader.fail(times: 1, with: .outOfMemory)
        let key = try key(9)
        _ = try await cache.model(key)
        #expect(loader.count(of: key) == 2)
        let evicted = cache.figures(in: north).evictionCount
        #expect((1...8).contains(evicted))  // A quarter of the bytes, of models that don't all weigh the same.
        #expect(cache.occupancy.modelCount == 9 - evicted)
    }

    @Test func `the budget counts measured bytes, and one that leaves is freed with its last caller`() async throws {
        let probe = cache()
        let graph = try await probe.model(key(1)).graphByteCount
        // Weighed by growth, or by what others took: other tests allocate too.
        let each = graph...20 * graph
        #expect(each.contains(probe.occupancy.byteCount))
        let cache = cache(CacheBudget(byteCountMax: each.upperBound))
        weak var first: LoadedModel?
        var held: LoadedModel? = try await cache.model(key(1))
        first = held
        for number in 2...21 {
            time.advance(by: .seconds(1))
            _ = try await cache.model(key(number))
            #expect(cache.occupancy.byteCount <= each.upperBound)
        }
        #expect(cache.resident(try key(1)) == nil)
        let golden = try SmallPlant.artifact.get().golden
        #expect(try held?.outputs(for: golden.featureValues, rowCount: golden.rowCount).count == golden.rowCount)
        held = nil
        #expect(first == nil)
        #expect(cache.figures(in: north).ageAtEvictionSeconds != nil)
    }

    @Test func `idle models leave, and under pressure more`() async throws {
        let cache = cache(CacheBudget(idleMax: .seconds(60)))
        _ = try await cache.model(key(1))
        time.advance(by: .seconds(40))
        _ = try await cache.model(key(2))
        time.advance(by: .seconds(40))
        cache.sweep()
        #expect(cache.resident(try key(1)) == nil)
        #expect(cache.resident(try key(2)) != nil)

        let pressed = self.cache(CacheBudget(residentBytesMax: 1))
        for number in 1...8 { _ = try await pressed.model(key(number)) }
        while pressed.occupancy.modelCount > 0 { pressed.sweep() }
    }

    @Test func `the same version in two organizations is two models, and each sees its own figures`() async throws {
        let cache = cache()
        let (here, there) = (try key(1, in: north), try key(1, in: south))
        let ours = try await cache.model(here)
        #expect(cache.resident(there) == nil)
        #expect(try await cache.model(there) !== ours)
        cache.forget(here)
        #expect(cache.resident(there) != nil)
        #expect(cache.figures(in: north).resident.isEmpty)
        #expect(cache.figures(in: south).resident.count == 1)
        #expect(cache.figures(in: south).hitCount == 0)
        #expect(cache.figures(in: OrganizationScope(provenFor: ID(UUID()))) == CacheFigures())
    }

    @Test func `a model that is loaded anew takes the place of the one before, and stays out where that fails`()
        async throws
    {
        let (cache, key) = (cache(), try key(1))
        let first = try await cache.model(key)
        loader.fail(times: 1)
        await #expect(throws: ModelError.self) { try await cache.reload(key) }
        #expect(cache.resident(key) === first)
        let second = try await cache.reload(key)
        #expect(second !== first && cache.resident(key) === second)
        #expect(cache.occupancy.modelCount == 1)
    }

    @Test func `models in a cycle over real sessions are found nine times in ten`() async throws {
        let cache = cache(CacheBudget(modelCountMax: 19), .auto)
        for visit in 0..<200 {
            time.advance(by: .seconds(1))
            let golden = try SmallPlant.artifact.get().golden
            _ = try await cache.model(key(visit % 20)).outputs(for: golden.featureValues, rowCount: golden.rowCount)
        }
        #expect(cache.figures(in: north).missCount <= 20 + 18)
    }
}
