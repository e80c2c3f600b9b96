import HTTPTypes
import Hummingbird
import Logging
import Plant
import Storage
import Trust

/// Signing in by an organization's own issuer.
///
/// The browser leaves by `start`, comes back to `callback`, and the page fetches its session from `exchange`: no token
/// ever stands in an address. What the browser keeps in between ties the three together, so that nobody is signed in
/// as somebody else by a link.
struct OIDCRoutes: Sendable {
    struct ProviderDocument: Encodable, Sendable {
        let id: String
        let name: String
    }

    struct ExchangeBody: Decodable, Sendable {
        let code: String
    }

    let sessions: Sessions

    private var desk: OpenIDDesk? { sessions.context.openID }

    var all: [Route] {
        [
            Route(.get, "/api/v1/auth/providers", .open(providers)),
            Route(.get, OpenIDDesk.pathPrefix + "/{provider}/start", .open(start)),
            Route(.get, OpenIDDesk.pathPrefix + "/{provider}/callback", .open(callback)),
            Route(.post, OpenIDDesk.pathPrefix + "/exchange", .open(exchange)),
            Route(.delete, "/api/v1/users/{id}/openid", .organization(.manageUsers, unlink)),
        ]
    }

    /// Those that all may see; with an organization's slug all of its own.
    private func providers(_ call: Call) async throws -> Response {
        try call.query.allow(only: "organization")
        let slug = call.query.text("organization")
        let shown = (desk?.providers ?? []).filter { slug == nil ? $0.isPublic : $0.organization == slug }
        return try .json(PageDocument(shown.map { ProviderDocument(id: $0.id, name: $0.name) }))
    }

    private func start(_ call: Call) async throws -> Response {
        try call.query.allow(only: "return")
        let (desk, provider) = try provider(call)
        let path = call.query.text("return") ?? "/"
        guard Self.isLocal(path) else {
            throw Problem(.badRequest, "The query's return is a path of this server, such as '/'.")
        }
        do throws(OpenIDError) {
            let beginning = try await desk.begin(provider, returnPath: path, from: call.address, at: call.now)
            var response = Self.redirect(to: beginning.address)
            SignInCookie(desk).set(beginning.browser, on: &response)
            return response
        } catch {
            return await failure(error, call, desk, provider)
        }
    }

    /// Issuers send parameters of their own besides: those are ignored.
    private func callback(_ call: Call) async throws -> Response {
        let (desk, provider) = try provider(call)
        let query = call.query
        let back = OpenIDDesk.Return(
            state: query.text("state"),
            code: query.text("code"),
            error: query.text("error"),
            issuer: query.text("iss"),
            browser: SignInCookie(desk).value(in: call.request.headers)
        )
        do {
            let arrival = try await desk.arrive(back, by: provider, at: call.now)
            let user = try await sessions.user(arrival, at: call.now)
            let code = desk.keep(user.id, arrival, at: call.now)
            return Self.redirect(to: desk.basePath + arrival.returnPath + "#sign-in=" + code.text)
        } catch let error as OpenIDError {
            return await failure(error, call, desk, provider)
        }
    }

    private func exchange(_ call: Call) async throws -> Response {
        try call.query.allow()
        let cookie = try ConsoleCookie(call)
        let code = try await call.json(ExchangeBody.self).code
        guard let desk,
            let (user, provider) = desk.fetch(
                code: code,
                browser: SignInCookie(desk).value(in: call.request.headers),
                at: call.now
            )
        else {
            throw Problem(
                .signInUnknown,
                "It was used, took longer than a minute, or is another browser's. Sign in again."
            )
        }
        let grant = try await sessions.login(user, by: provider, from: call.origin, at: call.now)
        var response = try await AuthRoutes(sessions: sessions).answer(grant, by: cookie, at: call.now)
        SignInCookie(desk).clear(on: &response)
        return response
    }

    private func unlink(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard try await call.context.stores.openIDLinks.remove(of: try call.id("user"), in: member.scope) > 0 else {
            throw Problem.notFound("user who signs in by an issuer")
        }
        return .noContent
    }

    // MARK: Parts

    private func provider(_ call: Call) throws(Problem) -> (OpenIDDesk, OpenIDProvider) {
        guard let desk, let provider = call.parameters["provider"].flatMap({ desk.provider($0) }) else {
            throw Problem.notFound("provider")
        }
        return (desk, provider)
    }

    /// Back to the page, which says it in words; the log has the reason.
    private func failure(_ error: OpenIDError, _ call: Call, _ desk: OpenIDDesk, _ provider: OpenIDProvider) async
        -> Response
    {
        call.context.metrics.loginFailed()
        await sessions.noteRefusal(error, by: provider, from: call.address)
        call.logger.warning(
            "nobody was signed in by an issuer",
            metadata: [
                "provider": .string(provider.id), "code": .string(error.code.rawValue),
                "reason": .string(error.reason),
            ]
        )
        return Self.redirect(to: desk.basePath + "/#sign-in-failed=" + error.code.rawValue)
    }

    private static func redirect(to address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address])
    }

    /// A path of this server and nothing that a browser takes for another host, and no fragment: that is ours.
    static func isLocal(_ path: String) -> Bool {
        guard path.hasPrefix("/"), !path.hasPrefix("//"), path.utf8.count <= 512 else { return false }
        return path.utf8.allSatisfy { byte in
            switch byte {
            case 45...57, 61, 63, 65...90, 95, 97...122, 126, UInt8(ascii: "&"), UInt8(ascii: "%"): true
            default: false
            }
        }
    }
}

/// What a browser keeps while it is at an issuer's, for this one way through.
struct SignInCookie: Sendable {
    private let name: String
    private let place: String

    init(_ desk: OpenIDDesk) {
        // The prefix makes browsers refuse one that was set without TLS or for a whole domain (RFC 6265bis, 4.1.3.2),
        // and asks for the whole path; the routes that read it are two all the same.
        name = desk.isSecure ? "__Host-eagle-sign-in" : "eagle-sign-in"
        let path = desk.isSecure ? "/; Secure" : desk.basePath + OpenIDDesk.pathPrefix
        // The way back is a link on another site's page: a strict cookie would not come along.
        place = "Path=\(path); HttpOnly; SameSite=Lax"
    }

    func set(_ secret: SignInSecret, on response: inout Response) {
        append("\(name)=\(secret.text); Max-Age=600; \(place)", to: &response)
    }

    func clear(on response: inout Response) { append("\(name)=; Max-Age=0; \(place)", to: &response) }

    private func append(_ text: String, to response: inout Response) {
        response.headers.append(HTTPField(name: .setCookie, value: text))
    }

    /// The secret that came back.
    func value(in headers: HTTPFields) -> String? { headers.cookie(name) }
}
