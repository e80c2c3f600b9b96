import Dispatch
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

/// Looks that do not end, as at a file on a disk that is gone but not said to be.
@Suite struct HangingLookTests {
    @Test func `a look that hangs is told, and keeps nobody else's model from being looked at`() async throws {
        let harness = try await Harness()
        let (north, south) = (try await harness.organization(), try await harness.organization("quarry"))
        let looks = ModelRegistry.looks(timeMax: .seconds(30))
        let registry = ModelRegistry(
            stores: harness.stores,
            folder: harness.folder.path("models"),
            time: harness.time,
            cache: harness.registry.cache,
            looks: looks
        )
        let version = try #require(try await harness.stores.models.champion(in: north)?.version)
        let theirs = try #require(try await harness.stores.models.champion(in: south)?.version)
        let gate = DispatchSemaphore(value: 0)
        async let first = {
            await #expect(throws: ModelError.self) {
                try await looks.value(for: ModelKey(version, in: north), .person) { tell in
                    gate.wait()
                    tell(.success(ModelLook(checks: [])))
                }
            }
        }()
        while looks.ongoingCount == 0 { await Task.yield() }
        // Who asks meanwhile waits for the same look.
        async let hanging = registry.validateHealth(of: version, in: north)
        let other = try await registry.validateHealth(of: theirs, in: south)
        #expect(other.isHealthy)
        let (health, _) = (try await hanging, await first)
        #expect(!health.isHealthy)
        // A disk that is gone for a while condemns no model.
        #expect(health.error?.isTransient == true)
        #expect(registry.hangingLookCount == 1)
        // Whoever asks again is told at once, and others are looked at on.
        #expect(try await !registry.validateHealth(of: version, in: north).isHealthy)
        #expect(try await registry.validateHealth(of: theirs, in: south).isHealthy)
        #expect(registry.hangingLookCount == 1)

        gate.signal()
        while registry.hangingLookCount > 0 { await Task.yield() }
        #expect(try await registry.validateHealth(of: version, in: north).isHealthy)
    }
}
