import Alarms
package import Delivery
import Plant
import Synchronization
package import Trust

/// Sends people to their organizations' issuers and takes them back (OpenID Connect Core 1.0, section 3.1, with PKCE).
package final class OpenIDDesk: Sendable {
    package static let pathPrefix = "/api/v1/auth/oidc"

    let providers: [OpenIDProvider]
    /// Where browsers find the server, without a slash at its end.
    private let publicURL: String
    private let client: IssuerClient
    private let memory: IssuerMemory
    private let book = Mutex(SignInBook())

    /// Where to send a browser, and what it has to keep meanwhile.
    struct Beginning: Sendable {
        let address: String
        let browser: SignInSecret
    }

    /// What an issuer's page sent back with the browser.
    struct Return: Sendable {
        let state: String?
        let code: String?
        let error: String?
        let issuer: String?
        /// What the browser kept.
        let browser: String?
    }

    /// Somebody whom the issuer has named.
    struct Arrival: Sendable {
        let claims: OpenIDClaims
        let subject: String
        let provider: OpenIDProvider
        let browser: TokenHash
        let returnPath: String
    }

    /// - Parameters:
    ///   - providers: Each with an id of its own.
    ///   - publicURL: Where browsers find the server: issuers send people back there.
    ///   - client: For asking issuers.
    package init(providers: [OpenIDProvider], publicURL: String, client: WebClient) {
        self.providers = providers
        self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        self.client = IssuerClient(web: client)
        memory = IssuerMemory(client: self.client)
    }

    /// Whether browsers come by TLS, so that what they keep may be sent by that alone.
    var isSecure: Bool { publicURL.lowercased().hasPrefix("https:") }

    /// Where the pages are, below the host: a proxy takes it off, so no path that the server is told begins with it.
    var basePath: String {
        guard let address = try? WebAddress(publicURL), address.target != "/" else { return "" }
        return address.target
    }

    func provider(_ id: String) -> OpenIDProvider? { providers.first { $0.id == id } }

    /// - Throws: ``OpenIDError`` with `.issuerUnavailable`.
    func begin(
        _ provider: OpenIDProvider,
        returnPath: String,
        from address: String,
        at now: Instant
    ) async throws(OpenIDError) -> Beginning {
        let metadata = try await memory.issuer(of: provider, at: now).metadata
        var generator = SystemRandomNumberGenerator()
        let (state, browser) = (SignInSecret(using: &generator), SignInSecret(using: &generator))
        let (nonce, verifier) = (SignInSecret(using: &generator), SignInSecret(using: &generator))
        book.withLock { book in
            let begun = SignInBook.Begun(
                provider: provider.id,
                browser: browser.hash,
                nonce: nonce,
                verifier: verifier,
                returnPath: returnPath,
                address: address,
                expiresAt: now + book.limits.patience
            )
            book.begin(begun, state: state.hash, at: now)
        }
        let endpoint = metadata.authorizationEndpoint
        let query = FormText.encoded([
            ("response_type", "code"), ("client_id", provider.clientID), ("redirect_uri", redirectURI(of: provider)),
            ("scope", "openid email profile"), ("state", state.text), ("nonce", nonce.text),
            ("code_challenge", verifier.challenge), ("code_challenge_method", "S256"),
        ])
        return Beginning(address: endpoint + (endpoint.contains("?") ? "&" : "?") + query, browser: browser)
    }

    /// Whom the issuer names, once all that he says is proven.
    ///
    /// - Throws: ``OpenIDError``.
    func arrive(_ back: Return, by provider: OpenIDProvider, at now: Instant) async throws(OpenIDError) -> Arrival {
        let browser = back.browser.flatMap { SignInSecret(text: $0)?.hash }
        guard let state = back.state.flatMap({ SignInSecret(text: $0) }),
            let begun = book.withLock({
                $0.end(state: state.hash, provider: provider.id, browser: browser, at: now)
            })
        else { throw OpenIDError(.state, "the sign-in was not begun in this browser, or is over") }
        if let error = back.error {
            throw OpenIDError(error == "access_denied" ? .denied : .issuerRefused, "the issuer's page sent an error")
        }
        guard let code = back.code, (1...4_096).contains(code.utf8.count) else {
            throw OpenIDError(.issuerRefused, "the issuer's page sent no code")
        }
        guard book.withLock({ $0.mayAsk() }) else { throw OpenIDError(.busy, "too many sign in at once") }
        defer { book.withLock { $0.asked() } }
        let claims = try await claims(for: code, begun, saidBy: back.issuer, provider, at: now)
        try provider.checkSecondFactor(in: claims)
        return Arrival(
            claims: claims,
            subject: claims.subject ?? "",
            provider: provider,
            browser: begun.browser,
            returnPath: begun.returnPath
        )
    }

    /// Keeps for the page who has arrived.
    ///
    /// - Returns: The code by which the page fetches its session, once and soon.
    func keep(_ user: ID<User>, _ arrival: Arrival, at now: Instant) -> SignInSecret {
        var generator = SystemRandomNumberGenerator()
        let code = SignInSecret(using: &generator)
        book.withLock { book in
            let back = SignInBook.Back(
                user: user,
                provider: arrival.provider.id,
                browser: arrival.browser,
                expiresAt: now + book.limits.fetching
            )
            book.cameBack(back, code: code.hash, at: now)
        }
        return code
    }

    /// Who has arrived with that code; nil for one that is unknown, used, too old, or another browser's.
    func fetch(code: String, browser: String?, at now: Instant) -> (user: ID<User>, provider: OpenIDProvider)? {
        let browser = browser.flatMap { SignInSecret(text: $0)?.hash }
        guard let code = SignInSecret(text: code),
            let back = book.withLock({ $0.fetch(code: code.hash, browser: browser, at: now) }),
            let provider = provider(back.provider)
        else { return nil }
        return (back.user, provider)
    }

    private func redirectURI(of provider: OpenIDProvider) -> String {
        "\(publicURL)\(Self.pathPrefix)/\(provider.id)/callback"
    }

    private func claims(
        for code: String,
        _ begun: SignInBook.Begun,
        saidBy issuer: String?,
        _ provider: OpenIDProvider,
        at now: Instant
    ) async throws(OpenIDError) -> OpenIDClaims {
        let known = try await memory.issuer(of: provider, at: now)
        // An answer of one issuer is not taken to another (RFC 9207, section 2.4).
        guard issuer == provider.issuer || (issuer == nil && !known.metadata.namesIssuer) else {
            throw OpenIDError(.issuerRefused, "another issuer has answered")
        }
        let tokens = try await client.tokens(
            for: code,
            verifier: begun.verifier,
            redirectURI: redirectURI(of: provider),
            of: provider,
            known.metadata
        )
        let token = try IDToken(tokens.idToken)
        let expected = IDToken.Expectation(
            issuer: provider.issuer,
            clientID: provider.clientID,
            nonce: begun.nonce.text,
            accessToken: tokens.accessToken
        )
        do throws(OpenIDError) {
            return try await token.claims(provenBy: known.keys, expected: expected, at: now)
        } catch {
            guard error.code == .keyUnknown else { throw error }
            let renewed = try await memory.issuer(of: provider, at: now, hasNewKeys: true)
            return try await token.claims(provenBy: renewed.keys, expected: expected, at: now)
        }
    }
}
