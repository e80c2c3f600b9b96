import Plant
import Synchronization

/// What the lanes say of themselves, for whoever asks.
final class LaneBoard: Sendable {
    private let statuses = Mutex<[ID<Organization>: LaneStatus]>([:])

    func update(_ scope: OrganizationScope, _ change: (inout LaneStatus) -> Void) {
        statuses.withLock { change(&$0[scope.id, default: .unknown]) }
    }

    func status(in scope: OrganizationScope) -> LaneStatus { statuses.withLock { $0[scope.id] ?? .unknown } }
}
