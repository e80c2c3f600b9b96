import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Plant
import Synchronization
import TestSupport
import Trust

/// A real issuer on loopback: configuration, keys, and codes that it changes for tokens it really signs.
///
/// Its page is left out: ``approve(_:as:email:)`` does what somebody does there.
final class TestIssuer: Sendable {
    enum Signing: Sendable {
        case own
        /// Nobody's.
        case unsigned
        /// HS256, with the public key as the secret.
        case forged
        /// A key of the same name that is not the one shown.
        case with(IssuerKey)
    }

    /// What it was asked for a code by.
    struct Approved: Sendable {
        let nonce: String
        let challenge: String
        let redirectURI: String
        let claims: [String: String]
    }

    struct State: Sendable {
        var keys: [IssuerKey]
        var signing = Signing.own
        /// Claims that replace the usual ones, as JSON.
        var claims: [String: String] = [:]
        var now = Instant.t0
        var approved: [String: Approved] = [:]
        /// What was asked, by path.
        var counts: [String: Int] = [:]
        /// What the last token request said, form and header.
        var lastForm = ""
        var lastAuthorization = ""
        var configurationStatus = 200
    }

    static let clientID = "eagle"
    static let clientSecret = "a client's s&cret"

    let state: Mutex<State>
    let port: Int
    private let channel: any Channel

    var url: String { "http://127.0.0.1:\(port)" }

    init() async throws {
        let box = Box(State(keys: [IssuerKey.p256("k1")]))
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(IssuingHandler { request, body in box.issuer?.answer(request, body) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.channel = channel
        port = channel.localAddress?.port ?? 0
        state = Mutex(box.first)
        box.issuer = self
    }

    func stop() async throws { try await channel.close() }

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }

    func count(_ path: String) -> Int { state.withLock { $0.counts[path] ?? 0 } }

    /// Somebody signs in at the page to which the server sent him.
    ///
    /// - Returns: Where the page sends him back to, without the host.
    func approve(_ location: String, as subject: String, email: String) throws -> String {
        let query = try TestIssuer.query(location)
        let code = UUID().uuidString
        try state.withLock { state in
            var claims = [
                "iss": "\"\(url)\"", "sub": "\"\(subject)\"", "aud": "\"\(Self.clientID)\"",
                "nonce": "\"\(query["nonce"] ?? "")\"", "exp": String(state.now.microseconds / 1_000_000 + 300),
                "iat": String(state.now.microseconds / 1_000_000), "email": "\"\(email)\"", "email_verified": "true",
            ]
            claims.merge(state.claims) { $1 }
            state.approved[code] = Approved(
                nonce: query["nonce"] ?? "",
                challenge: try Self.required(query["code_challenge"]),
                redirectURI: try Self.required(query["redirect_uri"]),
                claims: claims
            )
        }
        let path = try Self.required(URL(string: try Self.required(query["redirect_uri"]))?.path)
        return "\(path)?code=\(code)&state=\(try Self.required(query["state"]))&session_state=ignored"
    }

    static func query(_ location: String) throws -> [String: String] {
        let items = try required(URLComponents(string: location)).queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
    }

    struct Missing: Error {}

    static func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Missing() }
        return value
    }

    // MARK: What it answers

    private func answer(_ head: HTTPRequestHead, _ body: String) -> (Int, String) {
        let path = String(head.uri.prefix { $0 != "?" })
        state.withLock { $0.counts[path, default: 0] += 1 }
        switch (head.method, path) {
        case (.GET, "/.well-known/openid-configuration"):
            let configuration = """
                {"issuer":"\(url)","authorization_endpoint":"\(url)/authorize","token_endpoint":"\(url)/token",
                 "jwks_uri":"\(url)/keys","code_challenge_methods_supported":["S256"]}
                """
            return (state.withLock(\.configurationStatus), configuration)
        case (.GET, "/keys"):
            let keys = state.withLock { $0.keys.compactMap { try? $0.jwk() } }
            return (200, #"{"keys":[\#(keys.joined(separator: ","))]}"#)
        case (.POST, "/token"): return token(body, authorization: head.headers.first(name: "Authorization") ?? "")
        default: return (404, "{}")
        }
    }

    private func token(_ body: String, authorization: String) -> (Int, String) {
        let form = (try? Self.query("http://x/?" + body)) ?? [:]
        let pair = FormText.encoded(Self.clientID) + ":" + FormText.encoded(Self.clientSecret)
        let challenge = IssuerKey.text(Array(SHA256.hash(data: Data((form["code_verifier"] ?? "").utf8))))
        return state.withLock { state in
            state.lastForm = body
            state.lastAuthorization = authorization
            guard authorization == "Basic " + Data(pair.utf8).base64EncodedString() else {
                return (401, #"{"error":"invalid_client"}"#)
            }
            guard form["grant_type"] == "authorization_code",
                let approved = state.approved.removeValue(forKey: form["code"] ?? ""),
                approved.redirectURI == form["redirect_uri"], approved.challenge == challenge
            else { return (400, #"{"error":"invalid_grant"}"#) }
            let text: String? =
                switch state.signing {
                case .own: try? state.keys.last?.token(approved.claims)
                case .unsigned: IssuerKey.unsigned(approved.claims)
                case .forged: state.keys.last?.forged(approved.claims)
                case .with(let key): try? key.token(approved.claims)
                }
            return (200, #"{"token_type":"Bearer","access_token":"at","id_token":"\#(text ?? "")"}"#)
        }
    }
}

/// The way from a connection to the issuer, which is there only once it has a port.
private final class Box: Sendable {
    let first: TestIssuer.State
    private let held = Mutex<TestIssuer?>(nil)

    init(_ first: TestIssuer.State) { self.first = first }

    var issuer: TestIssuer? {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}

private final class IssuingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (HTTPRequestHead, String) -> (Int, String)?
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ answer: @escaping @Sendable (HTTPRequestHead, String) -> (Int, String)?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let part): body += String(buffer: part)
        case .end:
            guard let head, let (status, text) = answer(head, body) else { return context.close(promise: nil) }
            let headers: HTTPHeaders = ["Content-Length": String(text.utf8.count), "Content-Type": "application/json"]
            let response = HTTPResponseHead(
                version: .http1_1,
                status: .init(statusCode: status),
                headers: headers
            )
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
