import HTTPTypes
import Hummingbird
import Plant
import Storage
import Trust

/// One operation of the API: what `openapi.yaml` documents, what asks for permission, what answers.
struct Route: Sendable {
    /// Who may call it; the answer gets the proof of it.
    enum Access: Sendable {
        /// Anybody.
        case open(@Sendable (Call) async throws -> Response)
        /// Whoever is signed in, for what is his own.
        case signedIn(@Sendable (Call, Principal) async throws -> Response)
        /// A role with the permission, for what belongs to the server.
        case server(Permission, @Sendable (Call, Administrator) async throws -> Response)
        /// A role with the permission, within one organization.
        case organization(Permission, @Sendable (Call, Member) async throws -> Response)
    }

    let method: HTTPRequest.Method
    /// As OpenAPI writes it: `/api/v1/alarms/{id}`.
    let path: String
    let access: Access

    init(_ method: HTTPRequest.Method, _ path: String, _ access: Access) {
        self.method = method
        self.path = path
        self.access = access
    }

    /// The permission it takes; nil where none does.
    var permission: Permission? {
        switch access {
        case .open, .signedIn: nil
        case .server(let permission, _), .organization(let permission, _): permission
        }
    }

    /// Whether anybody may call it.
    var isOpen: Bool {
        if case .open = access { return true }
        return false
    }

    /// Whether it acts within one organization.
    var isWithinOrganization: Bool {
        if case .organization = access { return true }
        return false
    }
}

/// Someone signed in, acting within one organization.
struct Member: Sendable {
    let principal: Principal
    let scope: OrganizationScope
}

extension Call {
    /// How the plant's records name whoever asks: by e-mail address, or, of those who run the server, by that.
    func author(_ member: Member) async throws -> String {
        if case .apiKey(let id) = member.principal.actor {
            let key = try await context.stores.apiKeys.byID(id, in: member.scope)
            return "API key \(key?.name ?? id.description)"
        }
        guard let id = member.principal.user else { return member.principal.actor.text }
        let user = try await context.stores.users.byID(id, in: member.scope)
        return user?.email ?? "the server's administrator"
    }
}

/// Someone who runs the server, with the proof of it.
struct Administrator: Sendable {
    let principal: Principal
    let scope: SystemScope
}

extension Principal {
    /// The person who asks.
    ///
    /// - Throws: ``Problem`` with `.forbidden` for a machine: what is somebody's own is no key's.
    func person() throws(Problem) -> ID<User> {
        guard let user else { throw Problem(.forbidden, "It is for people who sign in, not for API keys.") }
        return user
    }
}
