package import Plant

/// Where alerts go: a person's mailbox or phone, a channel, a machine.
package struct DeliveryTarget: Hashable, Sendable, Codable {
    package let id: ID<DeliveryTarget>
    package var name: String
    package var channel: DeliveryChannel

    package init(id: ID<DeliveryTarget>, name: String, channel: DeliveryChannel) {
        self.id = id
        self.name = name
        self.channel = channel
    }
}

/// A target as an admin writes it, its secret with it: what comes in and never goes out.
///
/// | kind | keys |
/// |---|---|
/// | `webhook` | `url`; `signingKey` where the receiver already has one, else one is made |
/// | `email` | `to`: addresses |
/// | `webPush` | `subscription`, as a browser's `PushSubscription.toJSON()` gives it |
/// | `ntfy` | `server` (`https://ntfy.sh`), `topic`, `token`, `priorities` by type |
/// | `slack`, `teams` | `url` of the incoming webhook |
package struct DeliveryTargetDraft: Hashable, Sendable {
    package var name: String
    package var channel: DeliveryChannel
    package var secret: DeliverySecret

    package init(name: String, channel: DeliveryChannel, secret: DeliverySecret = .none) {
        self.name = name
        self.channel = channel
        self.secret = secret
    }

    /// All that is wrong with it.
    package func problems() -> [SchemaProblem] {
        DeliveryTarget.nameProblems(name) + channel.problems(secret: secret)
    }

    /// Gives a webhook that has no key to sign with a fresh one, which its receiver must then be told once.
    package mutating func complete(using generator: inout some RandomNumberGenerator) {
        guard channel.kind == .webhook, secret.signingKeys.isEmpty else { return }
        secret.signingKeys = [DeliverySecret.signingKey(using: &generator)]
    }

    /// Whether it leaves out a secret that the target in whose place it comes may have: a key to sign with, a token.
    package var leavesSecretOut: Bool {
        switch channel.kind {
        case .webhook: secret.signingKeys.isEmpty
        case .ntfy: secret.token == nil
        case .email, .webPush, .slack, .teams: false
        }
    }

    /// Keeps of a former secret what it leaves out itself.
    package mutating func keep(_ former: DeliverySecret) {
        if secret.signingKeys.isEmpty { secret.signingKeys = former.signingKeys }
        secret.token = secret.token ?? former.token
    }
}

extension DeliveryTargetDraft: Decodable {
    private enum CodingKeys: String, CodingKey {
        case name, kind, url, signingKey, to, subscription, server, topic, token, priorities
    }

    /// As browsers write it; when it expires they tell by a new one.
    private struct Subscription: Decodable {
        struct Keys: Decodable {
            let p256dh: String
            let auth: String
        }

        let endpoint: String
        let keys: Keys
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try values.decode(DeliveryChannel.Kind.self, forKey: .kind)
        try KnownKeys(["name", "kind"] + Self.keys(of: kind), of: "a target of kind \(kind.rawValue)").check(decoder)
        name = try values.decode(String.self, forKey: .name)
        switch kind {
        case .webhook:
            let url = try values.decode(String.self, forKey: .url)
            let key = try values.decodeIfPresent(String.self, forKey: .signingKey)
            channel = .webhook(server: DeliveryChannel.server(of: url))
            secret = DeliverySecret(url: url, signingKeys: key.map { [$0] } ?? [])
        case .email:
            channel = .email(to: try values.decode([String].self, forKey: .to))
            secret = .none
        case .webPush:
            let subscription = try values.decode(Subscription.self, forKey: .subscription)
            channel = .webPush(host: Self.host(of: subscription.endpoint), p256dh: subscription.keys.p256dh)
            secret = DeliverySecret(url: subscription.endpoint, auth: subscription.keys.auth)
        case .ntfy:
            channel = .ntfy(
                server: try values.decode(String.self, forKey: .server),
                topic: try values.decode(String.self, forKey: .topic),
                priorities: try values.decodeIfPresent(NtfyPriorities.self, forKey: .priorities) ?? NtfyPriorities()
            )
            secret = DeliverySecret(token: try values.decodeIfPresent(String.self, forKey: .token))
        case .slack, .teams:
            let url = try values.decode(String.self, forKey: .url)
            channel = kind == .slack ? .slack(host: Self.host(of: url)) : .teams(host: Self.host(of: url))
            secret = DeliverySecret(url: url)
        }
    }

    private static func keys(of kind: DeliveryChannel.Kind) -> [String] {
        switch kind {
        case .webhook: ["url", "signingKey"]
        case .email: ["to"]
        case .webPush: ["subscription"]
        case .ntfy: ["server", "topic", "token", "priorities"]
        case .slack, .teams: ["url"]
        }
    }

    /// Empty for what is no URL, which `problems` tells of.
    private static func host(of url: String) -> String { (try? WebAddress(url))?.host ?? "" }
}
