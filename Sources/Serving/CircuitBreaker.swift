package import Plant

/// Stops calling what keeps failing, and probes it after a rest that grows with each probe that fails.
package struct CircuitBreaker: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case closed
        case open(until: Instant)
        /// One probe is out; another may go where it has not answered until then.
        case halfOpen(until: Instant)
    }

    package private(set) var state = State.closed
    /// Failures since the last success.
    package private(set) var failureCount = 0
    package private(set) var lastFailure: Instant?
    private let failureCountMax: Int
    private let probeTime: Duration
    private var rest: Backoff

    package init(failureCountMax: Int = 3, rest: Backoff = Backoff(from: .seconds(30), upTo: .seconds(300))) {
        self.failureCountMax = failureCountMax
        self.rest = rest
        probeTime = .seconds(30)
    }

    package mutating func mayCall(at now: Instant) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until) where until <= now, .halfOpen(let until) where until <= now:
            state = .halfOpen(until: now + probeTime)  // A probe that never answers gives way to the next.
            return true
        case .open, .halfOpen: return false
        }
    }

    package mutating func succeeded() {
        state = .closed
        failureCount = 0
        rest.reset()
    }

    package mutating func failed(at now: Instant) {
        lastFailure = now
        failureCount += 1
        if state != .closed || failureCount >= failureCountMax { state = .open(until: now + rest.next()) }
    }

    /// Opens at once, however few failures there were: before then it is no use to try.
    package mutating func open(at now: Instant, until: Instant) {
        lastFailure = now
        failureCount += 1
        state = .open(until: until)
    }

    /// Lets the next probe go now.
    package mutating func endRest(at now: Instant) {
        if case .open(let until) = state, until > now { state = .open(until: now) }
    }

    /// When the next probe may go; nil while it is closed.
    package var probesAt: Instant? {
        switch state {
        case .closed: nil
        case .open(let until), .halfOpen(let until): until
        }
    }

    var report: BreakerReport {
        let name: BreakerReport.State =
            switch state {
            case .closed: .closed
            case .open: .open
            case .halfOpen: .halfOpen
            }
        return BreakerReport(state: name, failureCount: failureCount, lastFailure: lastFailure, probesAt: probesAt)
    }
}

/// What a lane depends on, each behind a breaker of its own.
package enum Dependency: String, Hashable, Sendable, Codable, CaseIterable {
    case model, source, store
}

/// How one of an organization's breakers stands.
package struct BreakerReport: Hashable, Sendable, Codable {
    package enum State: String, Hashable, Sendable, Codable {
        case closed, open, halfOpen
    }

    package var state: State
    /// Since the last success.
    package var failureCount: Int
    package var lastFailure: Instant?
    /// When the next probe may go; nil while it is closed.
    package var probesAt: Instant?

    static let untouched = BreakerReport(state: .closed, failureCount: 0)
}
