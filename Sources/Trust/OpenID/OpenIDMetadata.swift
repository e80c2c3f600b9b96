import FoundationEssentials
import Plant

/// What an issuer says of himself at `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 3).
package struct OpenIDMetadata: Hashable, Sendable {
    package let issuer: String
    package let authorizationEndpoint: String
    package let tokenEndpoint: String
    package let keysAddress: String
    /// Whether the client's secret goes into the header, and not into the form.
    package let takesBasicAuthentication: Bool
    /// Whether his answers name him (RFC 9207, section 3).
    package let namesIssuer: Bool

    private struct Document: Decodable {
        let issuer: String
        let authorization_endpoint: String
        let token_endpoint: String
        let jwks_uri: String
        let token_endpoint_auth_methods_supported: [String]?
        let id_token_signing_alg_values_supported: [String]?
        let code_challenge_methods_supported: [String]?
        let authorization_response_iss_parameter_supported: Bool?
    }

    /// - Parameters:
    ///   - json: What he answered.
    ///   - issuer: Whom it was asked of; the document has to name the very same (section 4.3).
    /// - Throws: ``OpenIDError`` with `.issuerUnavailable`, which says what is missing.
    package init(json: [UInt8], of issuer: String) throws(OpenIDError) {
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, fromOutside: Data(json)) } catch {
            throw OpenIDError(.issuerUnavailable, "the issuer's configuration can't be read")
        }
        guard document.issuer == issuer else {
            throw OpenIDError(.issuerUnavailable, "the issuer's configuration names another issuer than the set one")
        }
        let algorithms = document.id_token_signing_alg_values_supported
        guard algorithms?.contains(where: { IDTokenAlgorithm(rawValue: $0) != nil }) ?? true else {
            throw OpenIDError(.issuerUnavailable, "the issuer signs with neither RS256 nor ES256")
        }
        guard document.code_challenge_methods_supported?.contains("S256") ?? true else {
            throw OpenIDError(.issuerUnavailable, "the issuer has no PKCE with S256")
        }
        self.issuer = issuer
        authorizationEndpoint = document.authorization_endpoint
        tokenEndpoint = document.token_endpoint
        keysAddress = document.jwks_uri
        let methods = document.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]
        guard methods.contains("client_secret_basic") || methods.contains("client_secret_post") else {
            throw OpenIDError(.issuerUnavailable, "the issuer takes a client's secret in no way that is known here")
        }
        takesBasicAuthentication = methods.contains("client_secret_basic")
        namesIssuer = document.authorization_response_iss_parameter_supported ?? false
    }

    /// Where the document is (section 4).
    package static func address(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }
}

/// How ID tokens may be signed: with keys that only the issuer has.
///
/// `none` and the HS family are not among them, whose "key" everybody has who can read ours.
package enum IDTokenAlgorithm: String, Hashable, Sendable, CaseIterable {
    case rs256 = "RS256"
    case es256 = "ES256"
}
