import FoundationEssentials
import Plant
import Storage
import TestSupport
import Trust

extension StoreStep {
    static let whoReads: [StoreStep] = [
        StoreStep("logins") { try await $0.users.logins(of: $2.user.id, at: .t0, in: $1) },
        StoreStep("operator count") { stores, scope, _ in try await stores.users.operatorCount(in: scope) },
        StoreStep("api keys") { stores, scope, _ in try await stores.apiKeys.list(in: scope) },
        StoreStep("api key") { try await $0.apiKeys.byID($2.apiKey.id, in: $1) },
    ]

    /// Somebody who is an organization's only admin stays one: some of it is refused.
    static let whoWrites: [StoreStep] = [
        StoreStep("set role") { try await $0.users.setRole(.operator, of: $2.user.id, in: $1) },
        StoreStep("disable user") { try await $0.users.disable($2.user.id, at: .t0, in: $1) },
        StoreStep("enable user") { try await $0.users.enable($2.user.id, at: .t0, in: $1) },
        StoreStep("remove user") { try await $0.users.remove($2.user.id, at: .t0, in: $1) },
        StoreStep("set password") {
            var generator = SeededGenerator(seed: 5)
            let hash = try PasswordHash(of: "an intruder", cost: .weakest, using: &generator)
            return try await $0.users.setPassword(hash, of: $2.user.id, at: .t0, in: $1)
        },
        StoreStep("end logins") { try await $0.users.endLogins(of: $2.user.id, at: .t0, in: $1) },
        StoreStep("bring users along") { stores, scope, _ in
            let hash = try BcryptHash(text: "$2b$06$abcdefghijklmnopqrstuu/X4.D1u0P8.9IWANKGLpMQMV/R.lWNO")
            let account = ImportedAccount(email: "\(UUID())@example.com", role: .operator, password: hash)
            return try await stores.users.bring([account], at: .t0, in: scope)
        },
        StoreStep("revoke api key") { try await $0.apiKeys.revoke($2.apiKey.id, at: .t0, in: $1) },
    ]
}

extension Side {
    /// A login of the user's, from a browser that bears the mark.
    static func login(_ stores: Stores, of user: User, mark: String) async throws {
        var generator = SystemRandomNumberGenerator()
        try await stores.users.saveRefresh(
            RefreshSession(
                hash: RefreshToken(using: &generator).hash,
                family: ID(UUID()),
                user: user.id,
                issuedAt: .t0,
                expiresAt: .t0 + .seconds(1_000)
            ),
            from: LoginOrigin(address: mark, userAgent: mark),
            in: SystemScope(for: .test)
        )
    }

    /// A machine's key that bears the mark.
    static func apiKey(_ stores: Stores, _ scope: OrganizationScope, mark: String) async throws -> APIKey {
        var generator = SystemRandomNumberGenerator()
        let text = APIKeyText(for: ID(UUID()), using: &generator)
        let key = try APIKey(
            id: text.id,
            organization: scope.id,
            named: mark,
            for: [.writeReadings],
            createdBy: mark,
            at: .t0
        )
        try await stores.apiKeys.create(key, hash: text.hash, in: scope)
        return key
    }
}
