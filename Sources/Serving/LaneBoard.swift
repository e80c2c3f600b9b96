import Plant
import Synchronization

/// What the lanes say of themselves, for whoever asks.
final class LaneBoard: Sendable {
    private struct Entry {
        var status = LaneStatus.unknown
        var listener: AsyncStream<Void>.Continuation?
    }

    private let entries = Mutex<[ID<Organization>: Entry]>([:])

    func update(_ scope: OrganizationScope, _ change: (inout LaneStatus) -> Void) {
        entries.withLock { entries in
            change(&entries[scope.id, default: Entry()].status)
            return entries[scope.id]?.listener
        }?.yield()
    }

    /// Says that a lane's status may have changed, however often it did since one looked last; to one listener.
    func changes(in scope: OrganizationScope) -> AsyncStream<Void> {
        let (changes, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        entries.withLock { $0[scope.id, default: Entry()].listener = listener }
        listener.yield()
        return changes
    }

    func forget(_ scope: OrganizationScope) {
        entries.withLock { $0.removeValue(forKey: scope.id) }?.listener?.finish()
    }

    func status(in scope: OrganizationScope) -> LaneStatus { entries.withLock { $0[scope.id]?.status ?? .unknown } }
}
