import Alarms
import Foundation
import Plant

/// Posts a signed document to a machine of the organization's own.
struct WebhookMessenger: Messenger {
    let client: WebClient

    func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt {
        guard let address = secret.url.flatMap({ try? WebAddress($0) }) else {
            throw DeliveryError(.misconfigured, "the webhook's URL is missing")
        }
        let keys = secret.signingKeys.compactMap(DeliverySecret.signingBytes)
        guard !keys.isEmpty else { throw DeliveryError(.misconfigured, "the webhook has no key to sign with") }
        let body = try JSONBody.bytes(WebhookDocument(notice, sentAt: now))
        let signature = WebhookSignature(id: notice.key, timestamp: now, body: body, keys: keys)
        let fields = [("Content-Type", "application/json"), ("Eagle-Key", notice.key)] + signature.fields
        return try await client.post(body, to: address, fields: fields, for: notice.organization.slug)
            .receipt(from: address.host, at: now)
    }
}

/// What a webhook's receiver reads; keys are added to it, never changed, while the version stays.
struct WebhookDocument: Encodable {
    let version = 1
    /// The notice's key: the same when it is sent again.
    let key: String
    let kind: Notice.Kind
    let organization: String
    let title: String
    let text: String
    /// None in a digest or a test.
    let alert: Alert?
    /// Of a digest: the first of those it stands for, and how many they are.
    let alerts: [Alert]?
    let count: Int?
    /// Of an escalation.
    let step: Int?
    let link: String?
    let sentAt: Instant

    init(_ notice: Notice, sentAt: Instant) {
        key = notice.key
        kind = notice.kind
        organization = notice.organization.slug
        title = notice.title
        text = notice.text
        alert = notice.alert
        if case .escalation(_, let step) = notice.reason { self.step = step } else { step = nil }
        if case .digest(let alerts, let count) = notice.reason {
            (self.alerts, self.count) = (alerts, count)
        } else {
            (alerts, count) = (nil, nil)
        }
        link = notice.link
        self.sentAt = sentAt
    }
}

/// A document's bytes, alike at each attempt.
enum JSONBody {
    static func bytes(_ document: some Encodable) throws(DeliveryError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return [UInt8](try encoder.encode(document)) } catch {
            throw DeliveryError(.misconfigured, "the alert has a number that JSON can't say")
        }
    }
}
