import FoundationEssentials
package import Plant

extension DeliveryTarget {
    /// All that is wrong with the target and its secret; paths are those of ``DeliveryTargetDraft``.
    package func problems(secret: DeliverySecret) -> [SchemaProblem] {
        Self.nameProblems(name) + channel.problems(secret: secret)
    }

    static func nameProblems(_ name: String) -> [SchemaProblem] {
        let isUsable =
            (1...100).contains(name.unicodeScalars.count) && name.singleLine(countMax: 100) == name
            && !name.allSatisfy(\.isWhitespace)
        guard !isUsable else { return [] }
        return [SchemaProblem(path: ["name"], message: "must be 1 to 100 characters on one line")]
    }
}

extension DeliveryChannel {
    package static let addressCountMax = 20

    /// All that is wrong with the settings and the secret that goes with them.
    package func problems(secret: DeliverySecret) -> [SchemaProblem] {
        switch self {
        case .webhook: Self.problems(hook: secret.url) + Self.signingProblems(secret.signingKeys)
        case .email(let addresses): Self.problems(addresses: addresses)
        case .webPush(_, let p256dh): Self.problems(p256dh: p256dh, secret: secret)
        case .ntfy(let server, let topic, let priorities):
            Self.problems(server: server) + Self.problems(topic: topic, priorities: priorities)
                + Self.problems(token: secret.token)
        case .slack, .teams: Self.problems(hook: secret.url)
        }
    }

    private static func problems(hook url: String?) -> [SchemaProblem] {
        guard let url else { return [SchemaProblem(path: ["url"], message: "is missing: give the webhook's URL")] }
        return problems(url: url, at: "url")
    }

    private static func problems(url: String, at key: String) -> [SchemaProblem] {
        do throws(SchemaProblem) {
            _ = try WebAddress(url)
            return []
        } catch { return [SchemaProblem(path: [key], message: error.message)] }
    }

    private static func problems(server: String) -> [SchemaProblem] {
        guard let address = try? WebAddress(server), address.target != "/" else {
            return problems(url: server, at: "server")
        }
        let message = "has a path: ntfy takes documents at its root alone, so give no more than https://ntfy.sh"
        return [SchemaProblem(path: ["server"], message: message)]
    }

    /// None is no fault of a draft: one is made then.
    private static func signingProblems(_ keys: [String]) -> [SchemaProblem] {
        guard !keys.allSatisfy({ DeliverySecret.signingBytes($0) != nil }) else { return [] }
        let message = "must be whsec_ and 24 to 64 bytes in base64; leave it out, and one is made"
        return [SchemaProblem(path: ["signingKey"], message: message)]
    }

    private static func problems(addresses: [String]) -> [SchemaProblem] {
        guard (1...addressCountMax).contains(addresses.count) else {
            let message = "has \(addresses.count) addresses: give 1 to \(addressCountMax), or use several targets"
            return [SchemaProblem(path: ["to"], message: message)]
        }
        var problems: [SchemaProblem] = []
        for (index, address) in addresses.enumerated() {
            let path = ["to", String(index)]
            if !EmailAddress.isValid(address) {
                let shown = address.singleLine(countMax: 100)
                problems.append(
                    SchemaProblem(path: path, message: "'\(shown)' is no address such as shift@plant.example")
                )
            } else if addresses[..<index].contains(address) {
                problems.append(SchemaProblem(path: path, message: "is there twice: leave one out"))
            }
        }
        return problems
    }

    private static func problems(p256dh: String, secret: DeliverySecret) -> [SchemaProblem] {
        let path = ["subscription"]
        var problems = problems(url: secret.url ?? "", at: "endpoint").map {
            SchemaProblem(path: path + $0.path, message: $0.message)
        }
        // An uncompressed point of P-256: 4, x, y.
        if Base64URL.bytes(p256dh).map({ $0.count == 65 && $0[0] == 4 }) != true {
            let message = "is no P-256 key of 65 bytes in base64url: give what the browser's subscription has"
            problems.append(SchemaProblem(path: path + ["keys", "p256dh"], message: message))
        }
        if secret.auth.flatMap(Base64URL.bytes)?.count != 16 {
            let message = "is not 16 bytes in base64url: give what the browser's subscription has"
            problems.append(SchemaProblem(path: path + ["keys", "auth"], message: message))
        }
        return problems
    }

    private static func problems(topic: String, priorities: NtfyPriorities) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        let isTopic =
            (1...64).contains(topic.utf8.count)
            && topic.utf8.allSatisfy { $0.isAlphanumeric || $0 == 45 || $0 == 95 }
        if !isTopic {
            let message = "must be 1 to 64 letters, digits, hyphens and underscores"
            problems.append(SchemaProblem(path: ["topic"], message: message))
        }
        for type in AlarmType.allCases where !(1...5).contains(priorities.priority(of: type)) {
            let message = "is \(priorities.priority(of: type)): ntfy has 1 (lowest) to 5 (highest)"
            problems.append(SchemaProblem(path: ["priorities", type.rawValue], message: message))
        }
        return problems
    }

    private static func problems(token: String?) -> [SchemaProblem] {
        guard let token,
            token.isEmpty || token.utf8.count > 200 || !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return [] }
        let message = "must be up to 200 visible characters without spaces, such as tk_...; or leave it out"
        return [SchemaProblem(path: ["token"], message: message)]
    }
}
