import Foundation

extension IsolationWalk {
    /// Asks, and asks again where the server wants it to be slower.
    func ask(_ request: APIRequest, as identity: Identity? = nil) async throws -> APIAnswer {
        var answer = try await askOnce(request, as: identity)
        for _ in 0..<Self.patienceCount {
            guard answer.status == 429, let seconds = answer.header("retry-after").flatMap({ Int($0) }), seconds <= 60
            else { break }
            try await Task.sleep(for: .seconds(max(1, seconds)))
            answer = try await askOnce(request, as: identity)
        }
        return answer
    }

    private static let patienceCount = 3

    private func askOnce(_ request: APIRequest, as identity: Identity?) async throws -> APIAnswer {
        try Task.checkCancellation()
        report.requestCount += 1
        if let identity { requestCounts[identity, default: 0] += 1 }
        return try await client.send(request)
    }

    func readContract() async throws -> APIContract {
        let text: String
        if let given = options.contract {
            text = given
        } else {
            let answer = try await ask(APIRequest("GET", "/api/v1/openapi.yaml"))
            guard answer.isSuccess else {
                throw VerificationError(.unreadable, "\(client.server) gives no openapi.yaml (\(answer.reason))")
            }
            text = answer.text
        }
        let contract = try APIContract(yaml: text)
        self.contract = contract
        (report.contractVersion, report.contractDigest) = (contract.version, contract.digest)
        return contract
    }

    /// Signs in who judges.
    func signIn() async throws {
        show("signing in", 0)
        var body: [String: JSONValue] = ["email": .text(options.email), "password": .text(options.password)]
        if let code = options.code { body["code"] = .text(code) }
        let answer = try await ask(APIRequest("POST", "/api/v1/auth/login").with(json: .map(body)))
        guard let session = Session(answer, email: options.email, password: options.password) else {
            throw VerificationError(
                .refused,
                "\(options.email) can't sign in (\(answer.reason)): give a super admin's address, his password, and "
                    + "--code where he has a second factor"
            )
        }
        guard session.permissions.contains("organization:manage") else {
            throw VerificationError(
                .refused,
                "\(options.email) may not make organizations: isolation is judged as a super admin"
            )
        }
        root = session
    }

    /// Signs somebody of a canary organization in.
    func login(_ email: String, _ password: String) async throws -> Session {
        let answer = try await ask(
            APIRequest("POST", "/api/v1/auth/login").with(json: ["email": .text(email), "password": .text(password)])
        )
        guard let session = Session(answer, email: email, password: password) else {
            throw VerificationError(.notFurnished, "the canary user \(email) can't sign in (\(answer.reason))")
        }
        return session
    }

    /// The same session with a token that is still good for a while.
    func renewed(_ session: Session) async throws -> Session {
        guard session.isOld else { return session }
        let answer = try await ask(
            APIRequest("POST", "/api/v1/auth/refresh").with(json: ["refreshToken": .text(session.refresh)])
        )
        if let renewed = Session(answer, email: session.email, password: session.password) { return renewed }
        return try await login(session.email, session.password)
    }

    func rootToken() async throws -> String {
        guard let session = root else { throw VerificationError(.refused, "nobody is signed in") }
        let renewed = try await renewed(session)
        root = renewed
        return renewed.access
    }

    /// What somebody shows who asks; nil for nobody, and for who can't be had here.
    func token(of identity: Identity) async throws -> String? {
        switch identity {
        case .nobody: return nil
        case .expired: return options.expiredToken
        case .apiKey: return mine?.apiKey
        case .root: return try await rootToken()
        case .admin:
            guard let session = mine?.admin else { return nil }
            let renewed = try await renewed(session)
            mine?.admin = renewed
            return renewed.access
        case .operator:
            guard let session = mine?.operator else { return nil }
            let renewed = try await renewed(session)
            mine?.operator = renewed
            return renewed.access
        case .garbled, .forged, .unsigned:
            guard let mine, let theirs, let token = try await token(of: .admin) else { return nil }
            return Forgery.token(identity, of: token, from: mine.organization, to: theirs.organization)
        }
    }

    /// Whether there is anything to show as that identity.
    func canSpeak(as identity: Identity) async throws -> Bool {
        if identity == .nobody { return true }
        return try await token(of: identity) != nil
    }

    /// Signs somebody in anew whose session has ended; whoever can't be stays as he is.
    func signInAnew(_ identity: Identity) async throws {
        switch identity {
        case .admin: if let session = mine?.admin { mine?.admin = try await login(session.email, session.password) }
        case .operator:
            if let session = mine?.operator { mine?.operator = try await login(session.email, session.password) }
        case .root, .apiKey, .nobody, .garbled, .forged, .unsigned, .expired: return
        }
    }

    /// Signs the admin in anew where something that was tried has ended his session.
    func revive() async throws {
        guard let session = mine?.admin else { return }
        let answer = try await ask(APIRequest("GET", "/api/v1/auth/me").with(token: session.access))
        if answer.status == 401 { mine?.admin = try await login(session.email, session.password) }
    }
}
