import Plant
import Synchronization

/// What the lanes say of themselves, for whoever asks.
final class LaneBoard: Sendable {
    private struct Entry {
        var status = LaneStatus.unknown
        var listener: AsyncStream<Void>.Continuation?
        /// One for each: that one's rows are kept says nothing of another's.
        var storeBreakers: [StoreWriter: CircuitBreaker] = [:]

        mutating func update(_ writer: StoreWriter, _ change: (inout CircuitBreaker) -> Void) {
            let rest = Backoff(from: .seconds(1), upTo: .seconds(30))
            change(&storeBreakers[writer, default: CircuitBreaker(failureCountMax: 1, rest: rest)])
            let breakers = StoreWriter.allCases.compactMap { storeBreakers[$0] }
            status.breakers[.store] = (breakers.first { $0.state != .closed } ?? breakers[0]).report
        }
    }

    private let entries = Mutex<[ID<Organization>: Entry]>([:])

    func update(_ scope: OrganizationScope, _ change: (inout LaneStatus) -> Void) {
        self.change(scope) { change(&$0.status) }
    }

    // MARK: - The store's breaker

    /// The store did not take what a writer gave it, who rests until then; nil where others try when they like.
    func storeFailed(_ writer: StoreWriter, at now: Instant, until: Instant? = nil, in scope: OrganizationScope) {
        change(scope) { entry in
            entry.update(writer) { breaker in
                if let until { breaker.open(at: now, until: until) } else { breaker.failed(at: now) }
            }
        }
    }

    /// A writer has rested, and tries again.
    func storeProbed(_ writer: StoreWriter, at now: Instant, in scope: OrganizationScope) {
        change(scope) { entry in entry.update(writer) { _ = $0.mayCall(at: now) } }
    }

    /// The store took what a writer gave it.
    ///
    /// - Returns: Whether it had failed before.
    @discardableResult
    func storeSucceeded(_ writer: StoreWriter, in scope: OrganizationScope) -> Bool {
        let hadFailed = entries.withLock { ($0[scope.id]?.storeBreakers[writer]?.failureCount ?? 0) > 0 }
        if hadFailed { change(scope) { entry in entry.update(writer) { $0.succeeded() } } }
        return hadFailed
    }

    private func change(_ scope: OrganizationScope, _ change: (inout Entry) -> Void) {
        entries.withLock { entries in
            change(&entries[scope.id, default: Entry()])
            return entries[scope.id]?.listener
        }?.yield()
    }

    // MARK: - Who listens

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
