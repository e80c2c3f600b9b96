import Logging
import Plant
import Storage
import Trust

/// What logins leave in the audit chains.
extension Sessions {
    /// For whoever has no scope, since he has not said yet who he is.
    private static let auditScope = SystemScope(for: .login)

    /// Written down before somebody gets his tokens.
    ///
    /// - Throws: ``Problem`` or `DatabaseError` where it can't be: then he gets none.
    func noteLogin(of user: User, from address: String, by proof: LoginProof) async throws {
        let event = AuditEvent(
            .login,
            by: .user(user.id),
            on: "accounts/\(user.id)",
            ["outcome": "accepted", "means": proof.means, "address": address]
        )
        try await context.audit.append(event, in: try place(of: user))
    }

    /// Written down before a session ends.
    func noteLogout(of token: TokenHash) async throws {
        guard let user = try await context.stores.users.owner(of: token, in: Self.auditScope) else { return }
        let event = AuditEvent(.logout, by: .user(user.id), on: "accounts/\(user.id)")
        try await context.audit.append(event, in: try place(of: user))
    }

    /// The session is over already: that it can't be written down changes nothing for whoever asks.
    func noteReuse(of token: TokenHash) async {
        do {
            guard let user = try await context.stores.users.owner(of: token, in: Self.auditScope) else { return }
            let event = AuditEvent(.tokenReuse, by: .server, on: "accounts/\(user.id)", ["outcome": "session ended"])
            try await context.audit.append(event, in: try place(of: user))
        } catch {
            context.logger.error(
                "a stolen token can't be written into the audit chain",
                metadata: ["error": "\(error)"]
            )
        }
    }

    func place(of user: User) throws -> AuditPlace {
        user.organization == nil
            ? .server(Self.auditScope) : .organization(try Authorizer(user.principal).ownScope())
    }

    /// Writes refusals down while the server runs: the first of a kind within a second, further ones by the minute.
    func keepAudit() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            await context.audit.writeRefusals(in: Self.auditScope)
        }
    }

    /// Writes down at once all that is counted.
    func flushAudit() async { await context.audit.writeRefusals(isLast: true, in: Self.auditScope) }
}
