import Alarms
import HTTPTypes
import HummingbirdCore
import NIOHTTP1

/// Whose page a browser speaks for, by what pages can't set: `Origin` and `Sec-Fetch-Site`.
///
/// See RFC 6454, section 7, and the W3C's Fetch Metadata Request Headers.
struct PageOrigin: Sendable {
    let origin: String?
    let fetchSite: String?
    /// The name and port by which the client reached the server.
    let host: String?
    /// Whether the server itself speaks TLS.
    let isTLS: Bool

    init(origin: String?, fetchSite: String?, host: String?, edge: WebEdge) {
        self.origin = origin
        self.fetchSite = fetchSite
        self.host = host
        isTLS = edge.certificate != nil
        self.edge = edge
    }

    init(_ call: Call) {
        self.init(
            origin: call.request.headers[.origin],
            fetchSite: call.request.headers[.secFetchSite],
            host: call.request.head.authority,
            edge: call.context.edge
        )
    }

    init(_ head: HTTPRequestHead, edge: WebEdge) {
        self.init(
            origin: head.headers.first(name: "Origin"),
            fetchSite: head.headers.first(name: "Sec-Fetch-Site"),
            host: head.headers.first(name: "Host"),
            edge: edge
        )
    }

    private let edge: WebEdge

    /// Whether the page is the server's own; nobody's page is not.
    var isOwn: Bool {
        if let fetchSite { return fetchSite == "same-origin" }
        return origin.map(isOwn) ?? false
    }

    /// Whether a stream may be opened for it: for the server's own pages, for configured ones, and for programs, which
    /// are no pages and say nothing.
    var mayOpenStream: Bool {
        guard let origin else { return fetchSite == nil || fetchSite == "same-origin" || fetchSite == "none" }
        return isOwn || isOwn(origin) || edge.allows(origin)
    }

    /// Whether the page came over TLS, here or at a proxy.
    var isSecure: Bool { isTLS || origin?.hasPrefix("https://") == true }

    /// A proxy may have taken the TLS off: behind plain HTTP either scheme can be the server's own.
    private func isOwn(_ origin: String) -> Bool {
        if origin == edge.publicOrigin?.text { return true }
        guard let host = host?.lowercased() else { return false }
        let schemes: [WebAddress.Scheme] = isTLS ? [.https] : [.https, .http]
        return schemes.contains { scheme in
            guard let address = try? WebAddress("\(scheme.rawValue)://\(host)") else { return false }
            return address.origin == origin
        }
    }
}

extension WebEdge {
    func allows(_ origin: String) -> Bool { corsOrigins.contains { $0.text == origin } }
}

extension HTTPField.Name {
    static let secFetchSite = known("Sec-Fetch-Site")
}
