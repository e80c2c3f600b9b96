package import Plant
import Storage
import Trust

extension Lanes {
    /// Proof for each organization that has something to deliver, for what the server does by itself.
    package func scopesWithDeliveries(at now: Instant) async throws -> [OrganizationScope] {
        try await stores.deliveryWork.organizations(dueAt: now, in: SystemScope(for: .start))
            .filter { !isClosed($0) }
            .map { OrganizationScope(provenFor: $0) }
    }
}
