import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

@Suite(.timeLimit(.minutes(60))) struct SecondFactorTests {
    private func post(
        _ server: TestServer,
        _ path: String,
        _ person: TestServer.Person,
        password: String = TestServer.password,
        code: String? = nil
    ) async throws -> Answer {
        let code = code.map { #","code":"\#($0)""# } ?? ""
        return try await server.ask(
            "POST",
            "/api/v1/auth/\(path)",
            body: #"{"email":"\#(server.email(of: person))","password":"\#(password)"\#(code)}"#
        )
    }

    /// What the person's authenticator shows, some steps from now.
    private func code(_ secret: TOTPSecret, _ server: TestServer, after steps: Int64 = 0) -> String {
        TOTP(secret).code(at: TOTP.step(at: server.clock.now) + steps)
    }

    /// Sets a factor up, and goes on to the step after the one that this used up.
    private func enrol(
        _ person: TestServer.Person,
        _ server: TestServer
    ) async throws -> (secret: TOTPSecret, recovery: [String]) {
        let begun = try await post(server, "totp", person)
        #expect(begun.status == 201)
        let secret = try #require(TOTPSecret(base32: begun.json["secret"]?.string ?? ""))
        let confirmed = try await post(server, "totp/confirm", person, code: code(secret, server))
        #expect(confirmed.status == 200)
        server.clock.advance(by: .seconds(30))
        return (secret, confirmed.json["recoveryCodes"]?.list.compactMap(\.string) ?? [])
    }

    @Test func `a factor counts once it is confirmed, and is asked for from then on`() async throws {
        try await TestServer.run { server in
            let begun = try await post(server, "totp", .northAdmin)
            let secret = try #require(TOTPSecret(base32: begun.json["secret"]?.string ?? ""))
            #expect(begun.json["uri"]?.string == secret.uri(account: "northAdmin@example.com", issuer: "Eagle"))
            let before = try await post(server, "login", .northAdmin)
            #expect(before.status == 200)
            let wrong = try await post(server, "totp/confirm", .northAdmin, code: "000000")
            #expect(wrong.code == "second_factor_wrong")
            let confirmed = try await post(server, "totp/confirm", .northAdmin, code: code(secret, server))
            #expect(confirmed.json["recoveryCodes"]?.list.count == 10)
            let without = try await post(server, "login", .northAdmin)
            #expect(without.status == 401)
            #expect(without.code == "second_factor_required")
            let used = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(used.code == "second_factor_wrong")
            server.clock.advance(by: .seconds(30))
            let login = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(login.status == 200)
            let again = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(again.code == "second_factor_wrong")
            // Ahead by a step is good, and uses up the one before.
            let ahead = try await post(server, "login", .northAdmin, code: code(secret, server, after: 1))
            #expect(ahead.status == 200)
            let token = ahead.json["accessToken"]?.string
            let status = try await server.ask("GET", "/api/v1/auth/totp", token: token)
            #expect(status.json["isEnrolled"]?.bool == true)
            #expect(status.json["recoveryCodesLeft"]?.int == 10)
            #expect(!status.text.contains(secret.base32))
            let other = try await post(server, "login", .northOperator)
            #expect(other.status == 200)
        }
    }

    @Test func `a wrong password is told in the same words whether there is a factor or not`() async throws {
        try await TestServer.run { server in
            let (secret, _) = try await enrol(.northAdmin, server)
            let guarded = try await post(
                server,
                "login",
                .northAdmin,
                password: "not the password",
                code: code(secret, server)
            )
            let plain = try await post(server, "login", .northOperator, password: "not the password", code: "123456")
            #expect(guarded.code == "invalid_credentials")
            #expect(guarded.json["detail"] == plain.json["detail"])
            // The code was not used up by that.
            let login = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(login.status == 200)
        }
    }

    @Test func `guessing at codes is slowed down, and no other call takes that back`() async throws {
        try await TestServer.run { server in
            let (secret, _) = try await enrol(.northAdmin, server)
            for path in ["login", "totp/remove", "login", "totp/remove", "login", "login"] {
                let answer = try await post(server, path, .northAdmin, code: "000000")
                #expect(answer.code == "second_factor_wrong", "\(path)")
            }
            let right = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(right.status == 429)
            // The right password alone is no success.
            server.clock.advance(by: .seconds(2))
            for path in ["login", "totp"] {
                let answer = try await post(server, path, .northAdmin)
                #expect([401, 409, 429].contains(answer.status), "\(path) \(answer.status)")
            }
            let still = try await post(server, "login", .northAdmin, code: "000000")
            #expect(still.status == 429)
            server.clock.advance(by: .seconds(300))
            let waited = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(waited.status == 200)
        }
    }

    @Test func `asking for the code is no failure: many who sign in from one place keep nobody out`() async throws {
        try await TestServer.run { server in
            let (secret, _) = try await enrol(.northAdmin, server)
            for _ in 0..<60 {
                let half = try await post(server, "login", .northAdmin)
                #expect(half.code == "second_factor_required")
            }
            let other = try await post(server, "login", .northOperator)
            #expect(other.status == 200)
            let whole = try await post(server, "login", .northAdmin, code: code(secret, server))
            #expect(whole.status == 200)
        }
    }

    @Test func `a recovery code is good once, and only its owner's`() async throws {
        try await TestServer.run { server in
            let (_, recovery) = try await enrol(.northAdmin, server)
            let (_, others) = try await enrol(.southAdmin, server)
            let foreign = try await post(server, "login", .northAdmin, code: others[0])
            #expect(foreign.code == "second_factor_wrong")
            let login = try await post(server, "login", .northAdmin, code: recovery[0].uppercased())
            #expect(login.status == 200)
            let again = try await post(server, "login", .northAdmin, code: recovery[0])
            #expect(again.code == "second_factor_wrong")
            let status = try await server.ask(
                "GET",
                "/api/v1/auth/totp",
                token: login.json["accessToken"]?.string
            )
            #expect(status.json["recoveryCodesLeft"]?.int == 9)
        }
    }

    @Test func `a confirmed factor is neither replaced nor removed without its code`() async throws {
        try await TestServer.run { server in
            let (secret, recovery) = try await enrol(.northOperator, server)
            let replaced = try await post(server, "totp", .northOperator)
            #expect(replaced.status == 409)
            let confirmed = try await post(server, "totp/confirm", .northOperator, code: code(secret, server))
            #expect(confirmed.status == 409)
            let wrong = try await post(server, "totp/remove", .northOperator, code: "000000")
            #expect(wrong.code == "second_factor_wrong")
            let password = try await post(
                server,
                "totp/remove",
                .northOperator,
                password: "not the password",
                code: code(secret, server)
            )
            #expect(password.code == "invalid_credentials")
            let removed = try await post(server, "totp/remove", .northOperator, code: code(secret, server))
            #expect(removed.status == 204)
            let none = try await post(server, "totp/remove", .northOperator, code: code(secret, server))
            #expect(none.status == 409)
            let login = try await post(server, "login", .northOperator)
            #expect(login.status == 200)
            // With another factor the old recovery codes are worth nothing.
            _ = try await enrol(.northOperator, server)
            let old = try await post(server, "login", .northOperator, code: recovery[0])
            #expect(old.code == "second_factor_wrong")
        }
    }

    @Test func `an admin takes factors away from his own organization's users alone`() async throws {
        try await TestServer.run { server in
            let (secret, _) = try await enrol(.northOperator, server)
            let session = try await post(server, "login", .northOperator, code: code(secret, server))
            let id = session.json["user"]?["id"]?.string ?? ""
            let path = "/api/v1/users/\(id)/totp"
            let foreign = try await server.ask("DELETE", path, as: .southAdmin)
            #expect(foreign.status == 404)
            let root = try await server.ask("DELETE", path, as: .root, headers: ["Eagle-Organization": "south"])
            #expect(root.status == 404)
            let low = try await server.ask("DELETE", path, as: .northOperator)
            #expect(low.status == 403)
            let guarded = try await post(server, "login", .northOperator)
            #expect(guarded.code == "second_factor_required")
            let own = try await server.ask("DELETE", path, as: .northAdmin)
            #expect(own.status == 204)
            let gone = try await server.ask("DELETE", path, as: .northAdmin)
            #expect(gone.status == 404)
            let login = try await post(server, "login", .northOperator)
            #expect(login.status == 200)
            let refresh = try await server.ask(
                "POST",
                "/api/v1/auth/refresh",
                body: #"{"refreshToken":"\#(session.json["refreshToken"]?.string ?? "")"}"#
            )
            #expect(refresh.code == "session_revoked")
        }
    }

    @Test func `where an organization asks for a factor, one without can only set one up`() async throws {
        try await TestServer.run { server in
            func put(_ person: TestServer.Person, _ isRequired: Bool = true) async throws -> Answer {
                try await server.ask(
                    "PUT",
                    "/api/v1/sign-in-policy",
                    as: person,
                    body: #"{"secondFactorRequired":\#(isRequired)}"#
                )
            }
            let unready = try await put(.northAdmin)
            #expect(unready.status == 409)
            let session = try await post(server, "login", .northOperator)
            _ = try await enrol(.northAdmin, server)
            let low = try await put(.northOperator)
            #expect(low.status == 403)
            let set = try await put(.northAdmin)
            #expect(set.json["secondFactorRequired"]?.bool == true)

            let refused = try await post(server, "login", .northOperator)
            #expect(refused.status == 403)
            #expect(refused.code == "second_factor_enrolment_required")
            #expect(refused.json["accessToken"] == nil)
            let refresh = try await server.ask(
                "POST",
                "/api/v1/auth/refresh",
                body: #"{"refreshToken":"\#(session.json["refreshToken"]?.string ?? "")"}"#
            )
            #expect(refresh.code == "session_revoked")
            let south = try await post(server, "login", .southOperator)
            #expect(south.status == 200)
            let policy = try await server.ask("GET", "/api/v1/sign-in-policy", as: .southAdmin)
            #expect(policy.json["secondFactorRequired"]?.bool == false)

            let (secret, _) = try await enrol(.northOperator, server)
            let login = try await post(server, "login", .northOperator, code: code(secret, server))
            #expect(login.status == 200)
            server.clock.advance(by: .seconds(30))
            let removed = try await post(server, "totp/remove", .northOperator, code: code(secret, server))
            #expect(removed.status == 204)
            let ended = try await server.ask(
                "POST",
                "/api/v1/auth/refresh",
                body: #"{"refreshToken":"\#(login.json["refreshToken"]?.string ?? "")"}"#
            )
            #expect(ended.code == "session_revoked")
        }
    }

    @Test func `a login on its way when a factor is asked for comes to nothing`() async throws {
        try await TestServer.run { server in
            let sessions = try await Sessions(context: server.context)
            let (users, scope) = (server.context.stores.users, SystemScope(for: .test))
            let found = try await users.byEmail(server.email(of: .northOperator), in: scope)
            let user = try #require(found).user
            // His password was right, and nothing else was asked.
            let proof = try await sessions.proveSecondFactor(of: user, code: nil, at: server.clock.now)
            #expect(proof == .password)
            _ = try await enrol(.northAdmin, server)
            let body = #"{"secondFactorRequired":true}"#
            let set = try await server.ask("PUT", "/api/v1/sign-in-policy", as: .northAdmin, body: body)
            #expect(set.status == 200)
            let now = server.clock.now
            let problem = await #expect(throws: Problem.self) {
                try await sessions.begin(for: user, from: LoginOrigin(), by: proof, at: now)
            }
            #expect(problem?.code == .secondFactorEnrolmentRequired)
            #expect(try await users.logins(of: user.id, at: now, in: scope).isEmpty)
            // An issuer answers for both.
            let issuer = LoginProof.issuer(provider: "north-sso")
            _ = try await sessions.begin(for: user, from: LoginOrigin(), by: issuer, at: now)
            #expect(try await users.logins(of: user.id, at: now, in: scope).count == 1)
            try await sessions.passwords.close()
        }
    }

    @Test func `super admins have second factors too`() async throws {
        try await TestServer.run { server in
            let (secret, _) = try await enrol(.root, server)
            let without = try await post(server, "login", .root)
            #expect(without.code == "second_factor_required")
            let login = try await post(server, "login", .root, code: code(secret, server))
            #expect(login.status == 200)
        }
    }

    @Test(arguments: [
        ("{}", "email"), (#"{"email":"a@b.example"}"#, "password"), (#"{"email":7,"password":"x"}"#, "email"),
    ])
    func `what is missing is named`(body: String, path: String) async throws {
        try await TestServer.run { server in
            for route in ["totp", "totp/confirm", "totp/remove"] {
                let answer = try await server.ask("POST", "/api/v1/auth/\(route)", body: body)
                #expect(answer.status == 422)
                #expect(answer.errorPath == path)
            }
        }
    }
}
