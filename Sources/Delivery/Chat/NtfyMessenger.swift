import Alarms
import Plant

/// Publishes a notice on a topic of an ntfy server.
struct NtfyMessenger: Messenger {
    let client: WebClient

    func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt {
        guard case .ntfy(let server, let topic, let priorities) = target.channel, let address = try? WebAddress(server)
        else { throw DeliveryError(.misconfigured, "the server's URL is none") }
        let document = Document(
            topic: topic,
            title: notice.title,
            message: notice.text.limited(toBytes: 3_500),
            priority: notice.urgency.map(priorities.priority(of:)) ?? 3,
            tags: [Self.tag(of: notice)],
            click: notice.link
        )
        var fields = [("Content-Type", "application/json"), ("Eagle-Key", notice.key)]
        if let token = secret.token { fields.append(("Authorization", "Bearer \(token)")) }
        return try await client.post(
            try JSONBody.bytes(document),
            to: address,
            fields: fields,
            for: notice.organization.slug
        )
        .receipt(from: address.host, at: now)
    }

    private struct Document: Encodable {
        let topic: String
        let title: String
        let message: String
        let priority: Int
        let tags: [String]
        let click: String?
    }

    /// ntfy shows those names as pictures.
    private static func tag(of notice: Notice) -> String {
        switch notice.urgency {
        case .critical: "rotating_light"
        case .warning: "warning"
        case .predictive: "hourglass_flowing_sand"
        case nil where notice.kind == .test: "test_tube"
        case nil: notice.isOver ? "white_check_mark" : "no_bell"
        }
    }
}

extension String {
    /// As many whole characters from its beginning as have room in so many bytes of UTF-8.
    func limited(toBytes byteCountMax: Int) -> String {
        guard utf8.count > byteCountMax else { return self }
        var limited = ""
        for scalar in unicodeScalars {
            guard limited.utf8.count + UTF8.width(scalar) <= byteCountMax - 3 else { break }
            limited.unicodeScalars.append(scalar)
        }
        return limited + "…"
    }
}
