/// Who asks.
package enum Identity: String, Hashable, Sendable, Codable, CaseIterable {
    case nobody = "nobody"
    case garbled = "a garbled token"
    case forged = "A's token rewritten to say B"
    case unsigned = "a token for B without a signature"
    case expired = "an expired token"
    case admin = "A's admin"
    case `operator` = "A's operator"
    case apiKey = "A's API key"
    case root = "a super admin within A"

    /// Whether nobody is proven by it.
    var isUnproven: Bool {
        switch self {
        case .nobody, .garbled, .forged, .unsigned, .expired: true
        case .admin, .operator, .apiKey, .root: false
        }
    }

    /// Those of organization A.
    static let members: [Identity] = [.admin, .operator, .apiKey]
}

/// What a request tries.
package enum Aim: String, Hashable, Sendable, Codable, CaseIterable {
    case own = "its own things"
    case unproven = "without proof of who asks"
    case foreignPath = "B's ids in the path"
    case foreignHeader = "Eagle-Organization: B"
    case foreignNames = "B's names and ids in query and body"
    case foreignCursor = "B's page keys and stream position"
    case foreignKey = "B's idempotency key"
    case stream = "frames of the stream"
}

/// One request, and what becomes of the same request about what is not there.
package struct Probe: Hashable, Sendable {
    package let operation: APIOperation
    package let identity: Identity
    package let aim: Aim
    package let request: APIRequest
    /// The same with ids and names that nobody has; nil where the request names nothing.
    package let twin: APIRequest?

    package init(
        _ operation: APIOperation,
        _ identity: Identity,
        _ aim: Aim,
        _ request: APIRequest,
        twin: APIRequest? = nil
    ) {
        self.operation = operation
        self.identity = identity
        self.aim = aim
        self.request = request
        self.twin = twin
    }
}
