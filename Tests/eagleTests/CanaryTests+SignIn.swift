import Foundation
import Testing
import Trust

extension CanaryTests {
    /// Signs in as the console does, by a second factor and by way of an issuer, and subscribes a browser.
    mutating func signInOtherwise(_ server: WatchedServer, token: String) throws {
        let bearer = "Authorization: Bearer \(token)"
        try keepConsole(server)
        try enrol(server)
        // Nobody is there: the client's secret is told to nobody, and to no log.
        let start = try server.ask("GET", "/api/v1/auth/oidc/harbor-sso/start")
        #expect(start.status == 303, "\(start.text)")
        try server.ask("GET", "/api/v1/auth/oidc/harbor-sso/callback?state=a&code=b")
        try server.ask("GET", "/api/v1/auth/providers?organization=harbor")
        // The example of RFC 8291, appendix A, with an `auth` of ours.
        let key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        let auth = Data(value("push auth").utf8).base64EncodedString().replacing("=", with: "")
        let push = #"{"endpoint":"https://127.0.0.1:9/push","keys":{"p256dh":"\#(key)","auth":"\#(auth)"}}"#
        let subscribed = try server.ask("POST", "/api/v1/push-subscriptions", fields: [bearer], body: push)
        #expect(subscribed.status == 201, "\(subscribed.text)")
        try server.ask("GET", "/api/v1/delivery-targets", fields: [bearer])
    }

    /// A console's session, which is still good when all is over.
    private mutating func keepConsole(_ server: WatchedServer) throws {
        let page = ["Eagle-Console: 1", "Origin: http://127.0.0.1"]
        let body = #"{"email":"a@harbor.example","password":\#(try quoted(value("new password")))}"#
        let session = try server.ask("POST", "/api/v1/auth/login", fields: page, body: body)
        try #require(session.status == 200, "\(session.text)")
        let first = try #require(Self.cookie(session), "\(session.text)")
        let renewed = try server.ask(
            "POST",
            "/api/v1/auth/refresh",
            fields: page + ["Cookie: eagle_session=\(first)"],
            mayShow: ["console cookie"]
        )
        try #require(renewed.status == 200, "\(renewed.text)")
        canaries["console cookie"] = Canary("console cookie", try #require(Self.cookie(renewed), "\(renewed.text)"))
    }

    private static func cookie(_ answer: WatchedAnswer) -> String? {
        answer.text.firstMatch(of: /eagle_session=([A-Za-z0-9_-]+)/).map { String($0.output.1) }
    }

    private mutating func enrol(_ server: WatchedServer) throws {
        let who = #""email":"a@harbor.example","password":\#(try quoted(value("new password")))"#
        let begun = try server.ask("POST", "/api/v1/auth/totp", body: "{\(who)}", mayShow: ["TOTP secret"])
        try #require(begun.status == 201, "\(begun.text)")
        let text = try #require(begun.json["secret"] as? String)
        canaries["TOTP secret"] = Canary("TOTP secret", text)
        let secret = try #require(TOTPSecret(base32: text))
        let step = Int64(Date().timeIntervalSince1970) / 30
        let proven = try server.ask(
            "POST",
            "/api/v1/auth/totp/confirm",
            body: #"{\#(who),"code":"\#(TOTP(secret).code(at: step))"}"#,
            mayShow: ["recovery code"]
        )
        try #require(proven.status < 300, "\(proven.text)")
        let codes = try #require(proven.json["recoveryCodes"] as? [String])
        canaries["recovery code"] = Canary("recovery code", try #require(codes.first))
    }
}
