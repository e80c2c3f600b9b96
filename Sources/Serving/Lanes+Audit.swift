import Plant
import Storage
import Trust

extension Lanes {
    /// The organizations' chains and the server's own, for what the server writes down by itself; nothing is added to
    /// those of organizations that are being erased, whose certificates say where they ended.
    func auditScopes() async throws -> (server: SystemScope, organizations: [OrganizationScope]) {
        let server = SystemScope(for: .start)
        let organizations = try await stores.organizations.all(in: server)
        return (server, organizations.filter { !isClosed($0.id) }.map { OrganizationScope(provenFor: $0.id) })
    }
}
