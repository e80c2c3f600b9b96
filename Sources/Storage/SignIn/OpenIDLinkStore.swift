import Database
package import Plant
package import Trust

/// Somebody as an issuer names him.
package struct OpenIDIdentity: Hashable, Sendable {
    package let issuer: String
    package let subject: String
    /// Verified by the issuer.
    package let email: String

    package init(issuer: String, subject: String, email: String) {
        self.issuer = issuer
        self.subject = subject
        self.email = email
    }
}

/// What an identity came to within an organization.
package enum OpenIDOutcome: Hashable, Sendable {
    /// Somebody of the organization.
    case known(ID<User>)
    /// The organization's last ADMIN who can sign in: he stays one, whatever the issuer makes of him.
    case lastAdmin(ID<User>)
    /// The organization has no such user, and nobody was to be made.
    case unknown
    /// The address is somebody's elsewhere, or the user's who is somebody else to the issuer.
    case refused

    /// Who it is, if anybody.
    package var user: ID<User>? {
        switch self {
        case .known(let user), .lastAdmin(let user): user
        case .unknown, .refused: nil
        }
    }
}

/// Who of an organization's users is who to which issuer.
package struct OpenIDLinkStore: Sendable {
    /// Whom to make where there is nobody yet.
    package struct NewUser: Sendable {
        let role: Role
        let passwordHash: PasswordHash
        let countMax: Int

        /// - Parameters:
        ///   - role: Not a super admin's.
        ///   - passwordHash: Of a password that nobody knows.
        ///   - countMax: How many users the organization may have.
        package init(role: Role, passwordHash: PasswordHash, countMax: Int = Quota.users.standard) {
            self.role = role
            self.passwordHash = passwordHash
            self.countMax = countMax
        }
    }

    let database: any SQLDatabase

    /// Finds who an identity is: by its link, else once by its address, which links it for good.
    ///
    /// A user who is linked with the issuer already is never found by his address: it may have been given to somebody
    /// else in the meantime. Whoever has the address outside of the organization is not touched, and not told of.
    ///
    /// - Parameters:
    ///   - identity: As the issuer names him.
    ///   - role: What he becomes if he is there and the issuer says of roles; nil leaves him what he is. The last ADMIN
    ///     stays one: that the issuer would have it otherwise is written down.
    ///   - newUser: Whom to make where there is nobody; nil for none.
    ///   - now: The present instant.
    ///   - scope: The one organization that the issuer speaks for.
    /// - Returns: Who it is.
    /// - Throws: `DatabaseError`.
    package func signIn(
        _ identity: OpenIDIdentity,
        as role: Role?,
        orMaking newUser: NewUser? = nil,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> OpenIDOutcome {
        guard role != .superAdmin, newUser?.role != .superAdmin else { return .refused }
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            if let user = try Self.linked(identity, in: scope, transaction) {
                return try Self.give(role, to: user, at: now, in: scope, transaction)
            }
            let user: ID<User>
            if let found = try Self.addressed(identity, in: scope, transaction) {
                user = found
            } else {
                guard let newUser else { return .unknown }
                guard let made = try Self.make(newUser, identity, at: now, in: scope, transaction) else {
                    return .refused
                }
                user = made
            }
            let count = try transaction.execute(
                """
                INSERT INTO openid_link (organization_id, issuer, subject, account_id, linked_at)
                VALUES (\(scope.id), \(identity.issuer), \(identity.subject), \(user), \(now))
                ON CONFLICT DO NOTHING
                """
            )
            guard count == 1 else { return .refused }
            return try Self.give(role, to: user, at: now, in: scope, transaction)
        }
    }

    /// Forgets who a user is to issuers, so that his address finds him once more.
    ///
    /// - Returns: How many there were; none where the user is another's.
    package func remove(of user: ID<User>, in scope: OrganizationScope) async throws -> Int {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            try transaction.execute(
                "DELETE FROM openid_link WHERE organization_id = \(scope.id) AND account_id = \(user)"
            )
        }
    }

    /// The issuers to which a user is somebody, in their order.
    package func issuers(of user: ID<User>, in scope: OrganizationScope) async throws -> [String] {
        try await database.query(
            """
            SELECT issuer
            FROM openid_link
            WHERE organization_id = \(scope.id) AND account_id = \(user)
            ORDER BY issuer
            """
        ).map { try $0.decode("issuer") }
    }

    private static func linked(
        _ identity: OpenIDIdentity,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> ID<User>? {
        try transaction.query(
            """
            SELECT a.id
            FROM openid_link l
            JOIN account a ON a.organization_id = l.organization_id AND a.id = l.account_id
            WHERE l.organization_id = \(scope.id) AND l.issuer = \(identity.issuer)
                AND l.subject = \(identity.subject)
            """
        ).first?.decode("id")
    }

    private static func addressed(
        _ identity: OpenIDIdentity,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> ID<User>? {
        try transaction.query(
            """
            SELECT id
            FROM account
            WHERE organization_id = \(scope.id) AND email_key = \(UserStore.key(identity.email))
            """
        ).first?.decode("id")
    }

    private static func give(
        _ role: Role?,
        to user: ID<User>,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> OpenIDOutcome {
        guard let role else { return .known(user) }
        if role != .admin, try UserStore.isLastAdmin(user, in: scope, transaction) {
            let refusal = ["outcome": "refused", "reason": "lastAdmin"]
            try record("role", role, of: user, refusal, at: now, in: scope, transaction)
            return .lastAdmin(user)
        }
        let count = try transaction.execute(
            """
            UPDATE account
            SET role = \(role)
            WHERE organization_id = \(scope.id) AND id = \(user) AND role <> \(role)
            """
        )
        if count == 1 { try record("role", role, of: user, at: now, in: scope, transaction) }
        return .known(user)
    }

    /// Nobody has asked for it but the issuer: without this nothing would tell who made somebody an admin.
    private static func record(
        _ change: String,
        _ role: Role,
        of user: ID<User>,
        _ outcome: [String: String] = [:],
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        let metadata = ["change": change, "role": role.rawValue, "means": "issuer"].merging(outcome) { $1 }
        let event = AuditEvent(.config, by: .server, on: "accounts/\(user)", metadata)
        try AuditStore.append(event, at: now, in: scope, transaction)
    }

    /// - Returns: Nil where somebody elsewhere has the address.
    private static func make(
        _ newUser: NewUser,
        _ identity: OpenIDIdentity,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> ID<User>? {
        let users = try transaction.query(
            "SELECT COUNT(*) AS count FROM account WHERE organization_id = \(scope.id)"
        )
        try QuotaStore.require(.users, use: users.first?.decode("count") ?? 0, limit: newUser.countMax)
        var generator = SystemRandomNumberGenerator()
        let id = ID<User>.random(using: &generator)
        let count = try transaction.execute(
            """
            INSERT INTO account (id, organization_id, email, email_key, password_hash, role, created_at)
            VALUES (
                \(id), \(scope.id), \(identity.email), \(UserStore.key(identity.email)),
                \(newUser.passwordHash.text), \(newUser.role), \(now)
            )
            ON CONFLICT (email_key) DO NOTHING
            """
        )
        guard count == 1 else { return nil }
        try record("made", newUser.role, of: id, at: now, in: scope, transaction)
        return id
    }
}
