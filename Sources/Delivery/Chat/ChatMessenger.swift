import Alarms
import Plant

/// Posts a notice, as the document that a chat understands, to the incoming webhook of one of its channels.
struct ChatMessenger<Document: Encodable>: Messenger {
    let client: WebClient
    let document: @Sendable (Notice) -> Document

    func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt {
        guard let address = secret.url.flatMap({ try? WebAddress($0) }) else {
            throw DeliveryError(.misconfigured, "the incoming webhook's URL is missing")
        }
        return try await client.post(
            try JSONBody.bytes(document(notice)),
            to: address,
            fields: [("Content-Type", "application/json"), ("Eagle-Key", notice.key)],
            for: notice.organization.slug
        )
        .receipt(from: address.host, at: now)
    }
}
