package import Plant

/// Whose entries follow one another.
package enum AuditChain: Hashable, Sendable {
    case organization(ID<Organization>)
    /// What belongs to the server and to no organization.
    case server

    /// `organization:<uuid>` or `server`.
    package var text: String {
        switch self {
        case .organization(let id): "organization:\(id)"
        case .server: "server"
        }
    }

    /// - Returns: Nil for any other text than ``text`` gives, be it another way to write the same id.
    package init?(text: String) {
        if text == "server" {
            self = .server
        } else {
            let prefix = "organization:"
            guard text.hasPrefix(prefix), let id = ID<Organization>(text.dropFirst(prefix.count)),
                "\(prefix)\(id)" == text
            else { return nil }
            self = .organization(id)
        }
    }
}

/// A chain, with the proof that its bearer may write and read it.
package enum AuditPlace: Hashable, Sendable {
    case organization(OrganizationScope)
    case server(SystemScope)

    package var chain: AuditChain {
        switch self {
        case .organization(let scope): .organization(scope.id)
        case .server: .server
        }
    }
}
