import Alarms
import Delivery
import FoundationEssentials
import Plant
import Trust

/// Asks issuers, over the client that also carries alerts out: to addresses that were checked, within bounds.
struct IssuerClient: Sendable {
    private let web: WebClient

    /// - Parameter web: Whose rules say which issuers inside may be asked.
    init(web: WebClient) { self.web = web }

    /// What an issuer says of himself, and the keys he signs with.
    struct Issuer: Sendable {
        let metadata: OpenIDMetadata
        let keys: JSONWebKeySet
    }

    /// What a code is worth.
    struct Tokens: Sendable {
        let idToken: String
        let accessToken: String?
    }

    /// - Throws: ``OpenIDError`` with `.issuerUnavailable`.
    func issuer(of provider: OpenIDProvider) async throws(OpenIDError) -> Issuer {
        let metadata = try OpenIDMetadata(
            json: try await get(OpenIDMetadata.address(of: provider.issuer), of: provider),
            of: provider.issuer
        )
        _ = try address(metadata.authorizationEndpoint, of: provider)
        _ = try address(metadata.tokenEndpoint, of: provider)
        return Issuer(
            metadata: metadata,
            keys: try JSONWebKeySet(json: try await get(metadata.keysAddress, of: provider))
        )
    }

    /// Changes a code for tokens (OpenID Connect Core 1.0, section 3.1.3.1).
    ///
    /// - Throws: ``OpenIDError``: `.issuerRefused` where the issuer does not accept the code, else
    ///   `.issuerUnavailable`.
    func tokens(
        for code: String,
        verifier: SignInSecret,
        redirectURI: String,
        of provider: OpenIDProvider,
        _ metadata: OpenIDMetadata
    ) async throws(OpenIDError) -> Tokens {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("client_id", provider.clientID), ("code_verifier", verifier.text),
        ]
        var fields: [(String, String)] = []
        if metadata.takesBasicAuthentication {
            // Both encoded first (RFC 6749, section 2.3.1).
            let pair = FormText.encoded(provider.clientID) + ":" + FormText.encoded(provider.clientSecret.text)
            fields.append(("Authorization", "Basic " + Data(pair.utf8).base64EncodedString()))
        } else {
            form.append(("client_secret", provider.clientSecret.text))
        }
        let answer = try await ask(
            try address(metadata.tokenEndpoint, of: provider),
            posting: FormText.encoded(form.map { (name: $0.0, value: $0.1) }),
            fields: fields,
            of: provider
        )
        switch answer.status {
        case 200: break
        case 400..<500:
            throw OpenIDError(.issuerRefused, "the issuer answers \(answer.status)\(Self.reason(answer.body))")
        default: throw OpenIDError(.issuerUnavailable, "the issuer answers \(answer.status)")
        }
        guard let body = try? JSONDecoder().decode(TokenBody.self, fromOutside: Data(answer.body)) else {
            throw OpenIDError(.issuerUnavailable, "the issuer answers without an ID token")
        }
        return Tokens(idToken: body.id_token, accessToken: body.access_token)
    }

    private struct TokenBody: Decodable {
        let id_token: String
        let access_token: String?
    }

    /// The issuer's own code, where it is one of RFC 6749, section 5.2.
    private static func reason(_ body: [UInt8]) -> String {
        struct Refusal: Decodable {
            let error: String
        }
        let known = [
            "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
            "invalid_scope",
        ]
        guard let refusal = try? JSONDecoder().decode(Refusal.self, fromOutside: Data(body)),
            known.contains(refusal.error)
        else { return "" }
        return ": \(refusal.error)"
    }

    private func get(_ text: String, of provider: OpenIDProvider) async throws(OpenIDError) -> [UInt8] {
        let answer = try await ask(try address(text, of: provider), of: provider)
        guard answer.status == 200 else {
            throw OpenIDError(.issuerUnavailable, "the issuer answers \(answer.status)")
        }
        return answer.body
    }

    private func ask(
        _ address: WebAddress,
        posting form: String? = nil,
        fields: [(String, String)] = [],
        of provider: OpenIDProvider
    ) async throws(OpenIDError) -> WebClient.Document {
        do throws(DeliveryError) {
            return try await web.document(at: address, posting: form, fields: fields, for: provider.organization)
        } catch {
            throw OpenIDError(.issuerUnavailable, error.reason)
        }
    }

    /// An address of the issuer's: by https, but for one on this very machine whose issuer is there as well.
    ///
    /// Whether it may be connected to is for the client's rules to say, when it is.
    private func address(_ text: String, of provider: OpenIDProvider) throws(OpenIDError) -> WebAddress {
        do throws(SchemaProblem) {
            let (address, issuer) = (try WebAddress(text), try WebAddress(provider.issuer))
            guard address.scheme == .https || address.isOnLoopback && issuer.isOnLoopback else {
                throw SchemaProblem(path: [], message: "is not https")
            }
            return address
        } catch {
            throw OpenIDError(.issuerUnavailable, "an address of the issuer \(error.message)")
        }
    }
}

extension WebAddress {
    /// Whether it names this very machine.
    package var isOnLoopback: Bool { host == "localhost" || NetworkAddress(host)?.isLoopback == true }
}
