import Database
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

@Suite struct RuleRouteTests {
    /// Values around the limit of 100, ten seconds each, and waits until all were judged.
    private func chatter(_ server: TestServer, as person: TestServer.Person = .northAdmin) async throws {
        try await server.push((0..<600).map { $0 % 20 < 10 ? 101 : 99 }, from: -1_000, as: person)
        try await server.push([50], from: -400, as: person)
        let scope = OrganizationScope(
            provenFor: person == .southAdmin ? server.south.id : server.north.id
        )
        while try await server.context.lanes.status(in: scope).behind > 0 { await Task.yield() }
    }

    @Test func `an admin rehearses rules before they go live, and nobody else's readings are in it`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            try await chatter(server)
            let body = #"{"rules":[{"id":"hot","kind":"limit","tag":"temp","high":100,"deadband":5}]}"#
            func rehearse(_ body: String, as person: TestServer.Person) async throws -> Answer {
                try await server.ask("POST", "/api/v1/rules/rehearsal", as: person, body: body)
            }
            let report = try await rehearse(body, as: .northAdmin)
            #expect(report.status == 200, "\(report.text)")
            let rule = report.json["rules"]?.list.first
            #expect(rule?["change"]?.string == "changed")
            #expect(rule?["present"]?["raises"]?.int == 30 && rule?["proposed"]?["raises"]?.int == 1)
            #expect(report.json["rows"]?.int == 601)
            // A month was asked for.
            #expect(report.json["firstRowAt"]?.string == (server.clock.now - .seconds(1_000)).description)
            #expect(report.json["lastRowAt"]?.string == (server.clock.now - .seconds(400)).description)
            #expect(report.json["coversStretch"]?.bool == false)
            let (from, to) = (server.clock.now - .seconds(1_001), server.clock.now - .seconds(399))
            let narrow = String(body.dropLast()) + #","from":"\#(from)","to":"\#(to)"}"#
            #expect(try await rehearse(narrow, as: .northAdmin).json["coversStretch"]?.bool == true)
            let south = try await rehearse(body, as: .southAdmin)
            #expect(south.json["rows"]?.int == 0)
            #expect(try await rehearse(body, as: .northOperator).status == 403)
            // Nothing of it went live.
            let rules = try await server.ask("GET", "/api/v1/rules", as: .northAdmin)
            #expect(rules.items.first?["deadband"]?.int == 0)
            #expect(try await rehearse("{}", as: .northAdmin).errorPath == "rules")
            let bad = #"{"rules":[{"id":"hot","kind":"limit","tag":"nowhere","high":100}]}"#
            #expect(try await rehearse(bad, as: .northAdmin).errorPath == "rules.0.tag")
            let late = #"{"rules":[],"from":"2999-01-01T00:00:00Z"}"#
            #expect(try await rehearse(late, as: .northAdmin).errorPath == "from")
            let foreign = #"{"schema":\#(TestServer.schema("south"))}"#
            #expect(try await rehearse(foreign, as: .northAdmin).status == 422)
        }
    }

    @Test func `an organization's alarm quality is its own, and its bad actors get advice`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            try await chatter(server)
            let north = try await server.ask("GET", "/api/v1/alarm-quality", as: .northOperator)
            #expect(north.json["annunciations"]?.int == 30 && north.json["operators"]?.int == 1)
            #expect(north.json["badActors"]?.list.first?["source"]?.string == "rule:hot")
            #expect(north.json["chattering"]?["value"]?.int == 1)
            let shared = try await server.ask("GET", "/api/v1/alarm-quality?operators=3", as: .northOperator)
            #expect(shared.json["operators"]?.int == 3 && shared.json["operatorAccounts"] == nil)
            let south = try await server.ask("GET", "/api/v1/alarm-quality", as: .southAdmin)
            #expect(south.json["annunciations"]?.int == 0)
            let path = "/api/v1/alarm-quality/suggestions"
            let advice = try await server.ask("GET", path, as: .northAdmin)
            #expect(advice.items.first?["rule"]?.string == "hot", "\(advice.text)")
            let best = advice.items.first?["suggestions"]?.list.first
            #expect(best?["change"]?["attribute"]?.string == "deadband")
            #expect(best?["raises"]?["before"]?.int == 30 && best?["raises"]?["after"]?.int == 1)
            #expect(try await server.ask("GET", path, as: .southAdmin).items.isEmpty)
            #expect(try await server.ask("GET", path, as: .northOperator).status == 403)
            #expect(try await server.ask("GET", "/api/v1/alarm-quality?operators=0", as: .northAdmin).status == 400)
            let long = "/api/v1/alarm-quality?from=2001-01-01T00:00:00Z"
            #expect(try await server.ask("GET", long, as: .northAdmin).status == 422)
        }
    }

    @Test func `load is shared by the organization's operators who may sign in`() async throws {
        try await TestServer.run { server in
            let users = server.context.stores.users
            let scope = OrganizationScope(provenFor: server.north.id)
            var generator = SystemRandomNumberGenerator()
            let hash = try PasswordHash(of: TestServer.password, cost: .weakest, using: &generator)
            for number in 0..<5 {
                let email = "operator-\(number)@example.com"
                let user = try await users.create(email: email, passwordHash: hash, role: .operator, at: .t0, in: scope)
                if number > 0 { _ = try await users.disable(user.id, at: .t0, in: scope) }
            }
            func operators() async throws -> [Int?] {
                let report = try await server.ask("GET", "/api/v1/alarm-quality", as: .northAdmin).json
                return [report["operators"]?.int, report["operatorAccounts"]?.int]
            }
            #expect(try await operators() == [2, 2])
            for user in try await users.list(in: scope) where user.role == .operator && user.disabledAt == nil {
                _ = try await users.disable(user.id, at: .t0, in: scope)
            }
            // Somebody has to bear it, but it is said that nobody is there.
            #expect(try await operators() == [1, 0])
        }
    }

    @Test func `versions of the rules say who changed what, and are an organization's own`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let second =
                #"{"id": "hot", "kind": "limit", "tag": "temp", "high": 90}, {"id": "door", "kind": "binary", "tag": "door"}"#
            try await server.prepare(rules: second)
            try await server.push([95])
            let path = "/api/v1/rules/versions"
            let all = try await server.ask("GET", path, as: .northOperator)
            #expect(all.items.compactMap { $0["version"]?.int } == [2, 1])
            #expect(all.items[0]["createdBy"]?.string == server.email(of: .northAdmin))
            #expect(all.items[0]["added"]?.list.compactMap { $0["id"]?.string } == ["door"])
            #expect(all.items[0]["changed"]?.list.first?["keys"]?.list.compactMap(\.string) == ["high", "highHigh"])
            #expect(all.items[1]["added"]?.list.compactMap { $0["id"]?.string } == ["hot"])
            let page = try await server.ask("GET", path + "?limit=1", as: .northOperator)
            #expect(page.items.count == 1 && page.json["next"]?.string == "2")
            let rest = try await server.ask("GET", path + "?after=2", as: .northOperator)
            #expect(rest.items.compactMap { $0["version"]?.int } == [1])
            let first = try await server.ask("GET", "/api/v1/rules?version=1", as: .northOperator)
            #expect(first.items.count == 1 && first.items[0]["high"]?.int == 100)
            #expect(try await server.ask("GET", "/api/v1/rules?version=3", as: .northAdmin).status == 404)
            // Another organization sees none of it.
            #expect(try await server.ask("GET", path, as: .southAdmin).items.isEmpty)
            #expect(try await server.ask("GET", "/api/v1/rules?version=1", as: .southAdmin).status == 404)
            let scope = OrganizationScope(provenFor: server.north.id)
            while try await server.context.lanes.status(in: scope).behind > 0 { await Task.yield() }
            let alarms = try await server.ask("GET", "/api/v1/alarms", as: .northOperator)
            #expect(alarms.items.first?["causes"]?.list.first?["ruleVersion"]?.int == 2)
        }
    }

    @Test func `a version keeps its author when he leaves, an API key is one, and nobody is accused in their stead`()
        async throws
    {
        try await TestServer.run { server in
            let operatorID = try await server.id(of: .northOperator)
            let role = "/api/v1/users/\(operatorID)/role"
            try await server.ask("PUT", role, as: .northAdmin, body: #"{"role":"ADMIN"}"#)
            try await server.prepare(.northOperator)
            let made = try await server.ask(
                "POST",
                "/api/v1/api-keys",
                as: .northAdmin,
                body: #"{"name":"pipeline","permissions":["schema:write"]}"#
            )
            let key = try #require(made.json["key"]?.string)
            let other = #"{"id": "hot", "kind": "limit", "tag": "temp", "high": 90}"#
            let put = try await server.ask(
                "PUT",
                "/api/v1/schema",
                token: key,
                body: TestServer.schema("north", rules: other)
            )
            #expect(put.status == 200)
            try await server.ask(
                "PUT",
                "/api/v1/schema",
                as: .root,
                body: TestServer.schema("north"),
                headers: ["Eagle-Organization": "north"]
            )
            try await server.ask("DELETE", "/api/v1/users/\(operatorID)", as: .northAdmin)
            try await server.ask("DELETE", "/api/v1/api-keys/\(made.json["id"]?.string ?? "")", as: .northAdmin)
            let versions = try await server.ask("GET", "/api/v1/rules/versions", as: .northAdmin)
            #expect(
                versions.items.map { $0["createdBy"]?.string } == [
                    "the server's administrator", "API key pipeline", server.email(of: .northOperator),
                ]
            )
        }
    }

    @Test func `of a version from before names were kept it is not said who put it, if he has left`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let scope = OrganizationScope(provenFor: server.north.id)
            let (there, gone) = (try await server.id(of: .northAdmin), "00000000-0000-4000-8000-000000000001")
            func author(of account: String) async throws -> String? {
                try await server.database.transaction { transaction in
                    try transaction.execute(
                        """
                        UPDATE signal_schema SET author = NULL, created_by = \(account)
                        WHERE organization_id = \(scope.id.description)
                        """
                    )
                }
                let versions = try await server.ask("GET", "/api/v1/rules/versions", as: .northAdmin)
                return versions.items.first?["createdBy"]?.string
            }
            #expect(try await author(of: there) == server.email(of: .northAdmin))
            #expect(try await author(of: gone) == "somebody who is not known any more, or the server's administrator")
        }
    }
}
