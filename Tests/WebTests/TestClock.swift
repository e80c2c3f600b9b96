import Plant
import Serving
import Synchronization
import TestSupport

/// Time that stands until a test moves it.
final class TestClock: TimeSource {
    private let instant = Mutex(Instant.t0)

    var now: Instant { instant.withLock { $0 } }

    func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }

    /// Nothing waits for this time to pass, but a short rest, such as a lane's that was left behind, is over at once.
    func sleep(for duration: Duration) async throws {
        if duration > .milliseconds(500) { try await Task.sleep(for: .seconds(3_600)) }
        await Task.yield()
    }
}
