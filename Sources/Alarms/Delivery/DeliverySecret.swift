import FoundationEssentials

/// What lets one in at a target: kept apart from it, and shown to nobody again.
package struct DeliverySecret: Hashable, Sendable, Codable {
    /// Of a webhook, Slack's and Teams' too, or a browser's push endpoint: whoever knows it may write there.
    package var url: String?
    /// What a webhook's documents are signed with, newest first, each as `whsec_` and base64; each signs.
    package var signingKeys: [String]
    /// The push subscription's authentication secret (RFC 8291), base64url.
    package var auth: String?
    /// The access token of ntfy.
    package var token: String?

    package init(url: String? = nil, signingKeys: [String] = [], auth: String? = nil, token: String? = nil) {
        self.url = url
        self.signingKeys = signingKeys
        self.auth = auth
        self.token = token
    }

    package static let none = DeliverySecret()

    /// A fresh key to sign with: 32 bytes of the caller's randomness, written as `whsec_` and base64.
    package static func signingKey(using generator: inout some RandomNumberGenerator) -> String {
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return signingKeyPrefix + Data(bytes).base64EncodedString()
    }

    package static let signingKeyPrefix = "whsec_"

    /// The bytes of a key to sign with; nil for what is none, or shorter than 24 bytes or longer than 64.
    package static func signingBytes(_ key: String) -> [UInt8]? {
        guard key.hasPrefix(signingKeyPrefix), let data = Data(base64Encoded: String(key.dropFirst(6))) else {
            return nil
        }
        return (24...64).contains(data.count) ? [UInt8](data) : nil
    }
}

extension DeliverySecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Says nothing of what is in it.
    package var description: String { "DeliverySecret" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
