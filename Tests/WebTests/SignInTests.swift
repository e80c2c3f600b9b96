import Database
import Foundation
import Plant
import TestSupport
import Testing

@testable import Web

@Suite struct SignInTests {
    private func login(_ server: TestServer, _ person: TestServer.Person, password: String = TestServer.password)
        async throws -> Answer
    {
        try await server.ask(
            "POST",
            "/api/v1/auth/login",
            body: #"{"email":"\#(server.email(of: person))","password":"\#(password)"}"#
        )
    }

    @Test func `the right password gives a token that says who one is`() async throws {
        try await TestServer.run { server in
            let session = try await login(server, .northOperator)
            #expect(session.status == 200)
            #expect(session.json["expiresIn"]?.int == 900)
            let me = try await server.ask("GET", "/api/v1/auth/me", token: session.json["accessToken"]?.string ?? "")
            #expect(me.json["role"]?.string == "OPERATOR")
            #expect(me.json["organization"]?["slug"]?.string == "north")
            #expect(me.json == session.json["user"])
        }
    }

    @Test func `a wrong password and an unknown address are answered alike`() async throws {
        try await TestServer.run { server in
            let wrong = try await login(server, .northOperator, password: "not the password")
            let unknown = try await server.ask(
                "POST",
                "/api/v1/auth/login",
                body: #"{"email":"nobody@example.com","password":"not the password"}"#
            )
            for answer in [wrong, unknown] {
                #expect(answer.status == 401)
                #expect(answer.code == "invalid_credentials")
            }
            #expect(wrong.json["detail"] == unknown.json["detail"])
        }
    }

    @Test func `guessing is slowed down, and waiting helps`() async throws {
        try await TestServer.run { server in
            for _ in 0..<6 {
                let answer = try await login(server, .northOperator, password: "not the password")
                #expect(answer.status == 401)
            }
            let refused = try await login(server, .northOperator)
            #expect(refused.status == 429)
            #expect(refused.code == "too_many_requests")
            #expect(refused.header("retry-after") == "2")
            let other = try await login(server, .northAdmin)
            #expect(other.status == 200)
            server.clock.advance(by: .seconds(2))
            let waited = try await login(server, .northOperator)
            #expect(waited.status == 200)
        }
    }

    @Test func `a password that nobody could look at is no guess`() async throws {
        try await TestServer.run { server in
            server.database.fail(at: Set((1...100_000).map { .read($0) }))
            for _ in 0..<20 {
                let answer = try await login(server, .northOperator)
                #expect(answer.status == 503)
            }
            server.database.fail(at: [])
            // What was looked at counts from the first one on.
            for _ in 0..<6 {
                let answer = try await login(server, .northOperator, password: "not the password")
                #expect(answer.status == 401)
            }
            #expect(try await login(server, .northOperator).code == "too_many_requests")
        }
    }

    @Test func `whoever finds no place at the password desk has not guessed, and waits no longer`() async throws {
        var limits = TestServer.limits
        // No place at all, as where others' tries hold them all.
        limits.passwordsWaitingMax = -limits.passwordsAtOnceMax
        try await TestServer.run(limits: limits) { server in
            for _ in 0..<20 {
                let answer = try await login(server, .northOperator)
                #expect(answer.status == 429)
                #expect(answer.json["detail"]?.string?.hasPrefix("Too many people") == true)
                #expect(answer.header("retry-after") == "2")
            }
        }
    }

