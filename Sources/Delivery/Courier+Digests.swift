import Alarms
import Plant
import Storage
import Synchronization

extension Courier {
    /// How many alerts one digest holds.
    static let digestCountMax = 100

    /// Puts digests in the place of all that waits for a target and is not CRITICAL, and calls off what nobody needs to
    /// hear any more.
    ///
    /// A machine gets each alert: as many digests as it takes. A person gets one, which names the first and counts the
    /// rest.
    ///
    /// - Returns: How many digests; none where one alone waits, or nothing.
    func digest(at place: CourierLedger.Place, now: Instant, in scope: OrganizationScope) async throws -> Int {
        guard let target = try await stores.deliveryTargets.byID(place.target, in: scope)?.target else { return 0 }
        let waiting = try await stores.deliveries.digestible(for: target.id, at: now, limit: PageLimit.max, in: scope)
        var wanted: [DeliveryRecord] = []
        var told: Set<ID<Alarm>> = []
        for delivery in waiting {
            guard let alarm = delivery.record.alarm else { continue }
            if let reason = try await needless(delivery, wasTold: told.contains(alarm), in: scope) {
                try await stores.deliveries.cancel(delivery.record.id, because: reason, at: now, in: scope)
                tally.withLock { $0.cancelled += 1 }
            } else {
                wanted.append(delivery.record)
                told.insert(alarm)
            }
        }
        guard wanted.count > 1 else { return 0 }
        let size = target.channel.kind == .webhook ? Self.digestCountMax : wanted.count
        var generator = SystemRandomNumberGenerator()
        let digests = stride(from: 0, to: wanted.count, by: size).map { start in
            let members = Array(wanted[start..<min(start + size, wanted.count)])
            return DeliveryStore.Digest(id: .random(using: &generator), members: members)
        }
        try await stores.deliveries.digest(digests, for: target.id, named: target.name, at: now, in: scope)
        return digests.count
    }
}
