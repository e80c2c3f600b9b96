import Foundation
import TestSupport
import Testing

@testable import Web

@Suite struct SuppressionRouteTests {
    /// An alarm that is open in the north.
    private func alarm(_ server: TestServer, _ temperature: Double = 150) async throws -> String {
        try await TestStream.with(server) { stream in
            _ = try await stream.message()
            try await server.push([temperature])
            return try await stream.message().json["alarm"]?["id"]?.string ?? ""
        }
    }

    @Test func `an operator shelves an alarm for a while, and it is heard again when he says so`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let id = try await alarm(server)
            func post(_ path: String, _ body: String = "{}", as person: TestServer.Person = .northOperator) async throws
                -> Answer
            { try await server.ask("POST", "/api/v1/alarms/\(id)/\(path)", as: person, body: body) }
            #expect(try await post("shelve", #"{"minutes":60,"reason":" "}"#).errorPath == "reason")
            #expect(try await post("shelve", #"{"minutes":721,"reason":"noise"}"#).errorPath == "minutes")
            #expect(try await post("shelve", #"{"minutes":721,"reason":"noise"}"#, as: .northAdmin).status == 200)
            let shelved = try await post("shelve", #"{"minutes":60,"reason":"noise"}"#)
            #expect(shelved.json["suppression"]?["kind"]?.string == "shelved")
            #expect(shelved.json["suppression"]?["by"]?.string == server.email(of: .northOperator))
            #expect(shelved.json["state"]?.string == "unacknowledged")
            let orders = try await server.ask("GET", "/api/v1/suppressions", as: .northOperator)
            #expect(orders.items.count == 1)
            #expect(orders.items[0]["asset"]?.string == "furnace-1")
            let south = try await server.ask("GET", "/api/v1/suppressions", as: .southAdmin)
            #expect(south.items.isEmpty)
            let history = try await server.ask("GET", "/api/v1/alarms/\(id)", as: .northOperator)
            #expect(history.json["history"]?.list.last?["change"]?.string == "suppressed")
            let back = try await post("unshelve")
            #expect(back.json["suppression"]?["kind"]?.string == "none")
            let none = try await server.ask("GET", "/api/v1/suppressions", as: .northOperator)
            #expect(none.items.isEmpty)
        }
    }

    @Test func `maintenance of the whole plant is an admin's, and silences what is raised meanwhile`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            _ = try await alarm(server, 50 + 100)
            let order = #"{"kind":"outOfService","reason":"stop of the line"}"#
            let refused = try await server.ask("PUT", "/api/v1/suppressions", as: .northOperator, body: order)
            #expect(refused.status == 403)
            let put = try await server.ask("PUT", "/api/v1/suppressions", as: .northAdmin, body: order)
            #expect(put.status == 200 && put.json["until"] == nil)
            let open = try await server.ask("GET", "/api/v1/alarms?open=true", as: .northOperator)
            #expect(open.items.compactMap { $0["suppression"]?["kind"]?.string } == ["outOfService"])
            let strange = try await server.ask(
                "PUT",
                "/api/v1/suppressions",
                as: .northAdmin,
                body: #"{"asset":"nowhere","kind":"outOfService","reason":"x"}"#
            )
            #expect(strange.status == 404)
            let endless = try await server.ask(
                "PUT",
                "/api/v1/suppressions",
                as: .northAdmin,
                body: #"{"kind":"shelved","reason":"x"}"#
            )
            #expect(endless.errorPath == "minutes")
            // What an admin took out of service an operator neither puts back nor shelves for a minute instead.
            let id = open.items[0]["id"]?.string ?? ""
            let own = #"{"asset":"furnace-1","condition":"rule:hot","kind":"outOfService","reason":"work"}"#
            #expect(try await server.ask("PUT", "/api/v1/suppressions", as: .northAdmin, body: own).status == 200)
            for (path, body) in [("shelve", #"{"minutes":1,"reason":"noise"}"#), ("unshelve", "{}")] {
                let answer = try await server.ask(
                    "POST",
                    "/api/v1/alarms/\(id)/\(path)",
                    as: .northOperator,
                    body: body
                )
                #expect(answer.status == 409, "\(path): \(answer.text)")
            }
            let query = "?asset=furnace-1&condition=rule:hot"
            let freed = try await server.ask("DELETE", "/api/v1/suppressions\(query)", as: .northAdmin)
            #expect(freed.status == 204)
            let ended = try await server.ask("DELETE", "/api/v1/suppressions", as: .northAdmin)
            #expect(ended.status == 204)
            let heard = try await server.ask("GET", "/api/v1/alarms?open=true", as: .northOperator)
            #expect(heard.items.compactMap { $0["suppression"]?["kind"]?.string } == ["none"])
        }
    }

    @Test func `an operator ends what is shelved by its place when its alarm has closed, and nothing out of service`()
        async throws
    {
        try await TestServer.run { server in
            try await server.prepare()
            let id = try await alarm(server)
            func post(_ path: String, _ body: String = "{}") async throws -> Answer {
                try await server.ask("POST", "/api/v1/alarms/\(id)/\(path)", as: .northOperator, body: body)
            }
            func end(_ query: String, as person: TestServer.Person = .northOperator) async throws -> Answer {
                try await server.ask("DELETE", "/api/v1/suppressions/shelved\(query)", as: person)
            }
            func kinds(as person: TestServer.Person = .northOperator) async throws -> [String] {
                try await server.ask("GET", "/api/v1/suppressions", as: person).items.compactMap { $0["kind"]?.string }
            }
            #expect(try await post("shelve", #"{"minutes":60,"reason":"noise"}"#).status == 200)
            #expect(try await post("acknowledge").status == 200)
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push([50], from: 10)
                #expect(try await stream.message().json["alarm"]?["isOpen"]?.bool == false)
            }
            #expect(try await kinds() == ["shelved"])
            #expect(try await end("?asset=furnace-1").errorPath == "condition")
            #expect(try await end("?condition=rule:hot").errorPath == "asset")
            #expect(try await end("?asset=nowhere&condition=rule:hot").status == 404)
            let place = "?asset=furnace-1&condition=rule:hot"
            // By the other organization's eyes there is no such asset, and when there is, nothing of it is the north's.
            #expect(try await end(place, as: .southOperator).status == 404)
            try await server.prepare(.southAdmin)
            try await server.push([50], as: .southAdmin)
            #expect(try await end(place, as: .southOperator).status == 204)
            #expect(try await kinds() == ["shelved"])
            #expect(try await end(place).status == 204)
            #expect(try await kinds() == [])
            // Again it changes nothing.
            #expect(try await end(place).status == 204)
            let order = #"{"asset":"furnace-1","condition":"rule:hot","kind":"outOfService","reason":"work"}"#
            #expect(try await server.ask("PUT", "/api/v1/suppressions", as: .northAdmin, body: order).status == 200)
            #expect(try await end(place).status == 409)
            #expect(try await end(place, as: .northAdmin).status == 409)
            #expect(try await kinds() == ["outOfService"])
            let path = "/api/v1/audit?action=CONFIG&limit=1000"
            let entries = try await server.ask("GET", path, as: .northAdmin).items.filter {
                $0["resource"]?.string == "/api/v1/suppressions/shelved"
                    && $0["name"]?.string == server.email(of: .northOperator)
            }
            #expect(
                entries.compactMap { $0["metadata"]?["status"]?.string }.sorted() == [
                    "204", "204", "404", "409", "422", "422",
                ]
            )
        }
    }

    @Test func `a rule that is not there can't be silenced, but what a former one left open can`() async throws {
        try await TestServer.run { server in
            let hot = #"{"id": "pressure", "kind": "limit", "tag": "temp", "high": 100}"#
            let belt = #"{"id": "door", "kind": "binary", "tag": "door", "component": "belt"}"#
            try await server.prepare(rules: "\(hot), \(belt)")
            try await server.prepare(.southAdmin)
            try await server.push([150], as: .southAdmin)
            _ = try await alarm(server)
            func put(_ condition: String, as person: TestServer.Person = .northAdmin) async throws -> Answer {
                try await server.ask(
                    "PUT",
                    "/api/v1/suppressions",
                    as: person,
                    body: #"{"asset":"furnace-1","condition":"\#(condition)","kind":"outOfService","reason":"work"}"#
                )
            }
            func detail(_ condition: String, as person: TestServer.Person = .northAdmin) async throws -> String? {
                let answer = try await put(condition, as: person)
                #expect(answer.status == 422 && answer.errorPath == "condition", "\(answer.text)")
                return answer.json["detail"]?.string
            }
            #expect(try await detail("rule:presure")?.contains("did you mean rule:pressure?") == true)
            #expect(try await detail("rule:nothing")?.contains("did you mean") == false)
            #expect(try await detail("rule:door")?.contains("component:belt") == true)
            // The other organization's rules are none of this one's, and not told to it.
            #expect(try await detail("rule:hot")?.contains("did you mean") == false)
            #expect(try await detail("rule:pressures", as: .southAdmin)?.contains("did you mean") == false)
            for condition in ["rule:pressure", "component:belt", "component:seal", "prediction"] {
                #expect(try await put(condition).status == 200, "\(condition)")
            }
            func putBack() async throws -> Int {
                let path = "/api/v1/suppressions?asset=furnace-1&condition=rule:pressure"
                return try await server.ask("DELETE", path, as: .northAdmin).status
            }
            func open() async throws -> [Tree] {
                try await server.ask("GET", "/api/v1/alarms?open=true", as: .northAdmin).items
            }
            #expect(try await putBack() == 204)
            // The rule goes; its alarm stays until somebody knows of it, and its order until somebody ends it.
            try await server.prepare()
            #expect(try await put("rule:pressure").status == 200)
            let id = try await open().first?["id"]?.string ?? ""
            try await server.ask("POST", "/api/v1/alarms/\(id)/acknowledge", as: .northAdmin, body: "{}")
            while try await !open().isEmpty { await Task.yield() }
            #expect(try await put("rule:pressure").status == 200)
            #expect(try await putBack() == 204)
            #expect(try await put("rule:pressure").status == 422)
        }
    }

    @Test func `a latched alarm is reset by an operator, and no other is`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let rules =
                #"{"id": "hot", "kind": "limit", "tag": "temp", "high": 100, "latching": true}"#
            let schema = TestServer.schema("north", rules: rules)
            #expect(try await server.ask("PUT", "/api/v1/schema", as: .northAdmin, body: schema).status == 200)
            let id = try await alarm(server)
            func post(_ path: String) async throws -> Answer {
                try await server.ask("POST", "/api/v1/alarms/\(id)/\(path)", as: .northOperator, body: "{}")
            }
            #expect(try await post("reset").status == 409)
            #expect(try await post("acknowledge").json["state"]?.string == "acknowledged")
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push([50], from: 10)
                #expect(try await stream.message().json["alarm"]?["state"]?.string == "latched")
            }
            let closed = try await post("reset")
            #expect(closed.json["state"]?.string == "normal" && closed.json["isOpen"]?.bool == false)
            #expect(try await post("reset").status == 409)
        }
    }
}
