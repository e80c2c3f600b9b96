import Plant
import Storage
import Trust

extension Lanes {
    /// The organizations' chains and the server's own, for what the server writes down by itself.
    func auditScopes() async throws -> (server: SystemScope, organizations: [OrganizationScope]) {
        let server = SystemScope(for: .start)
        let organizations = try await stores.organizations.all(in: server)
        return (server, organizations.map { OrganizationScope(provenFor: $0.id) })
    }
}
