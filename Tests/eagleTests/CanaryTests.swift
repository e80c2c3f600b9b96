import Foundation
import Glibc
import TestSupport
import Testing

/// Every secret there is, sent every way there is through a real server that logs all it can: none of them turns up
/// where it has no business.
@Suite(.serialized, .timeLimit(.minutes(60))) struct CanaryTests {
    /// What is kept as a hash, or not at all: nowhere in the data directory.
    private static let neverOnDisk: Set<String> = [
        "password", "new password", "wrong password", "access token", "refresh token", "second refresh token",
        "API key", "signing key", "SMTP password", "stray secret", "console cookie", "recovery code",
        "OIDC client secret",
    ]
    /// What is kept sealed: nowhere in the data directory either.
    private static let sealedOnDisk: Set<String> = [
        "URL path", "URL query", "Slack URL", "ntfy token", "webhook key", "push auth", "TOTP secret",
    ]

    private static let schema = """
        {"organization":"harbor","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
        "continuousColumns":["pressure"],"rules":[{"id":"low","kind":"limit","tag":"pressure","low":3}]}
        """

    private let folder: TemporaryDirectory
    private let data: String
    var canaries: [String: Canary] = [:]

    init() throws {
        folder = try TemporaryDirectory()
        data = folder.path("data")
        for (name, value) in [
            ("password", "Canary-Pass/word+1 äöü"), ("new password", "Canary-New-Pass/word+2"),
            ("wrong password", "Canary-Wrong-Pass/word+3"), ("signing key", "Canary-Signing-Key/of+many-bytes-4711"),
            ("SMTP password", "Canary-Smtp-Pass/word+5"), ("URL path", "CanaryUrlPath6aB9xQ"),
            ("URL query", "Canary-Url-Query/7+cD1zR"),
            ("Slack URL", "CanarySlackT7/B8/aBcDeF"), ("ntfy token", "tk_CanaryNtfyToken8"),
            ("OIDC client secret", "Canary-Oidc-Secret/11+aBcD"), ("push auth", "CanaryPushAuth16"),
            // Sent into places where no secret belongs.
            ("stray secret", "CanaryStraySecret9xYzQ"),
        ] { canaries[name] = Canary(name, value) }
        let key = "whsec_" + Data("Canary-Webhook-Key-10-32-bytes!!".utf8).base64EncodedString()
        canaries["webhook key"] = Canary("webhook key", key)
    }

    func value(_ name: String) -> String { canaries[name]?.value ?? "" }

    func quoted(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed), as: UTF8.self)
    }

    @Test mutating func `no secret turns up in a log line, an answer, a figure or a file`() throws {
        let mail = try RudeMailServer()
        defer { mail.stop() }
        try prepare(mailPort: mail.port)
        let server = try WatchedServer(
            data: data,
            config: folder.path("eagle.yaml"),
            environment: ["EAGLE_SIGNING_KEY": value("signing key")]
        )
        var isStopped = false
        defer { if !isStopped { _ = server.stop() } }
        let token = try signIn(server)
        try signInOtherwise(server, token: token)
        try misplace(server, token: token)
        try furnish(server, token: token)
        try failOutwards(server, token: token)
        try failTheDatabase(server, token: token)
        try server.ask("GET", "/metrics")
        try server.ask("GET", "/readyz")
        let words = server.stop()
        isStopped = true
        try look(server, words)
    }

    // MARK: What is done

    private func prepare(mailPort: Int) throws {
        let password = try folder.write(value("SMTP password") + "\n", to: "smtp.password")
        let client = try folder.write(value("OIDC client secret") + "\n", to: "client.secret")
        let settings = """
            sourceFolders: {harbor: [\(folder.path)/scada]}
            oidc:
              allow: [127.0.0.1]
              providers:
                harbor-sso: {organization: harbor, issuer: "http://127.0.0.1:9", clientID: eagle, \
            clientSecretFile: \(client)}
            delivery:
              publicURL: https://eagle.harbor.example
              allow: [127.0.0.1]
              smtp: {host: 127.0.0.1, port: \(mailPort), security: none, username: eagle, passwordFile: \(password), \
            from: eagle@harbor.example}
            """
        _ = try folder.write(settings, to: "eagle.yaml")
        let environment = ["EAGLE_SIGNING_KEY": value("signing key")]
        let made = try EagleProcess.run(["organization", "create", "harbor", "--data", data], environment: environment)
        #expect(made.status == 0, "\(made.errors)")
        let user = try EagleProcess.run(
            [
                "user", "create", "--data", data, "--email", "a@harbor.example", "--role", "ADMIN", "--organization",
                "harbor",
            ],
            input: value("password") + "\n",
            environment: environment
        )
        #expect(user.status == 0, "\(user.errors)")
        #expect(!(user.output + user.errors).contains(value("password")))
    }

    /// Signs in, renews, changes the password, and makes an API key.
    ///
    /// - Returns: An access token.
    private mutating func signIn(_ server: WatchedServer) throws -> String {
        func login(_ password: String, mayShow: Set<String> = []) throws -> WatchedAnswer {
            let body = #"{"email":"a@harbor.example","password":\#(try quoted(value(password)))}"#
            return try server.ask("POST", "/api/v1/auth/login", body: body, mayShow: mayShow)
        }
        #expect(try login("wrong password").status == 401)
        let session = try login("password", mayShow: ["access token", "refresh token"])
        try #require(session.status == 200, "\(session.text)")
        let access = try #require(session.json["accessToken"] as? String)
        let refresh = try #require(session.json["refreshToken"] as? String)
        canaries["access token"] = Canary("access token", access)
        canaries["refresh token"] = Canary("refresh token", refresh)
        let renewed = try server.ask(
            "POST",
            "/api/v1/auth/refresh",
            body: #"{"refreshToken":"\#(refresh)"}"#,
            mayShow: ["access token", "second refresh token"]
        )
        let second = try #require(renewed.json["refreshToken"] as? String)
        canaries["second refresh token"] = Canary("second refresh token", second)
        let bearer = ["Authorization: Bearer \(access)"]
        let (old, new) = (try quoted(value("password")), try quoted(value("new password")))
        let passwords = #"{"password":\#(old),"newPassword":\#(new)}"#
        let changed = try server.ask("POST", "/api/v1/auth/password", fields: bearer, body: passwords)
        #expect(changed.status < 300, "\(changed.text)")
        // A change may have ended what was there before.
        let again = try login("new password", mayShow: ["access token", "refresh token"])
        let token = try #require(again.json["accessToken"] as? String)
        canaries["access token"] = Canary("access token", token)
        let key = try server.ask(
            "POST",
            "/api/v1/api-keys",
            fields: ["Authorization: Bearer \(token)"],
            body: #"{"name":"gateway","permissions":["alarm:read"]}"#,
            mayShow: ["API key"]
        )
        #expect(key.status == 201, "\(key.text)")
        canaries["API key"] = Canary("API key", try #require(key.json["key"] as? String))
        let machine = ["Authorization: Bearer \(value("API key"))"]
        #expect(try server.ask("GET", "/api/v1/alarms", fields: machine).status == 200)
        // The first refresh token is used up: presenting it again is a theft, which the log tells of.
        let stolen = try server.ask("POST", "/api/v1/auth/refresh", body: #"{"refreshToken":"\#(refresh)"}"#)
        #expect(stolen.status == 401)
        return token
    }

    /// Sends secrets to where none belongs, in bodies that are wrong, in queries, fields, paths and broken requests.
    private func misplace(_ server: WatchedServer, token: String) throws {
        let bearer = "Authorization: Bearer \(token)"
        let (stray, password) = (value("stray secret"), try quoted(value("password")))
        for body in [
            #"{"email":"a@harbor.example","password":\#(password)"#, #"{"email":"a","password":[\#(password)]}"#,
            #"{"email":{"password":\#(password)}}"#, password, #"{"email":"\#(stray)"}"#,
            #"{"email":"a@harbor.example\u0000","password":\#(password)}"#,
        ] {
            #expect(try (400..<500).contains(server.ask("POST", "/api/v1/auth/login", body: body).status))
            #expect(try (400..<500).contains(server.ask("POST", "/api/v1/auth/refresh", body: body).status))
            #expect(try server.ask("POST", "/api/v1/auth/login", body: body, type: "text/plain").status == 415)
            for path in ["users", "failures", "delivery-targets"] {
                let answer = try server.ask("POST", "/api/v1/\(path)", fields: [bearer], body: body)
                #expect((400..<500).contains(answer.status), "\(answer.text)")
            }
            for path in ["schema", "source", "delivery-policy", "schedule", "prediction-switch"] {
                let answer = try server.ask("PUT", "/api/v1/\(path)", fields: [bearer], body: body)
                #expect(answer.status < 500, "\(answer.text)")
            }
        }
        let user = #"{"email":"b@harbor.example","password":\#(password),"role":"\#(stray)"}"#
        #expect(try server.ask("POST", "/api/v1/users", fields: [bearer], body: user).status == 422)
        let source = #"{"kind":"sqlite","path":"\#(folder.path)/scada/x.sqlite","table":"rows","password":"\#(stray)"}"#
        try server.ask("PUT", "/api/v1/source", fields: [bearer], body: source)
        for query in [
            "token=\(stray)", "access_token=\(token)", "limit=\(stray)", "after=\(stray)", "open=\(stray)",
            "asset=\(stray)", "from=\(stray)", "a=%\(stray)",
        ] {
            for path in ["alarms", "alerts", "readings", "predictions", "stream", "users", "auth/me", "deliveries"] {
                let answer = try server.ask("GET", "/api/v1/\(path)?\(query)", fields: [bearer])
                #expect(answer.status < 500, "\(answer.text)")
            }
        }
        let basic = Data("a@harbor.example:\(value("password"))".utf8).base64EncodedString()
        for field in [
            "Authorization: Basic \(basic)", "Authorization: Bearer \(stray)", "Authorization: Bearer \(token)x",
            "Authorization: \(stray)", "Cookie: eagle_session=\(value("second refresh token"))", "X-Api-Key: \(stray)",
            "Sec-WebSocket-Protocol: eagle.v1, bearer.\(token)x", "Eagle-Organization: \(stray)",
            "Idempotency-Key: \(stray)", "Accept: \(stray)",
        ] {
            for path in ["auth/me", "alarms", "stream"] { try server.ask("GET", "/api/v1/\(path)", fields: [field]) }
            try server.ask("POST", "/api/v1/users", fields: [bearer, field], body: "{}")
        }
        let upgrade = [
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==",
        ]
        for offered in ["bearer.\(token)x", "bearer.\(stray)"] {
            let fields = upgrade + ["Sec-WebSocket-Protocol: eagle.v1, \(offered)"]
            #expect(try server.ask("GET", "/api/v1/stream", fields: fields).status == 401)
        }
        // Too long, broken, and unknown: the path is told back to whoever sent it, and to nobody else.
        try server.ask("GET", "/api/v1/alarms", fields: ["X: \(stray)" + String(repeating: "x", count: 20_000)])
        try server.ask("GET", "/livez", fields: ["Transfer-Encoding: \(stray)"])
        try server.ask("G\(stray)", "/livez")
        try server.ask("GET", "/api/v1/nothing/\(stray)", mayShow: ["stray secret"])
        try server.ask("DELETE", "/api/v1/delivery-targets/\(stray)", fields: [bearer], mayShow: ["stray secret"])
    }

    /// What the secrets are for.
    private func furnish(_ server: WatchedServer, token: String) throws {
        let bearer = ["Authorization: Bearer \(token)"]
        let put = try server.ask("PUT", "/api/v1/schema", fields: bearer, body: Self.schema)
        try #require(put.status == 200, "\(put.text)")
        let phone = value("ntfy token")
        let url = "http://127.0.0.1:9/hook/\(value("URL path"))?token=\(value("URL query"))"
        for (target, mayShow) in [
            (
                #"{"name":"hook","kind":"webhook","url":"\#(url)","signingKey":"\#(value("webhook key"))"}"#,
                ["webhook key"]
            ),
            (#"{"name":"chat","kind":"slack","url":"http://127.0.0.1:9/\#(value("Slack URL"))"}"#, []),
            (#"{"name":"phone","kind":"ntfy","server":"http://127.0.0.1:9","topic":"t","token":"\#(phone)"}"#, []),
            (#"{"name":"mail","kind":"email","to":["b@harbor.example"]}"#, []),
        ] as [(String, Set<String>)] {
            let made = try server.ask(
                "POST",
                "/api/v1/delivery-targets",
                fields: bearer,
                body: target,
                mayShow: mayShow
            )
            #expect(made.status == 201, "\(made.text)")
            let id = made.json["id"] as? String ?? ""
            let tested = try server.ask("POST", "/api/v1/delivery-targets/\(id)/test", fields: bearer, body: "{}")
            #expect(tested.json["isDelivered"] as? Bool == false, "\(tested.text)")
            try server.ask("GET", "/api/v1/delivery-targets/\(id)", fields: bearer)
        }
        try server.ask("GET", "/api/v1/delivery-targets", fields: bearer)
        let source = #"{"kind":"sqlite","path":"\#(folder.path)/scada/missing.sqlite","table":"rows"}"#
        #expect(try server.ask("PUT", "/api/v1/source", fields: bearer, body: source).status == 200)
        try server.ask("GET", "/api/v1/source/status", fields: bearer)
        #expect(try server.ask("PUT", "/api/v1/source", fields: bearer, body: #"{"kind":"push"}"#).status == 200)
    }

    /// Lets an alarm be told to targets none of which takes it.
    private func failOutwards(_ server: WatchedServer, token: String) throws {
        let bearer = ["Authorization: Bearer \(token)"]
        let policy = #"{"routes":[{"id":"all","targets":["hook","chat","phone","mail"]}]}"#
        #expect(try server.ask("PUT", "/api/v1/delivery-policy", fields: bearer, body: policy).status == 200)
        let now = Date().formatted(.iso8601)
        let rows = #"[{"time":"\#(now)","pump":"p","pressure":1}]"#
        #expect(try server.ask("POST", "/api/v1/readings", fields: bearer, body: rows).status == 200)
        let deadline = ContinuousClock.now + .seconds(300)
        var failedCount = 0
        while failedCount < 4 {
            try #require(ContinuousClock.now < deadline, "the deliveries are never tried")
            let answer = try server.ask("GET", "/api/v1/deliveries?limit=100", fields: bearer, isKept: false)
            let items = answer.json["items"] as? [[String: Any]] ?? []
            failedCount = items.filter { $0["lastError"] is String }.count
        }
        for path in ["deliveries", "system", "system-alarms", "alerts", "alarms", "users", "audit"] {
            try server.ask("GET", "/api/v1/\(path)", fields: bearer)
        }
    }

    /// Takes the database's file away amid it all: what was to be kept is in nobody's words.
    private func failTheDatabase(_ server: WatchedServer, token: String) throws {
        let bearer = ["Authorization: Bearer \(token)"]
        let (file, away) = (data + "/eagle.sqlite", data + "/eagle.away")
        try FileManager.default.moveItem(atPath: file, toPath: away)
        let password = try quoted(value("password"))
        var statuses: [Int] = []
        for (path, body) in [
            ("users", #"{"email":"c@harbor.example","password":\#(password),"role":"OPERATOR"}"#),
            ("delivery-targets", #"{"name":"more","kind":"slack","url":"http://127.0.0.1:9/\#(value("Slack URL"))"}"#),
            ("auth/login", #"{"email":"a@harbor.example","password":\#(try quoted(value("new password")))}"#),
        ] {
            statuses.append(try server.ask("POST", "/api/v1/\(path)", fields: bearer, body: body).status)
        }
        let key = value("stray secret")
        try server.ask("DELETE", "/api/v1/delivery-targets/\(key)", fields: bearer, mayShow: ["stray secret"])
        #expect(statuses.contains(503), "\(statuses)")
        try FileManager.default.moveItem(atPath: away, toPath: file)
    }

    // MARK: What is looked for

    private func look(_ server: WatchedServer, _ words: [UInt8]) throws {
        #expect(server.answers.count > 150)
        #expect(String(decoding: words, as: UTF8.self).contains(" debug "), "the log does not say all")
        for canary in canaries.values {
            #expect(canary.way(into: words) == nil, "the \(canary.name) is in the log")
            for answer in server.answers where !answer.mayShow.contains(canary.name) {
                let way = canary.way(into: answer.bytes)
                #expect(way == nil, "the \(canary.name), \(way ?? ""), is in the answer to \(answer.request)")
            }
        }
        let files = try FileManager.default.subpathsOfDirectory(atPath: data)
        #expect(files.contains("eagle.sqlite"))
        let kept = canaries.values.filter { Self.neverOnDisk.union(Self.sealedOnDisk).contains($0.name) }
        #expect(kept.count == Self.neverOnDisk.union(Self.sealedOnDisk).count)
        for file in files {
            guard let content = FileManager.default.contents(atPath: data + "/" + file) else { continue }
            let bytes = [UInt8](content)
            for canary in kept {
                let way = canary.way(into: bytes)
                #expect(way == nil, "the \(canary.name), \(way ?? ""), is in \(file)")
            }
        }
    }

    @Test func `a canary is found whichever way it is written`() {
        let canary = Canary("a", "Canary/Secret+1 ä")
        let text = Data("user:Canary/Secret+1 ä!".utf8)
        #expect(canary.way(into: Array("x Canary/Secret+1 ä y".utf8)) == "plain")
        #expect(canary.way(into: Array("q=Canary%2FSecret%2B1%20%C3%A4&".utf8)) == "percent-encoded")
        #expect(canary.way(into: Array(text.base64EncodedString().utf8))?.hasPrefix("base64") == true)
        #expect(canary.way(into: Array("43616e6172792f5365637265742b3120c3a4".utf8)) == "hexadecimal")
        #expect(canary.way(into: Array("Canary, Secret".utf8)) == nil)
    }
}
