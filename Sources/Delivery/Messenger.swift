package import Alarms
package import Plant

/// Carries a notice to a target, once per call.
///
/// Who calls it sees to it that it is called again after a transient failure, so that a notice may come more than once:
/// always under the same key.
package protocol Messenger: Sendable {
    /// - Parameters:
    ///   - notice: What to tell.
    ///   - target: Whom.
    ///   - secret: What goes with the target.
    ///   - now: The moment of this attempt.
    /// - Returns: What the receiver said when it took the notice.
    /// - Throws: ``DeliveryError`` where it did not take it, or nobody knows whether it did.
    func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt
}

/// Every channel's messenger under one roof.
///
/// Nothing is kept from one notice to the next: no connection, no cookie, no answer; only of a mail that not all of its
/// receivers have had, who has. What organizations share are the threads that look up names, of which each has a few at
/// most.
package struct Messengers: Messenger {
    private let client: WebClient
    private let email: EmailMessenger?
    private let push: PushMessenger?

    /// - Parameters:
    ///   - client: For all that goes by HTTP.
    ///   - mail: None where the server has no mail server to send through.
    ///   - vapid: None where the server has no key for push services.
    package init(client: WebClient, mail: MailSettings? = nil, vapid: VAPIDKey? = nil) {
        self.client = client
        email = mail.map { EmailMessenger(settings: $0, dialer: client.dialer, lookup: client.resolver.lookup) }
        push = vapid.map { PushMessenger(client: client, key: $0) }
    }

    /// What a browser must be given to subscribe; none where there is no web push.
    package var pushKey: String? { push?.key.publicKey }

    /// Whether the server is set up for the channel.
    package func canSend(by kind: DeliveryChannel.Kind) -> Bool {
        switch kind {
        case .email: email != nil
        case .webPush: push != nil
        case .webhook, .ntfy, .slack, .teams: true
        }
    }

    package func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt {
        guard Notice.isKey(notice.key) else { throw DeliveryError(.misconfigured, "the notice's key is none") }
        return try await messenger(for: target.channel.kind).send(notice, to: target, secret: secret, at: now)
    }

    private func messenger(for kind: DeliveryChannel.Kind) throws(DeliveryError) -> any Messenger {
        switch kind {
        case .webhook: return WebhookMessenger(client: client)
        case .ntfy: return NtfyMessenger(client: client)
        case .slack: return ChatMessenger(client: client) { SlackDocument($0) }
        case .teams: return ChatMessenger(client: client) { TeamsDocument($0) }
        case .email:
            guard let email else {
                throw DeliveryError(.misconfigured, "this server sends no mail: its operator sets delivery.smtp")
            }
            return email
        case .webPush:
            guard let push else {
                throw DeliveryError(
                    .misconfigured,
                    "this server sends no push messages: its operator sets delivery.contact, which push services ask for"
                )
            }
            return push
        }
    }
}
