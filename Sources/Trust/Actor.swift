package import Plant

/// Who does something: somebody, a machine with a key, or Eagle itself.
package enum Actor: Hashable, Sendable {
    case user(ID<User>)
    case apiKey(ID<APIKey>)
    /// The server of its own accord: a schedule, a retention, a lane.
    case server
    /// A command on the server's own machine, with its files in hand.
    case terminal
}

extension Actor {
    /// As records keep it: `user:<id>`, `apikey:<id>`, `server`, `terminal`.
    package var text: String {
        switch self {
        case .user(let id): "user:\(id)"
        case .apiKey(let id): "apikey:\(id)"
        case .server: "server"
        case .terminal: "terminal"
        }
    }

    /// The actor that was recorded; nil for any other text.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first ?? "", parts.count) {
        case ("server", 1): self = .server
        case ("terminal", 1): self = .terminal
        case ("user", 2):
            guard let id = ID<User>(parts[1]) else { return nil }
            self = .user(id)
        case ("apikey", 2):
            guard let id = ID<APIKey>(parts[1]) else { return nil }
            self = .apiKey(id)
        default: return nil
        }
    }
}

extension Actor: CustomStringConvertible {
    package var description: String { text }
}

extension Actor: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decoder.value({ Actor(text: $0) }, orSay: "names no actor")
    }

    package func encode(to encoder: any Encoder) throws {
        try text.encode(to: encoder)
    }
}
