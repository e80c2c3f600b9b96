import Synchronization

/// A stream's signs of life.
final class StreamPulse: Sendable {
    private let state = Mutex((unansweredCount: 0, writeCount: 0))

    func asked() { state.withLock { $0.unansweredCount += 1 } }
    func heard() { state.withLock { $0.unansweredCount = 0 } }
    func wrote() { state.withLock { $0.writeCount += 1 } }

    /// How many pings in a row brought nothing back.
    var unansweredCount: Int { state.withLock(\.unansweredCount) }
    /// How many writes it has taken.
    var writeCount: Int { state.withLock(\.writeCount) }
}
