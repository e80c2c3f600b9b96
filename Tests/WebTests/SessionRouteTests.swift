import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

@Suite struct SessionRouteTests {
    private func status(_ server: TestServer, _ token: String) async throws -> Int {
        try await server.ask("GET", "/api/v1/auth/me", token: token).status
    }

    private func refresh(_ server: TestServer, _ token: String) async throws -> Answer {
        try await server.ask("POST", "/api/v1/auth/refresh", body: #"{"refreshToken":"\#(token)"}"#)
    }

    @Test func `everybody sees his sessions, and ends one at once`() async throws {
        try await TestServer.run { server in
            server.clock.advance(by: .seconds(10))
            let phone = try await server.login(
                .northOperator,
                userAgent: "a phone " + String(repeating: "x", count: 300)
            )
            let list = try await server.ask("GET", "/api/v1/auth/sessions", as: .northOperator)
            #expect(list.items.count == 2)
            let other = try #require(list.items.first { $0["isCurrent"]?.bool == false })
            #expect(other["address"]?.string == "127.0.0.1")
            #expect(other["userAgent"]?.string?.hasPrefix("a phone") == true)
            #expect(other["userAgent"]?.string?.count == LoginOrigin.userAgentLengthMax)
            #expect(other["startedAt"]?.string == "\(server.clock.now)")
            let ended = try await server.ask(
                "DELETE",
                "/api/v1/auth/sessions/\(other["id"]?.string ?? "")",
                as: .northOperator
            )
            #expect(ended.status == 204)
            #expect(try await status(server, phone.access) == 401)
            #expect(try await refresh(server, phone.refresh).code == "session_revoked")
            #expect(try await status(server, server.token(of: .northOperator)) == 200)
        }
    }

    @Test func `all sessions but one's own are ended at once`() async throws {
        try await TestServer.run { server in
            let own = try await server.login(.northOperator)
            let foreign = try await server.login(.northAdmin)
            let ended = try await server.ask("DELETE", "/api/v1/auth/sessions", token: own.access)
            #expect(ended.status == 204)
            #expect(try await status(server, own.access) == 200)
            #expect(try await status(server, server.token(of: .northOperator)) == 401)
            #expect(try await status(server, foreign.access) == 200)
            let left = try await server.ask("GET", "/api/v1/auth/sessions", token: own.access)
            #expect(left.items.compactMap { $0["isCurrent"]?.bool } == [true])
        }
    }

    @Test func `another's session is not there`() async throws {
        try await TestServer.run { server in
            for person in [TestServer.Person.northAdmin, .southAdmin, .root] {
                let list = try await server.ask("GET", "/api/v1/auth/sessions", as: person)
                let id = list.items.first?["id"]?.string ?? ""
                let answer = try await server.ask("DELETE", "/api/v1/auth/sessions/\(id)", as: .northOperator)
                #expect(answer.status == 404)
                #expect(try await status(server, server.token(of: person)) == 200)
            }
            let nothing = try await server.ask("DELETE", "/api/v1/auth/sessions/\(UUID())", as: .northOperator)
            #expect(nothing.json["detail"]?.string == "There is no such session.")
        }
    }

    @Test func `a session says when it was last used`() async throws {
        try await TestServer.run { server in
            let login = try await server.login(.northOperator)
            server.clock.advance(by: .seconds(600))
            let next = try await refresh(server, login.refresh)
            let list = try await server.ask(
                "GET",
                "/api/v1/auth/sessions",
                token: next.json["accessToken"]?.string ?? ""
            )
            let current = try #require(list.items.first { $0["isCurrent"]?.bool == true })
            #expect(current["startedAt"]?.string == "\(Instant.t0)")
            #expect(current["lastUsedAt"]?.string == "\(Instant.t0 + .seconds(600))")
            #expect(list.items.first == current)
        }
    }

    @Test func `after logout the access token is worth nothing either`() async throws {
        try await TestServer.run { server in
            let login = try await server.login(.northOperator)
            #expect(try await status(server, login.access) == 200)
            try await server.ask("POST", "/api/v1/auth/logout", body: #"{"refreshToken":"\#(login.refresh)"}"#)
            #expect(try await status(server, login.access) == 401)
        }
    }

    @Test func `a refresh token used twice ends the access tokens that came of it`() async throws {
        try await TestServer.run { server in
            let login = try await server.login(.northOperator)
            let next = try await refresh(server, login.refresh).json["accessToken"]?.string ?? ""
            #expect(try await status(server, next) == 200)
            #expect(try await refresh(server, login.refresh).status == 401)
            #expect(try await status(server, next) == 401)
            #expect(try await status(server, login.access) == 401)
        }
    }

    @Test func `what a command ends beside the server is ended within a second`() async throws {
        try await TestServer.run { server in
            #expect(try await status(server, server.token(of: .northOperator)) == 200)
            let scope = OrganizationScope(provenFor: server.north.id)
            let id = try #require(ID<User>(try await server.id(of: .northOperator)))
            _ = try await server.context.stores.users.disable(id, at: server.clock.now, in: scope)
            server.clock.advance(by: .seconds(1))
            #expect(try await status(server, server.token(of: .northOperator)) == 401)
        }
    }

    @Test func `a token without a session is worth nothing`() async throws {
        try await TestServer.run { server in
            let id = try #require(ID<User>(try await server.id(of: .northAdmin)))
            let issuer = await AccessTokens(key: server.context.signingKey)
            let principal = Principal(user: id, organization: server.north.id, role: .admin)
            let token = try await issuer.issue(for: principal, at: .t0).text
            #expect(try await status(server, token) == 401)
        }
    }
}

@Suite struct PasswordChangeTests {
    private func change(_ server: TestServer, _ old: String, _ new: String, token: String) async throws -> Answer {
        try await server.ask(
            "POST",
            "/api/v1/auth/password",
            token: token,
            body: #"{"password":"\#(old)","newPassword":"\#(new)"}"#
        )
    }

    @Test func `a changed password ends the other sessions and keeps one's own`() async throws {
        try await TestServer.run { server in
            let own = try await server.login(.northOperator)
            let changed = try await change(server, TestServer.password, "a newer one", token: own.access)
            #expect(changed.status == 204)
            let me = try await server.ask("GET", "/api/v1/auth/me", token: own.access)
            #expect(me.status == 200)
            let other = try await server.ask("GET", "/api/v1/auth/me", as: .northOperator)
            #expect(other.code == "session_revoked")
            #expect(try await server.login(.northOperator).status == 401)
            #expect(try await server.login(.northOperator, password: "a newer one").status == 200)
        }
    }

    @Test func `a new password that is none, or the old one, is refused`() async throws {
        try await TestServer.run { server in
            let token = server.token(of: .root)
            #expect(try await change(server, TestServer.password, "short", token: token).status == 422)
            let same = try await change(server, TestServer.password, TestServer.password, token: token)
            #expect(same.errorPath == "newPassword")
            #expect(try await server.login(.root).status == 200)
        }
    }

    @Test func `guessing at the old password is slowed down like guessing at the door`() async throws {
        try await TestServer.run { server in
            let token = server.token(of: .northOperator)
            for _ in 0..<6 {
                let wrong = try await change(server, "not the password", "a newer one", token: token)
                #expect(wrong.errorPath == "password")
            }
            let refused = try await change(server, TestServer.password, "a newer one", token: token)
            #expect(refused.status == 429)
            #expect(refused.header("retry-after") == "2")
            #expect(try await server.login(.northOperator).status == 429)
        }
    }
}
