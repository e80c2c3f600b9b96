import Crypto
import Foundation
import Plant

/// Who sent a webhook's document, and when: the scheme of standardwebhooks.com, version 1.
///
/// The time is signed with the body, so that a receiver who refuses old ones refuses replayed ones.
struct WebhookSignature {
    let id: String
    let timestamp: Instant
    let body: [UInt8]
    /// At least one; a receiver accepts what any of them has signed.
    let keys: [[UInt8]]

    var fields: [(String, String)] {
        [("webhook-id", id), ("webhook-timestamp", seconds), ("webhook-signature", signatures)]
    }

    private var seconds: String { String(timestamp.microseconds / 1_000_000) }

    /// `v1,` and the base64 of the HMAC-SHA256 over id, seconds and body, joined by dots; one per key.
    private var signatures: String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return keys.map { key in
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
            return "v1," + Data(code).base64EncodedString()
        }
        .joined(separator: " ")
    }
}
