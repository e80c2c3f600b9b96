/// Why somebody does not sign in by an issuer, in words that hold no secret.
package struct OpenIDError: Error, Hashable, Sendable {
    /// The text of each is part of the API, and stable.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// It was not begun in this browser, has ended already, or took longer than ten minutes.
        case state = "state_unknown"
        /// The issuer's page was left without signing in.
        case denied
        /// The issuer does not answer, or with what can't be read.
        case issuerUnavailable = "issuer_unavailable"
        /// The issuer does not accept its own code from us.
        case issuerRefused = "issuer_refused"
        /// The ID token proves nothing.
        case tokenInvalid = "token_invalid"
        /// The ID token is signed with a key that the issuer did not show yet.
        case keyUnknown = "key_unknown"
        case emailUnverified = "email_unverified"
        case secondFactorMissing = "second_factor_missing"
        /// One for all who have no place in the provider's organization, wherever else they have one.
        case refused = "not_allowed"
        case busy
    }

    package let code: Code
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

extension OpenIDError: CustomStringConvertible {
    package var description: String { "\(code.rawValue): \(reason)" }
}
