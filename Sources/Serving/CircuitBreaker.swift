package import Plant

/// Stops calling what keeps failing, and probes it after a rest.
package struct CircuitBreaker: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case closed(failureCount: Int)
        case open(until: Instant)
        case halfOpen(until: Instant)
    }

    package private(set) var state = State.closed(failureCount: 0)
    package private(set) var lastFailure: Instant?
    private let failureCountMax: Int
    private let rest: Duration

    package init(failureCountMax: Int = 3, rest: Duration = .seconds(30)) {
        self.failureCountMax = failureCountMax
        self.rest = rest
    }

    package mutating func mayCall(at now: Instant) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until) where until <= now, .halfOpen(let until) where until <= now:
            state = .halfOpen(until: now + rest)  // A probe that never answers gives way to the next.
            return true
        case .open, .halfOpen: return false
        }
    }

    package mutating func succeeded() { state = .closed(failureCount: 0) }

    package mutating func failed(at now: Instant) {
        lastFailure = now
        switch state {
        case .closed(let count) where count + 1 < failureCountMax: state = .closed(failureCount: count + 1)
        case .closed, .open, .halfOpen: state = .open(until: now + rest)
        }
    }

    /// `closed`, `open` or `halfOpen`.
    package var name: String {
        switch state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "halfOpen"
        }
    }
}
