import Synchronization

/// A stream's signs of life, on a clock that only goes forward.
final class StreamPulse: Sendable {
    private let state = Mutex((heard: ContinuousClock.now, writeCount: 0))

    func heard() { state.withLock { $0.heard = ContinuousClock.now } }
    func wrote() { state.withLock { $0.writeCount += 1 } }

    /// How long the client has said nothing.
    var silence: Duration { state.withLock { ContinuousClock.now - $0.heard } }
    /// How many writes it has taken.
    var writeCount: Int { state.withLock(\.writeCount) }
}
