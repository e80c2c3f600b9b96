import HTTPTypes
import Hummingbird

/// Lets pages of configured origins call the API (WHATWG Fetch, section 3.2): exactly those, and never with cookies.
struct CrossOrigin: Sendable {
    private static let maxAgeSeconds = "600"
    /// What pages may send; `Eagle-Console` is not among them, so that no page but the console is given a cookie.
    private static let requestFields =
        "Accept, Authorization, Content-Type, Eagle-Organization, Idempotency-Key, X-Request-Id"
    private static let responseFields = "Eagle-Next, ETag, Location, Retry-After, X-Request-Id"

    let edge: WebEdge

    /// The answer to a preflight of a page that may call; nil for whatever else.
    func preflight(_ request: Request, methods: [HTTPRequest.Method]) -> Response? {
        guard request.method == .options, isOpen(request.uri.path),
            request.headers[.accessControlRequestMethod] != nil, request.headers[.origin].map(edge.allows) == true
        else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.map(\.rawValue).sorted().joined(separator: ", "),
                .accessControlAllowHeaders: Self.requestFields,
                .accessControlMaxAge: Self.maxAgeSeconds,
            ]
        )
    }

    /// Says to whom the answer may be shown.
    func dress(_ response: inout Response, to request: Request) {
        guard !edge.corsOrigins.isEmpty, isOpen(request.uri.path) else { return }
        // Also for those who are refused: a cache must not hand one page's answer to another.
        response.headers[.vary] = response.headers[.vary].map { $0 + ", Origin" } ?? "Origin"
        guard let origin = request.headers[.origin], edge.allows(origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.responseFields
    }

    /// The API alone: the console, health and figures are no business of other pages.
    private func isOpen(_ path: String) -> Bool { path.hasPrefix("/api/") }
}
