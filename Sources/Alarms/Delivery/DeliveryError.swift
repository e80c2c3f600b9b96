/// Why a notice did not reach its target, in words that hold no secret.
package struct DeliveryError: Error, Hashable, Sendable, Codable {
    package enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        /// The target lies where messages must not go: inside the server's own networks, or at a port or scheme that
        /// isn't allowed.
        case refusedTarget
        /// The target's or the server's settings can't work: a secret is missing, there is no SMTP server.
        case misconfigured
        /// No name, no route, no connection, or one that broke before the answer.
        case unreachable
        case timedOut
        /// TLS failed: a certificate that isn't trusted, or no TLS at all.
        case notSecure
        /// The receiver will have it neither now nor later.
        case rejected
        /// The receiver says that the target is no more: a webhook's 410, a push subscription that has ended.
        case gone
        /// The receiver asks for patience.
        case busy
        /// The receiver has a fault of its own.
        case receiverFailed
    }

    package let code: Code
    /// The receiver's own code, of HTTP or SMTP, where it gave one.
    package let status: Int?
    /// How long the receiver asks to wait, at most an hour.
    package let retryAfter: Duration?
    /// Of an e-mail to several: the addresses that the mail server will never take, each with its reason.
    package let refused: [String]
    /// Of an e-mail to several: the addresses that are still without it, and to which a further attempt goes.
    package let delayed: [String]
    package let reason: String

    package static let retryAfterMax = Duration.seconds(3_600)

    package init(
        _ code: Code,
        status: Int? = nil,
        retryAfter: Duration? = nil,
        refused: [String] = [],
        delayed: [String] = [],
        _ reason: String
    ) {
        self.code = code
        self.status = status
        self.retryAfter = retryAfter.map { min(max($0, .zero), Self.retryAfterMax) }
        self.refused = refused
        self.delayed = delayed
        self.reason = reason.singleLine(countMax: 300)
    }

    /// Whether trying again may help.
    package var isTransient: Bool {
        switch code {
        case .unreachable, .timedOut, .notSecure, .busy, .receiverFailed: true
        case .refusedTarget, .misconfigured, .rejected, .gone: false
        }
    }
}

extension DeliveryError: CustomStringConvertible {
    package var description: String { "\(code.rawValue): \(reason)" }
}

/// What a target said when it took a notice.
package struct DeliveryReceipt: Hashable, Sendable, Codable {
    /// The receiver's code, of HTTP or SMTP.
    package let status: Int
    /// Of an e-mail to several: the addresses that the mail server will never take, each with its reason.
    package let refused: [String]

    package init(status: Int, refused: [String] = []) {
        self.status = status
        self.refused = refused
    }
}
