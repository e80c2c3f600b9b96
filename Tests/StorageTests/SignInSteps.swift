import Plant
import Storage
import TestSupport
import Trust

extension Side {
    /// Who its user is to an issuer of its own.
    static func identity(mark: String) -> OpenIDIdentity {
        OpenIDIdentity(issuer: "https://\(mark).example", subject: mark, email: "\(mark)@example.com")
    }
}

extension StoreStep {
    static let signInReads: [StoreStep] = [
        StoreStep("sign-in policy") { stores, scope, _ in
            try await stores.signInPolicies.isSecondFactorRequired(in: scope)
        },
        StoreStep("issuers of a user") { try await $0.openIDLinks.issuers(of: $2.user.id, in: $1) },
    ]

    static let signInWrites: [StoreStep] = [
        StoreStep("put sign-in policy") { stores, scope, _ in
            try await stores.signInPolicies.setSecondFactorRequired(true, at: .t0, in: scope)
        },
        StoreStep("remove second factor") { try await $0.secondFactors.remove(of: $2.user.id, in: $1) },
        StoreStep("sign in by an issuer") {
            var generator = SeededGenerator(seed: 5)
            let password = try PasswordHash(of: "intruder", cost: .weakest, using: &generator)
            return try await $0.openIDLinks.signIn(
                Side.identity(mark: $2.mark),
                as: .operator,
                orMaking: OpenIDLinkStore.NewUser(role: .admin, passwordHash: password),
                at: .t0,
                in: $1
            )
        },
        StoreStep("forget a user's issuers") { try await $0.openIDLinks.remove(of: $2.user.id, in: $1) },
    ]
}
