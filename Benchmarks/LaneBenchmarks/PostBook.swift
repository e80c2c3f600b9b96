import Alarms
import Plant
import Synchronization

/// When one organization's readings were posted, and how long after that their alerts came.
final class PostBook: Sendable {
    private struct State {
        var posts: [Instant: ContinuousClock.Instant] = [:]
        var waits = Waits()
    }

    struct Waits: Sendable {
        var acknowledgements: [Duration] = []
        var ruleAlerts: [Duration] = []
        var predictiveAlerts: [Duration] = []

        mutating func add(_ other: Waits) {
            acknowledgements += other.acknowledgements
            ruleAlerts += other.ruleAlerts
            predictiveAlerts += other.predictiveAlerts
        }
    }

    private let state = Mutex(State())

    /// The reading's instant must be the organization's only one.
    func posted(_ reading: Reading, at moment: ContinuousClock.Instant) {
        state.withLock { $0.posts[reading.instant] = moment }
    }

    func acknowledged(_ reading: Reading, at moment: ContinuousClock.Instant) {
        state.withLock { state in
            guard let post = state.posts[reading.instant] else { return }
            state.waits.acknowledgements.append(moment - post)
        }
    }

    /// Alerts of readings that were not posted through this book are left out.
    func told(_ alert: Alert, at moment: ContinuousClock.Instant) {
        state.withLock { state in
            guard let post = state.posts[alert.transition.at] else { return }
            switch alert.transition.source {
            case .rule: state.waits.ruleAlerts.append(moment - post)
            case .prediction: state.waits.predictiveAlerts.append(moment - post)
            case nil: break
            }
        }
    }

    func clear() { state.withLock { $0 = State() } }

    var waits: Waits { state.withLock { $0.waits } }
}
