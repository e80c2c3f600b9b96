import Plant
import Storage
import Trust

extension Sessions {
    /// Who a bearer token or a machine's key speaks for, as he is now.
    ///
    /// - Parameters:
    ///   - token: An access token, or an API key.
    ///   - address: Where it comes from, for counting keys that open nothing.
    /// - Returns: Whoever it is, with the role that the store has of him.
    /// - Throws: ``Problem``: `.unauthorized`, `.tokenExpired`, `.sessionRevoked`; `.tooManyRequests` where too many keys
    ///   from there opened nothing; or what the store throws.
    func principal(of token: String?, from address: String) async throws -> Principal {
        try await standing(of: token, from: address).principal
    }

    /// Who comes with it, and when he has to leave.
    func standing(of token: String?, from address: String) async throws -> Standings.Standing {
        guard let token else {
            throw Problem(.unauthorized, "Send 'Authorization: Bearer <access token>' from POST /api/v1/auth/login.")
        }
        let now = context.now()
        if token.hasPrefix(APIKeyText.prefix) { return try await standing(ofKey: token, from: address, at: now) }
        let (claimed, expiresAt) = try await claims(of: token, at: now)
        guard var standing = try await standing(of: claimed, at: now) else { throw Self.ended }
        standing.expiresAt = expiresAt
        return standing
    }

    /// Whether somebody who came in may still be there; he may where the store does not answer.
    func isStillIn(_ principal: Principal) async -> Bool {
        let now = context.now()
        do {
            switch principal.actor {
            case .user: return try await standing(of: principal, at: now)?.principal == principal
            case .apiKey(let id): return try await standing(ofKey: id, at: now)?.principal == principal
            case .server, .terminal: return false
            }
        } catch {
            return true
        }
    }

    private func claims(of token: String, at now: Instant) async throws(Problem) -> (Principal, Instant) {
        do {
            return try await tokens.claims(of: token, at: now)
        } catch {
            switch error.code {
            case .expired: throw Problem(.tokenExpired, "Get a new one from POST /api/v1/auth/refresh.")
            case .invalid, .unsigned: throw Problem(.unauthorized, "The access token is not one of this server's.")
            }
        }
    }

    /// A person's role and organization are those that the store has, not those that his token says.
    private func standing(of claimed: Principal, at now: Instant) async throws -> Standings.Standing? {
        guard let id = claimed.user, let session = claimed.session else { return nil }
        return try await standings.standing(of: .session(session), at: now) {
            let user = try await context.stores.users.user(id, in: session, scope: Self.scope)
            return user.map { Standings.Standing(principal: $0.principal(in: session)) }
        }
    }

    private func standing(
        ofKey text: String,
        from address: String,
        at now: Instant
    ) async throws -> Standings.Standing {
        guard let presented = APIKeyText(text), let standing = try await standing(ofKey: presented.id, at: now),
            standing.hash?.isEqualInConstantTime(to: presented.hash) == true
        else {
            context.metrics.keyRefused()
            try failed(machineAt: address, at: now)
            throw Problem(.unauthorized, "The API key is none of this server's, or was revoked or has expired.")
        }
        if standing.notedAt.map({ now - $0 >= APIKey.lastUsedGrain }) ?? true {
            // Where that can't be kept now, the next use is noted.
            try? await context.stores.apiKeys.used(presented.id, at: now, in: Self.scope)
            standings.noted(.apiKey(presented.id), at: now)
        }
        return standing
    }

    private func standing(ofKey id: ID<APIKey>, at now: Instant) async throws -> Standings.Standing? {
        let standing = try await standings.standing(of: .apiKey(id), at: now) {
            let store = context.stores.apiKeys
            guard let (key, hash) = try await store.byID(id, in: Self.scope) else { return nil }
            return Standings.Standing(
                principal: key.principal,
                expiresAt: key.expiresAt,
                hash: hash,
                notedAt: key.lastUsedAt
            )
        }
        guard let standing, standing.expiresAt.map({ now < $0 }) != false else { return nil }
        return standing
    }
}
