package import Plant

/// Lets a condition count only after it has held for its on-delay, and go only after its off-delay.
///
/// What was seen last is taken to go on until something else is seen, so the outcome does not depend on how often
/// anybody looks: whoever observes first lets everything expire that is due by then.
package struct Delay: Hashable, Sendable, Codable {
    package enum State: Hashable, Sendable, Codable {
        case idle
        case raising(since: Instant)
        case active
        case clearing(since: Instant)
    }

    package private(set) var state = State.idle

    package init() {}

    /// Whether the alarm stands: from the on-delay's end to the off-delay's.
    package var isActive: Bool {
        switch state {
        case .idle, .raising: false
        case .active, .clearing: true
        }
    }

    package mutating func observe(_ holds: Bool, at instant: Instant, onDelay: Duration, offDelay: Duration) {
        switch (state, holds) {
        case (.idle, true): state = onDelay > .zero ? .raising(since: instant) : .active
        case (.raising, false): state = .idle
        case (.active, false): state = offDelay > .zero ? .clearing(since: instant) : .idle
        case (.clearing, true): state = .active
        case (.idle, false), (.raising, true), (.active, true), (.clearing, false): break
        }
    }

    /// Makes the alarm stand, whatever delay runs.
    package mutating func stand() { state = .active }

    /// When the delay that runs will be over; nil when none runs.
    package func due(onDelay: Duration, offDelay: Duration) -> Instant? {
        switch state {
        case .raising(let since): since + onDelay
        case .clearing(let since): since + offDelay
        case .idle, .active: nil
        }
    }

    /// Ends the delay that runs, if it is due by then.
    package mutating func expire(at instant: Instant, onDelay: Duration, offDelay: Duration) {
        switch state {
        case .raising(let since): if since + onDelay <= instant { state = .active }
        case .clearing(let since): if since + offDelay <= instant { state = .idle }
        case .idle, .active: break
        }
    }
}
