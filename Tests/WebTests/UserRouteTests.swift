import Foundation
import Plant
import Testing
import Trust

@testable import Web

@Suite struct UserRouteTests {
    private func change(
        _ server: TestServer,
        _ method: String,
        _ person: TestServer.Person,
        _ what: String = "",
        body: String? = nil,
        as admin: TestServer.Person = .northAdmin
    ) async throws -> Answer {
        let id = try await server.id(of: person)
        return try await server.ask(method, "/api/v1/users/\(id)\(what)", as: admin, body: body)
    }

    @Test func `a changed role counts with the next request, up and down`() async throws {
        try await TestServer.run { server in
            func asOperator() async throws -> Int {
                try await server.ask("GET", "/api/v1/users", as: .northOperator).status
            }
            #expect(try await asOperator() == 403)
            let up = try await change(server, "PUT", .northOperator, "/role", body: #"{"role":"ADMIN"}"#)
            #expect(up.json["role"]?.string == "ADMIN")
            #expect(try await asOperator() == 200)
            let me = try await server.ask("GET", "/api/v1/auth/me", as: .northOperator)
            #expect(me.json["role"]?.string == "ADMIN")
            let down = try await change(server, "PUT", .northOperator, "/role", body: #"{"role":"OPERATOR"}"#)
            #expect(down.status == 200)
            #expect(try await asOperator() == 403)
            let king = try await change(server, "PUT", .northOperator, "/role", body: #"{"role":"SUPER_ADMIN"}"#)
            #expect(king.errorPath == "role")
        }
    }

    @Test func `a disabled user is out at once, and in again only by signing in`() async throws {
        try await TestServer.run { server in
            let disabled = try await change(server, "POST", .northOperator, "/disable")
            #expect(disabled.json["disabledAt"]?.string != nil)
            let refused = try await server.ask("GET", "/api/v1/alarms", as: .northOperator)
            #expect(refused.status == 401)
            #expect(refused.code == "session_revoked")
            #expect(try await server.login(.northOperator).status == 401)
            let enabled = try await change(server, "POST", .northOperator, "/enable")
            #expect(enabled.json["disabledAt"] == nil)
            let still = try await server.ask("GET", "/api/v1/alarms", as: .northOperator)
            #expect(still.status == 401)
            let login = try await server.login(.northOperator)
            let back = try await server.ask("GET", "/api/v1/alarms", token: login.access)
            #expect(back.status == 200)
        }
    }

    @Test func `a disabled user's stream ends at once`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let ending = try await TestStream.with(server) { stream in
                _ = try await stream.message()
                _ = try await change(server, "POST", .northOperator, "/disable")
                return try await stream.next()
            }
            guard case .closed(let code) = ending else { throw TestFailure(message: "\(ending)") }
            #expect(code == 4401)
        }
    }

    @Test func `a removed user is out at once and gone for good`() async throws {
        try await TestServer.run { server in
            let id = try await server.id(of: .northOperator)
            let removed = try await change(server, "DELETE", .northOperator)
            #expect(removed.status == 204)
            let refused = try await server.ask("GET", "/api/v1/alarms", as: .northOperator)
            #expect(refused.status == 401)
            #expect(try await server.login(.northOperator).status == 401)
            let users = try await server.ask("GET", "/api/v1/users", as: .northAdmin)
            #expect(!users.text.contains(id))
            for (method, path) in [("DELETE", ""), ("GET", ""), ("GET", "/sessions"), ("POST", "/disable")] {
                let gone = try await server.ask(method, "/api/v1/users/\(id)\(path)", as: .northAdmin)
                #expect(gone.status == 404, "\(method) \(path)")
            }
        }
    }

    @Test func `the last admin can neither go nor be put out, and is told why`() async throws {
        try await TestServer.run { server in
            let tries = [
                try await change(server, "DELETE", .northAdmin),
                try await change(server, "POST", .northAdmin, "/disable"),
                try await change(server, "PUT", .northAdmin, "/role", body: #"{"role":"OPERATOR"}"#),
            ]
            for answer in tries {
                #expect(answer.status == 409)
                #expect(answer.json["detail"]?.string?.contains("last ADMIN") == true)
            }
            let still = try await server.ask("GET", "/api/v1/users", as: .northAdmin)
            #expect(still.status == 200)
        }
    }

    @Test func `a password from an admin ends the user's sessions`() async throws {
        try await TestServer.run { server in
            let short = try await change(server, "PUT", .northOperator, "/password", body: #"{"password":"short"}"#)
            #expect(short.status == 422)
            let set = try await change(
                server,
                "PUT",
                .northOperator,
                "/password",
                body: #"{"password":"a newer one"}"#
            )
            #expect(set.status == 204)
            let refused = try await server.ask("GET", "/api/v1/alarms", as: .northOperator)
            #expect(refused.code == "session_revoked")
            #expect(try await server.login(.northOperator).status == 401)
            #expect(try await server.login(.northOperator, password: "a newer one").status == 200)
        }
    }

    @Test func `an admin sees a user's sessions and ends them`() async throws {
        try await TestServer.run { server in
            let login = try await server.login(.northOperator, userAgent: "a phone")
            let list = try await change(server, "GET", .northOperator, "/sessions")
            #expect(list.items.count == 2)
            #expect(list.items.contains { $0["userAgent"]?.string == "a phone" })
            #expect(!list.items.contains { $0["isCurrent"]?.bool == true })
            let ended = try await change(server, "DELETE", .northOperator, "/sessions")
            #expect(ended.status == 204)
            for token in [login.access, server.token(of: .northOperator)] {
                #expect(try await server.ask("GET", "/api/v1/alarms", token: token).status == 401)
            }
        }
    }

    @Test func `another organization's user is not there`() async throws {
        try await TestServer.run { server in
            let before = try await server.ask("GET", "/api/v1/users", as: .northAdmin).text
            let bodies = [
                "PUT /role": #"{"role":"ADMIN"}"#, "PUT /password": #"{"password":"an intruder"}"#, "GET ": nil,
                "DELETE ": nil, "POST /disable": nil, "POST /enable": nil, "GET /sessions": nil,
                "DELETE /sessions": nil,
            ]
            for (operation, body) in bodies {
                let parts = operation.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                let answer = try await change(server, parts[0], .northOperator, parts[1], body: body, as: .southAdmin)
                #expect(answer.status == 404, "\(operation): \(answer.text)")
            }
            #expect(try await server.ask("GET", "/api/v1/users", as: .northAdmin).text == before)
            #expect(try await server.ask("GET", "/api/v1/alarms", as: .northOperator).status == 200)
            #expect(try await server.login(.northOperator).status == 200)
        }
    }
}
