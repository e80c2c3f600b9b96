package import Plant

/// Whose a data key is: an organization's, or the server's own for what belongs to no organization.
package enum KeyHolder: Hashable, Sendable {
    case organization(ID<Organization>)
    case server

    package init(_ scope: OrganizationScope) { self = .organization(scope.id) }
    package init(_ scope: SystemScope) { self = .server }
}

extension KeyHolder: CustomStringConvertible {
    /// The organization's id, or `server`, which is no id.
    package var text: String {
        switch self {
        case .organization(let id): id.description
        case .server: "server"
        }
    }

    package var description: String { text }

    package init?(text: some StringProtocol) {
        if text == "server" {
            self = .server
        } else if let id = ID<Organization>(text) {
            self = .organization(id)
        } else {
            return nil
        }
    }
}
