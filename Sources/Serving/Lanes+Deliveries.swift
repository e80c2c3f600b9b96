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

    /// Proof for each organization that deliveries may be kept for, whether it has any or not.
    package func scopesThatMayDeliver() async throws -> [OrganizationScope] {
        try await stores.organizations.all(in: SystemScope(for: .start))
            .filter { !isClosed($0.id) }
            .map { OrganizationScope(provenFor: $0.id) }
    }
}
