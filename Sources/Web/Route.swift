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

    /// What a call is written down as before it is carried out.
    enum Audited: Hashable, Sendable {
        /// CONFIG, unless it only reads.
        case byMethod
        case always(AuditAction)
        /// What plants send by the thousand, and what only computes.
        case never
    }

    let method: HTTPRequest.Method
    /// As OpenAPI writes it: `/api/v1/alarms/{id}`.
    let path: String
    let access: Access
    let audited: Audited

    init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, audited: Audited = .byMethod) {
        self.method = method
        self.path = path
        self.access = access
        self.audited = audited
    }

    /// Whether it may change something.
    var isChange: Bool { method != .get }

    /// What a call is written down as; nil where it is not.
    ///
    /// Operations that anybody may call know only themselves who it was, and write that down.
    var auditAction: AuditAction? {
        switch audited {
        case .byMethod: isChange && !isOpen ? .config : nil
        case .always(let action): action
        case .never: nil
        }
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
