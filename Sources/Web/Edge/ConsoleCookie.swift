import HTTPTypes
import Hummingbird
import Trust

/// The console's refresh token, kept where its scripts can't read it: in a cookie that only renewing and ending the
/// session look at.
///
/// A cookie comes with whatever makes a browser ask, so it counts only beside the header `Eagle-Console: 1`, which no
/// other page can set without being asked first, and only for the server's own pages. It goes when the browser is
/// closed. It proves nothing anywhere else: what is asked for is asked with the access token.
struct ConsoleCookie: Sendable {
    /// The prefix makes browsers refuse one that was set without TLS or for a whole domain (RFC 6265bis, 4.1.3.2).
    private static let secureName = "__Host-eagle"
    /// Over plain HTTP, which the console speaks on the machine itself alone.
    private static let plainName = "eagle_session"
    private static let plainPath = "/api/v1/auth"

    private let isSecure: Bool
    /// The refresh token that came with the request.
    let token: String?

    /// Nil where the request is not the console's.
    ///
    /// - Throws: ``Problem`` with `.crossOrigin` where it says that it is, and comes from another page.
    init?(_ call: Call) throws(Problem) {
        guard call.request.headers[.eagleConsole] == "1" else { return nil }
        let page = PageOrigin(call)
        guard page.isOwn else {
            throw Problem(
                .crossOrigin,
                "The console's session is for the server's own pages. Without 'Eagle-Console' tokens go in the body."
            )
        }
        isSecure = page.isSecure || call.isSecure
        token = call.request.headers.cookie(isSecure ? Self.secureName : Self.plainName)
    }

    /// Hands the token to the browser.
    func set(_ token: RefreshToken, on response: inout Response) { put("\(name)=\(token.text)", on: &response) }

    /// Makes the browser forget it.
    func clear(on response: inout Response) { put("\(name)=; Max-Age=0", on: &response) }

    private var name: String { isSecure ? Self.secureName : Self.plainName }

    /// `__Host-` asks for the whole path; the routes that read it are two all the same.
    private func put(_ pair: String, on response: inout Response) {
        let place = isSecure ? "Path=/; Secure" : "Path=\(Self.plainPath)"
        response.headers[.setCookie] = "\(pair); \(place); HttpOnly; SameSite=Strict"
    }
}

extension HTTPField.Name {
    static let eagleConsole = known("Eagle-Console")
}
