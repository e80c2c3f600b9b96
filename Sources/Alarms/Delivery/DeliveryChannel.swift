import Plant

/// By which way a target is reached, and how; what must stay secret is in ``DeliverySecret``.
package enum DeliveryChannel: Hashable, Sendable {
    /// A signed JSON document to a machine of the organization's own; its URL is a secret, and only the server is told.
    case webhook(server: String)
    case email(to: [String])
    /// A browser's subscription: the push service's host, and the browser's public key (RFC 8291), base64url.
    case webPush(host: String, p256dh: String)
    /// The server's URL, one of its topics, and from 1 to 5 how loud each type is.
    case ntfy(server: String, topic: String, priorities: NtfyPriorities)
    /// An incoming webhook; its URL is the secret, and only the host is told.
    case slack(host: String)
    /// A workflow's webhook; its URL is the secret, and only the host is told.
    case teams(host: String)

    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case webhook, email, webPush, ntfy, slack, teams
    }

    package var kind: Kind {
        switch self {
        case .webhook: .webhook
        case .email: .email
        case .webPush: .webPush
        case .ntfy: .ntfy
        case .slack: .slack
        case .teams: .teams
        }
    }
}

extension DeliveryChannel {
    /// Whether what lets one in there may be kept for here: the way is the same, and so is the server that it is shown
    /// to.
    package func isSameDestination(as other: DeliveryChannel) -> Bool {
        switch (self, other) {
        case (.email, .email): true
        case (.webhook(let server), .webhook(let former)): Self.isSameServer(server, former)
        case (.ntfy(let server, _, _), .ntfy(let former, _, _)): Self.isSameServer(server, former)
        case (.webPush(let host, _), .webPush(let former, _)): host == former
        case (.slack(let host), .slack(let former)): host == former
        case (.teams(let host), .teams(let former)): host == former
        default: false
        }
    }

    /// Scheme, host and port of a URL; empty for what is none.
    static func server(of url: String) -> String { (try? WebAddress(url))?.origin ?? "" }

    private static func isSameServer(_ url: String, _ other: String) -> Bool {
        guard let server = try? WebAddress(url), let former = try? WebAddress(other) else { return false }
        return server.scheme == former.scheme && server.host == former.host && server.port == former.port
    }
}

/// How loud ntfy makes each type of alarm, from 1 (hardly noticed) to 5 (rings through).
package struct NtfyPriorities: Hashable, Sendable, Codable {
    package var critical = 5
    package var warning = 4
    package var predictive = 3

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case critical = "CRITICAL"
        case warning = "WARNING"
        case predictive = "PREDICTIVE"
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "priorities").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        critical = try values.decodeIfPresent(Int.self, forKey: .critical) ?? critical
        warning = try values.decodeIfPresent(Int.self, forKey: .warning) ?? warning
        predictive = try values.decodeIfPresent(Int.self, forKey: .predictive) ?? predictive
    }

    package func priority(of type: AlarmType) -> Int {
        switch type {
        case .critical: critical
        case .warning: warning
        case .predictive: predictive
        }
    }
}

extension DeliveryChannel: Codable {
    private enum CodingKeys: String, CodingKey { case kind, url, to, host, p256dh, server, topic, priorities }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try values.decode(String.self, forKey: key) }
        switch try values.decode(Kind.self, forKey: .kind) {
        // Rows of earlier versions have the whole URL there: what follows the server comes from the secret alone.
        case .webhook: self = .webhook(server: Self.server(of: try text(.url)))
        case .email: self = .email(to: try values.decode([String].self, forKey: .to))
        case .webPush: self = .webPush(host: try text(.host), p256dh: try text(.p256dh))
        case .ntfy:
            let priorities = try values.decodeIfPresent(NtfyPriorities.self, forKey: .priorities)
            self = .ntfy(
                server: try text(.server),
                topic: try text(.topic),
                priorities: priorities ?? NtfyPriorities()
            )
        case .slack: self = .slack(host: try text(.host))
        case .teams: self = .teams(host: try text(.host))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        switch self {
        case .webhook(let server): try values.encode(server, forKey: .url)
        case .email(let addresses): try values.encode(addresses, forKey: .to)
        case .webPush(let host, let p256dh):
            try values.encode(host, forKey: .host)
            try values.encode(p256dh, forKey: .p256dh)
        case .ntfy(let server, let topic, let priorities):
            try values.encode(server, forKey: .server)
            try values.encode(topic, forKey: .topic)
            try values.encode(priorities, forKey: .priorities)
        case .slack(let host), .teams(let host): try values.encode(host, forKey: .host)
        }
    }
}
