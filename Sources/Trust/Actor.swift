package import Plant

/// A key by which a machine acts for an organization.
package enum APIKey {}

/// Who does something: a person, a machine with a key, the server by itself, or whoever is at its terminal.
package enum Actor: Hashable, Sendable {
    case user(ID<User>)
    case apiKey(ID<APIKey>)
    case server
    case terminal

    /// `user:<uuid>`, `apikey:<uuid>`, `server` or `terminal`.
    package var text: String {
        switch self {
        case .user(let id): "user:\(id)"
        case .apiKey(let id): "apikey:\(id)"
        case .server: "server"
        case .terminal: "terminal"
        }
    }

    /// - Returns: Nil for a text that names nobody.
    package init?(text: String) {
        switch text {
        case "server": self = .server
        case "terminal": self = .terminal
        default:
            let halves = text.split(separator: ":", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            if halves[0] == "user", let id = ID<User>(halves[1]) {
                self = .user(id)
            } else if halves[0] == "apikey", let id = ID<APIKey>(halves[1]) {
                self = .apiKey(id)
            } else {
                return nil
            }
        }
    }
}

extension Principal {
    package var actor: Actor { .user(user) }
}
