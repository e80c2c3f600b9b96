import Database
import Delivery
import Foundation
import Logging
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// An organization is erased while others go on, and nothing of it is to be had from the answer on.
@Suite(.timeLimit(.minutes(60))) struct ErasureRouteTests {
    private func erase(_ server: TestServer, confirming slug: String? = "north") async throws -> Answer {
        try await server.ask(
            "DELETE",
            "/api/v1/organizations/north",
            as: .root,
            headers: slug.map { ["Eagle-Confirm": $0] } ?? [:]
        )
    }

    /// Asks until it has ended.
    private func ended(_ server: TestServer) async throws -> Answer {
        while true {
            let answer = try await server.ask(
                "GET",
                "/api/v1/organizations/\(server.north.id)/erasure",
                as: .root
            )
            if answer.status != 200 || answer.json["state"]?.string == "ENDED" { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func `an erasure that can't be done now holds up none behind it, and ends when it can`() async throws {
        try await TestServer.run { server in
            let database = server.context.stores.database
            try await database.transaction { transaction in
                try transaction.execute(
                    """
                    CREATE TRIGGER held BEFORE DELETE ON organization WHEN OLD.slug = 'north'
                    BEGIN
                        SELECT RAISE(ABORT, 'held');
                    END
                    """
                )
            }
            #expect(try await erase(server).status == 202)
            let second = try await server.ask(
                "DELETE",
                "/api/v1/organizations/south",
                as: .root,
                headers: ["Eagle-Confirm": "south"]
            )
            #expect(second.status == 202)
            // It is the first in the line, whatever the clock says.
            try await database.transaction { transaction in
                try transaction.execute("UPDATE erasure SET begun_at = begun_at - 1 WHERE slug = 'north'")
            }
            let place = "/api/v1/organizations/\(server.south.id)/erasure"
            try await server.withEraser {
                while try await server.ask("GET", place, as: .root).json["state"]?.string != "ENDED" {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let held = try await server.ask("GET", "/api/v1/organizations/\(server.north.id)/erasure", as: .root)
                #expect(held.json["state"]?.string == "RUNNING")
                try await database.transaction { try $0.execute("DROP TRIGGER held") }
                #expect(try await ended(server).json["state"]?.string == "ENDED")
            }
        }
    }

    @Test func `it takes the slug once more, and a super admin`() async throws {
        try await TestServer.run { server in
            for slug in [nil, "", "South", "south"] as [String?] {
                let answer = try await erase(server, confirming: slug)
                #expect(answer.status == 422)
                #expect(answer.text.contains("Eagle-Confirm: north"))
            }
            for person in [TestServer.Person.northAdmin, .northOperator, .southAdmin] {
                let answer = try await server.ask(
                    "DELETE",
                    "/api/v1/organizations/north",
                    as: person,
                    headers: ["Eagle-Confirm": "north"]
                )
                #expect(answer.status == 403)
                let status = try await server.ask("GET", "/api/v1/organizations/north/erasure", as: person)
                #expect(status.status == 403)
            }
            for name in ["nowhere", UUID().uuidString] {
                let answer = try await server.ask(
                    "DELETE",
                    "/api/v1/organizations/\(name)",
                    as: .root,
                    headers: ["Eagle-Confirm": name]
                )
                #expect(answer.status == 404)
            }
            let none = try await server.ask("GET", "/api/v1/organizations/north/erasure", as: .root)
            #expect(none.status == 404)
            let still = try await server.ask("GET", "/api/v1/alarms", as: .northAdmin)
            #expect(still.status == 200)
        }
    }

    @Test func `from the answer on it is gone, before anything is deleted`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([50])
            // Nobody erases yet: that the calls are refused is not for want of rows.
            let begun = try await erase(server)
            #expect(begun.status == 202)
            #expect(begun.json["state"]?.string == "RUNNING")
            #expect(begun.header("location") == "/api/v1/organizations/\(server.north.id)/erasure")
            for path in ["alarms", "readings?asset=\(UUID())", "users", "auth/me"] {
                let own = try await server.ask("GET", "/api/v1/\(path)", as: .northAdmin)
                #expect(own.status == 401, "\(path): \(own.text)")
            }
            #expect(try await server.push([51]).status == 401)
            for name in ["north", server.north.id.description] {
                let named = try await server.ask(
                    "GET",
                    "/api/v1/alarms",
                    as: .root,
                    headers: ["Eagle-Organization": name]
                )
                #expect(named.status == 404)
                let one = try await server.ask("GET", "/api/v1/organizations/\(name)", as: .root)
                #expect(one.status == 404)
            }
            // Asked for again it is the same.
            let again = try await erase(server)
            #expect(again.status == 202)
            #expect(again.json["begunAt"] == begun.json["begunAt"])
            let other = try await server.ask("GET", "/api/v1/alarms", as: .southAdmin)
            #expect(other.status == 200)
        }
    }

    @Test func `nobody of it comes in any more by any door, before anything is deleted`() async throws {
        try await SignInPlace.run(newUsers: .operator) { place in
            let server = place.server
            let credentials = #""email":"northAdmin@example.com","password":"\#(TestServer.password)""#
            func post(_ path: String, _ body: String) async throws -> Answer {
                try await server.ask("POST", "/api/v1/auth/\(path)", body: body)
            }
            let before = try await post("login", "{\(credentials)}")
            let token = #"{"refreshToken":"\#(before.json["refreshToken"]?.string ?? "")"}"#
            // Back from the issuer, and not yet in.
            let code = try #require(SignInPlace.code(try await place.comeBack()))
            #expect(try await erase(server).status == 202)
            for path in ["login", "totp", "totp/confirm", "totp/remove"] {
                let answer = try await post(path, #"{\#(credentials),"code":"123456"}"#)
                #expect(answer.code == "invalid_credentials", "\(path): \(answer.text)")
            }
            let refreshed = try await post("refresh", token)
            #expect(refreshed.code == "session_revoked")
            let late = try await place.exchange(code)
            #expect(late.code == "sign_in_unknown", "\(late.text)")
            let again = try await place.signIn("newcomer@example.com")
            #expect(again.user == nil)
            #expect(again.failure == "not_allowed")
            let other = try await server.ask("GET", "/api/v1/auth/me", as: .southAdmin)
            #expect(other.status == 200)
        }
    }

    @Test func `it ends with a certificate that anybody can check, and its slug is given to none`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([50, 60, 70], machine: "north-secret")
            try await server.withEraser {
                #expect(try await erase(server).status == 202)
                let done = try await ended(server)
                #expect(done.json["state"]?.string == "ENDED")
                let key = try await server.ask("GET", "/api/v1/system/certificate-key")
                let bytes = try #require(Data(base64Encoded: key.json["publicKey"]?.string ?? ""))
                let kept = try await server.context.stores.erasures.byID(
                    server.north.id,
                    in: SystemScope(for: .test)
                )
                let text = try #require(kept?.certificate)
                let certificate = try ErasureCertificate(checking: text, against: [UInt8](bytes))
                #expect(certificate.statement.organization == server.north.id)
                #expect(certificate.statement.slug == "north")
                #expect(certificate.statement.tables["reading"] == 3)
                #expect(certificate.statement.tables["organization"] == 1)
                #expect(certificate.statement.compactedAt != nil)
                #expect(done.json["certificate"]?["signature"]?.string == certificate.signature)
                #expect(done.json["rowsDeleted"]?.int == certificate.statement.rowCount)
                #expect(!text.contains("north-secret"))
                let north = OrganizationScope(provenFor: server.north.id)
                #expect(try await server.context.stores.erasures.rowCount(in: north) == 0)
                let login = try await server.ask(
                    "POST",
                    "/api/v1/auth/login",
                    body: #"{"email":"\#(server.email(of: .northAdmin))","password":"\#(TestServer.password)"}"#
                )
                #expect(login.status == 401)
                let list = try await server.ask("GET", "/api/v1/organizations", as: .root)
                #expect(list.items.compactMap { $0["slug"]?.string } == ["south"])
                func make(_ slug: String) async throws -> Answer {
                    let body = #"{"slug":"\#(slug)","name":"Another"}"#
                    return try await server.ask("POST", "/api/v1/organizations", as: .root, body: body)
                }
                let successor = try await make("north")
                #expect(successor.status == 409)
                #expect(successor.code == "conflict")
                #expect(successor.text.contains("was erased") && successor.text.contains("choose another"))
                #expect(try await server.ask("GET", "/api/v1/organizations/north", as: .root).status == 404)
                #expect(try await make("northwest").status == 201)
                let former = try await server.ask("GET", "/api/v1/alarms", as: .northAdmin)
                #expect(former.status == 401)
            }
        }
    }

    @Test func `its streams end and say why, while another's lane goes on alarming`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            try await server.withEraser {
                let code = try await TestStream.with(server, as: .northOperator) { stream in
                    _ = try await stream.message()
                    try await TestStream.with(server, as: .southOperator) { other in
                        _ = try await other.message()
                        #expect(try await erase(server).status == 202)
                        // While it goes on, and after it.
                        for second in 0..<2 {
                            try await server.push(
                                [150],
                                machine: "furnace-\(second)",
                                from: second,
                                as: .southAdmin
                            )
                            let alert = try await other.message()
                            #expect(alert.type == "alert")
                            if second == 0 { _ = try await ended(server) }
                        }
                    }
                    while true {
                        if case .closed(let code) = try await stream.next() { return code }
                    }
                }
                #expect(code == 4404)
                let opening = try await TestStream.open(
                    server,
                    headers: [("Authorization", "Bearer \(server.token(of: .northOperator))")]
                )
                guard case .refused(let status, _) = opening else { throw TestFailure(message: "it was opened") }
                #expect(status == 401)
            }
        }
    }
}