    @Test func `an address is one account however it is written, and guesses at it are counted together`() async throws
    {
        try await TestServer.run { server in
            let email = server.email(of: .northOperator)
            func login(_ email: String, _ password: String) async throws -> Answer {
                let body = #"{"email":"\#(email)","password":"\#(password)"}"#
                return try await server.ask("POST", "/api/v1/auth/login", body: body)
            }
            let spellings = [
                email, email.uppercased(), " \(email) ", #"\t\#(email)"#, #"\#(email)\n"#, #"\r\n\#(email)\r\n\n"#,
            ]
            for spelling in spellings {
                let answer = try await login(spelling, "not the password")
                #expect(answer.code == "invalid_credentials")
            }
            for spelling in spellings {
                let answer = try await login(spelling, TestServer.password)
                #expect(answer.code == "too_many_requests", "\(spelling)")
            }
            server.clock.advance(by: .seconds(2))
            let written = try await login(#"\#(email)\r\n"#, TestServer.password)
            #expect(written.status == 200)
        }
    }

    @Test func `a refresh token works once, and its second use ends the session`() async throws {
        try await TestServer.run { server in
            func refresh(_ token: String) async throws -> Answer {
                try await server.ask("POST", "/api/v1/auth/refresh", body: #"{"refreshToken":"\#(token)"}"#)
            }
            let first = try await login(server, .northAdmin).json["refreshToken"]?.string ?? ""
            let second = try await refresh(first)
            #expect(second.status == 200)
            let stolen = try await refresh(first)
            #expect(stolen.status == 401)
            #expect(stolen.code == "session_revoked")
            let ended = try await refresh(second.json["refreshToken"]?.string ?? "")
            #expect(ended.code == "session_revoked")
            let nonsense = try await refresh("nonsense")
            #expect(nonsense.code == "session_revoked")
        }
    }

    @Test func `after logout the refresh token is worth nothing`() async throws {
        try await TestServer.run { server in
            let token = try await login(server, .northAdmin).json["refreshToken"]?.string ?? ""
            let body = #"{"refreshToken":"\#(token)"}"#
            let left = try await server.ask("POST", "/api/v1/auth/logout", body: body)
            #expect(left.status == 204)
            let again = try await server.ask("POST", "/api/v1/auth/logout", body: body)
            #expect(again.status == 204)
            let refused = try await server.ask("POST", "/api/v1/auth/refresh", body: body)
            #expect(refused.status == 401)
        }
    }

    @Test func `an access token ends after its time, and says that this is why`() async throws {
        try await TestServer.run { server in
            server.clock.advance(by: .seconds(899))
            let good = try await server.ask("GET", "/api/v1/auth/me", as: .northAdmin)
            #expect(good.status == 200)
            server.clock.advance(by: .seconds(1))
            let late = try await server.ask("GET", "/api/v1/auth/me", as: .northAdmin)
            #expect(late.status == 401)
            #expect(late.code == "token_expired")
            #expect(late.header("www-authenticate") == "Bearer")
        }
    }
}

@Suite struct LoginThrottleTests {
    private func tries(_ count: Int, _ throttle: inout LoginThrottle, account: String = "a", at now: Instant)
        -> Duration?
    {
        var wait: Duration?
        for _ in 0..<count { wait = throttle.attempt(account: account, address: "x", at: now) }
        return wait
    }

    @Test(arguments: [(5, nil), (6, nil), (7, 2), (8, 2)] as [(Int, Int?)])
    func `a few failures cost nothing, then each try has to wait`(count: Int, seconds: Int?) {
        var throttle = LoginThrottle()
        let wait = tries(count, &throttle, at: .t0)
        #expect(wait == seconds.map { .seconds($0) })
    }

    @Test func `the wait doubles up to its maximum`() {
        var throttle = LoginThrottle()
        var now = Instant.t0
        var waits: [Duration] = []
        for _ in 0..<20 {
            while let wait = throttle.attempt(account: "a", address: "x", at: now) {
                waits.append(wait)
                now = now + wait
            }
        }
        #expect(waits.prefix(4) == [.seconds(2), .seconds(4), .seconds(8), .seconds(16)])
        #expect(waits.max() == .seconds(300))
    }

    @Test func `a success, or a quiet time, forgets an account's failures`() {
        var throttle = LoginThrottle()
        _ = tries(6, &throttle, at: .t0)
        throttle.succeeded(account: "a", address: "x", at: .t0)
        #expect(tries(6, &throttle, at: .t0) == nil)
        #expect(tries(6, &throttle, at: .t0 + .seconds(1_200)) == nil)
    }

    @Test func `whoever guesses on and on keeps nobody out who comes from where he came before`() {
        var throttle = LoginThrottle()
        #expect(throttle.attempt(account: "ann", address: "192.0.2.1", at: .t0) == nil)
        throttle.succeeded(account: "ann", address: "192.0.2.1", at: .t0)
        var now = Instant.t0
        for _ in 0..<100 {
            now = now + (throttle.attempt(account: "ann", address: "198.51.100.7", at: now) ?? .zero)
        }
        #expect(throttle.attempt(account: "ann", address: "203.0.113.9", at: now) != nil)
        #expect(throttle.attempt(account: "ann", address: "192.0.2.1", at: now) == nil)
        throttle.succeeded(account: "ann", address: "192.0.2.1", at: now)
        // That takes back nothing of what others have guessed, and his own guesses are counted there too.
        #expect(throttle.attempt(account: "ann", address: "203.0.113.9", at: now) != nil)
        var waits = 0
        for _ in 0..<7 where throttle.attempt(account: "ann", address: "192.0.2.1", at: now) != nil { waits += 1 }
        #expect(waits == 1)
        #expect(throttle.attempt(account: "bob", address: "192.0.2.1", at: now) == nil)
    }

    @Test func `a try that is taken back leaves those before it counted`() {
        var throttle = LoginThrottle()
        for _ in 0..<200 {
            #expect(throttle.attempt(account: "b", address: "x", at: .t0) == nil)
            throttle.takenBack(account: "b", address: "x")
        }
        #expect(tries(5, &throttle, at: .t0) == nil)
        #expect(throttle.attempt(account: "a", address: "y", at: .t0) == nil)
        throttle.takenBack(account: "a", address: "y")
        // Five are still counted: the next one is the first that costs a wait, and the shortest.
        let later = Instant.t0 + .seconds(2)
        #expect(tries(1, &throttle, at: later) == nil)
        #expect(tries(1, &throttle, at: later) == .seconds(2))
    }

    @Test func `an address that guesses at many accounts has to wait for all of them`() {
        var throttle = LoginThrottle()
        for number in 0..<51 { _ = throttle.attempt(account: "a\(number)", address: "x", at: .t0) }
        #expect(throttle.attempt(account: "another", address: "x", at: .t0) != nil)
        #expect(throttle.attempt(account: "another", address: "y", at: .t0) == nil)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::1", "0:0:0:0::/64"),
        ("2001:db8::1", "2001:db8:0:0::/64"), ("2001:db8:0:0:ffff::2", "2001:db8:0:0::/64"),
        ("2001:DB8:0:1::1", "2001:db8:0:1::/64"), ("fe80::1%eth0", "fe80:0:0:0::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"), ("", ""),
    ])
    func `an IPv6 network counts as one address`(address: String, network: String) {
        #expect(LoginThrottle.network(of: address) == network)
    }

    @Test func `who guesses from many addresses of one network has to wait`() {
        var throttle = LoginThrottle()
        for number in 0..<51 {
            let address = "2001:db8::" + String(number + 1, radix: 16)
            _ = throttle.attempt(account: "a\(number)", address: address, at: .t0)
        }
        #expect(throttle.attempt(account: "another", address: "2001:db8::ffff:1", at: .t0) != nil)
        #expect(throttle.attempt(account: "another", address: "2001:db8:0:1::1", at: .t0) == nil)
    }

    @Test func `machines' bad keys keep no people out`() {
        var throttle = LoginThrottle()
        for _ in 0..<51 { #expect(throttle.failed(machineAt: "192.0.2.7", at: .t0) == nil) }
        #expect(throttle.failed(machineAt: "192.0.2.7", at: .t0) == .seconds(2))
        #expect(throttle.attempt(account: "ann", address: "192.0.2.7", at: .t0) == nil)
    }

    @Test func `it never remembers more than it may`() {
        var limits = LoginThrottle.Limits()
        limits.keyCountMax = 100
        var throttle = LoginThrottle(limits: limits)
        for number in 0..<1_000 {
            let now = Instant.t0 + .seconds(number)
            _ = throttle.attempt(account: "a\(number)", address: "x\(number)", at: now)
            throttle.succeeded(account: "b\(number)", address: "x\(number)", at: now)
        }
        #expect(throttle.keyCount <= 100)
    }
}
