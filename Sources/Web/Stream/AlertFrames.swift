import Alarms
import DequeModule
import NIOCore
import Plant
import Synchronization

/// Alerts as they are told, each encoded once, however many clients hear of it.
final class AlertFrames: Sendable {
    private struct Place: Hashable {
        let organization: ID<Organization>
        let sequence: Int64
    }

    private struct State {
        var texts: [Place: ByteBuffer] = [:]
        /// The oldest first.
        var order: Deque<Place> = []
    }

    private let state = Mutex(State())
    private let countMax: Int

    /// - Parameter countMax: Of alerts, over all organizations; a few kilobytes each.
    init(countMax: Int = 2_048) { self.countMax = max(1, countMax) }

    /// An alert's JSON; what was committed under a number never changes.
    func text(of alert: Alert, in scope: OrganizationScope) throws -> ByteBuffer {
        let place = Place(organization: scope.id, sequence: alert.sequence)
        if let text = state.withLock({ $0.texts[place] }) { return text }
        // Without the lock: two that come at once both encode it, and come to the same.
        let text = try JSONText.encode(AlertDocument(alert))
        state.withLock { state in
            guard state.texts.updateValue(text, forKey: place) == nil else { return }
            state.order.append(place)
            if state.order.count > countMax, let oldest = state.order.popFirst() { state.texts[oldest] = nil }
        }
        return text
    }

    /// Those at hand that follow a number without a gap, in order.
    func texts(after sequence: Int64, limit: Int, in scope: OrganizationScope) -> [ByteBuffer] {
        state.withLock { state in
            var found: [ByteBuffer] = []
            while found.count < limit,
                let text = state.texts[
                    Place(organization: scope.id, sequence: sequence + Int64(found.count) + 1)
                ]
            {
                found.append(text)
            }
            return found
        }
    }
}
