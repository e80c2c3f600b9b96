import NIOHTTP1
import Plant
import Serving
import Trust

/// What a client asks of the stream when it knocks.
struct StreamRequest: Sendable {
    static let path = "/api/v1/stream"
    static let subprotocol = "eagle.v1"

    /// From the `Authorization` header, or, since browsers can't set it, from the subprotocol `bearer.<token>`.
    let token: String?
    /// For super admins: the organization's slug or id.
    let organization: String?
    /// The last alert it saw; nil asks for a snapshot.
    let after: Int64?

    init(_ head: HTTPRequestHead) throws(Problem) {
        let query = try Query(head.uri.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init))
        try query.allow(only: "after", "organization")
        after = try query.integer("after", in: 0...Int64.max)
        organization = query.text("organization") ?? head.headers.first(name: "Eagle-Organization")
        token =
            Authentication.bearer(head.headers.first(name: "Authorization"))
            ?? Self.offeredSubprotocols(head).lazy.compactMap { Self.token(in: $0) }.first
    }

    private static func offeredSubprotocols(_ head: HTTPRequestHead) -> [String] {
        head.headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init)
    }

    private static func token(in subprotocol: String) -> String? {
        subprotocol.hasPrefix("bearer.") ? String(subprotocol.dropFirst("bearer.".count)) : nil
    }

    /// Of the offered subprotocols only the one that says how the stream speaks, never the token.
    static func responseHeaders(for head: HTTPRequestHead) -> HTTPHeaders {
        offeredSubprotocols(head).contains(subprotocol) ? ["Sec-WebSocket-Protocol": subprotocol] : [:]
    }
}

/// Whom the door let in, to whose stream, and until when.
struct StreamAdmission: Sendable {
    let principal: Principal
    let scope: OrganizationScope
    /// Among its organization's streams; given back when the connection ends, however it does.
    let place: StreamPlace
    /// Whether it is an admin's, who is told of Eagle itself.
    let hearsSystem: Bool
    /// Whether he could also read the runs: a machine's key need not.
    let hearsTraining: Bool
    let after: Int64?
    let expires: Instant
}
