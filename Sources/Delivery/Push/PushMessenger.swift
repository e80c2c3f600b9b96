import Alarms
import Crypto
import Foundation
import Plant

/// Hands a notice to a browser's push service (RFC 8030), which can't read it.
struct PushMessenger: Messenger {
    let client: WebClient
    let key: VAPIDKey

    /// How long the push service keeps what a device that is off hasn't fetched.
    static let lifetimeSeconds = 86_400

    func send(
        _ notice: Notice,
        to target: DeliveryTarget,
        secret: DeliverySecret,
        at now: Instant
    ) async throws(DeliveryError) -> DeliveryReceipt {
        guard case .webPush(_, let p256dh) = target.channel, let url = secret.url, let address = try? WebAddress(url),
            let receiver = Base64URL.bytes(p256dh), let auth = secret.auth.flatMap(Base64URL.bytes)
        else { throw DeliveryError(.misconfigured, "the push subscription is none: subscribe again") }
        let body: [UInt8]
        let authorization: String
        do {
            body = try PushEncryption(receiver: receiver, auth: auth)
                .body(for: try Self.text(of: notice), salt: Self.salt())
            authorization = try key.authorization(for: address.origin, at: now)
        } catch let error as DeliveryError {
            throw error
        } catch { throw DeliveryError(.misconfigured, "the push subscription's key is none: subscribe again") }
        let fields = [
            ("Authorization", authorization), ("Content-Encoding", "aes128gcm"),
            ("Content-Type", "application/octet-stream"), ("TTL", String(Self.lifetimeSeconds)),
            ("Urgency", Self.urgency(of: notice)), ("Topic", Self.topic(of: notice)), ("Eagle-Key", notice.key),
        ]
        let answer = try await client.post(body, to: address, fields: fields, for: notice.organization.slug)
        guard answer.status != 404 else {
            throw DeliveryError(.gone, status: 404, "\(address.host) answers 404: the subscription has ended")
        }
        return try answer.receipt(from: address.host, at: now)
    }

    private static func salt() -> [UInt8] {
        SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
    }

    /// RFC 8030, 5.3: what is over, known or silenced may wait until the device wakes up by itself.
    private static func urgency(of notice: Notice) -> String {
        switch notice.urgency {
        case .critical: "high"
        case .warning: "normal"
        case .predictive: "normal"
        case nil: notice.kind == .test ? "normal" : "low"
        }
    }

    /// Of an alarm's messages a device that was off gets the newest alone (RFC 8030, 5.4): 32 characters of base64url.
    static func topic(of notice: Notice) -> String {
        Base64URL.text(SHA256.hash(data: Array(notice.thread.utf8)).prefix(24))
    }

    /// What the console's service worker shows; the text is cut where the whole would be too long.
    private static func text(of notice: Notice) throws(DeliveryError) -> [UInt8] {
        var document = PushDocument(notice)
        for countMax in [1_000, 400, 100, 0] {
            document.body = String(notice.text.unicodeScalars.prefix(countMax))
            let bytes = try JSONBody.bytes(document)
            if bytes.count <= PushEncryption.plaintextByteCountMax { return bytes }
        }
        throw DeliveryError(.misconfigured, "the notice is too long for a push message")
    }
}

/// A push message's content.
struct PushDocument: Encodable {
    let title: String
    var body = ""
    /// Messages of one tag replace each other on the screen.
    let tag: String
    let key: String
    let kind: Notice.Kind
    let organization: String
    /// The alarm's type while it wants somebody; null for what is over, known or silenced, and for tests.
    let urgency: AlarmType?
    let alarm: ID<Alarm>?
    let link: String?

    init(_ notice: Notice) {
        title = notice.title
        tag = notice.thread
        key = notice.key
        kind = notice.kind
        organization = notice.organization.slug
        urgency = notice.urgency
        alarm = notice.alarm?.id
        link = notice.link
    }
}
