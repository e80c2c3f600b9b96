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
    /// None in a digest, a test, or of Eagle's own.
    let alert: WebhookAlert?
    /// Of a digest: those that it stands for, and how many they are.
    let alerts: [WebhookAlert]?
    let count: Int?
    /// What is wrong with Eagle itself, or was.
    let system: SystemAlarm?
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
        alert = notice.alert.map { WebhookAlert($0) }
        if case .escalation(_, let step) = notice.reason { self.step = step } else { step = nil }
        if case .digest(let digested, let count) = notice.reason {
            (alerts, self.count) = (digested.map { WebhookAlert($0) }, count)
        } else {
            (alerts, count) = (nil, nil)
        }
        if case .system(let alarm) = notice.reason { system = alarm } else { system = nil }
        link = notice.link
        self.sentAt = sentAt
    }
}

/// An alert as a webhook's receiver reads it.
struct WebhookAlert: Encodable {
    struct Transition: Encodable {
        let alarm: AlarmDocument
        let change: AlarmTransition.Change
        let annunciates: Bool
        let at: Instant
        let by: String?
        let source: AlarmCause.Source?
    }

    /// In a digest: the key that its own notice would have had.
    let key: String?
    /// In a digest: whether it is an escalation's, and then which step's.
    let kind: Notice.Kind?
    let step: Int?
    let sequence: Int64
    let headline: String
    let transition: Transition

    init(_ alert: Alert) { self.init(alert, key: nil, kind: nil, step: nil) }

    init(_ digested: Notice.Digested) {
        let isEscalation = digested.step > 0
        self.init(
            digested.alert,
            key: digested.key,
            kind: isEscalation ? .escalation : .alert,
            step: isEscalation ? digested.step : nil
        )
    }

    private init(_ alert: Alert, key: String?, kind: Notice.Kind?, step: Int?) {
        (self.key, self.kind, self.step) = (key, kind, step)
        sequence = alert.sequence
        headline = alert.headline
        transition = Transition(
            alarm: AlarmDocument(alert.transition.alarm),
            change: alert.transition.change,
            annunciates: alert.transition.annunciates,
            at: alert.transition.at,
            by: alert.transition.by,
            source: alert.transition.source
        )
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
