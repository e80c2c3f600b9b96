import Foundation
import Plant
import TestSupport
import Testing

@testable import Web

@Suite struct AlarmListTests {
    @Test func `each filter keeps what it names, and joins with the others`() async throws {
        try await TestServer.run { server in
            let rules = #"""
                {"id": "hot", "kind": "limit", "tag": "temp", "high": 100, "highHigh": 200, "component": "heater"},
                {"id": "cold", "kind": "limit", "tag": "temp", "low": 0}
                """#
            try await server.prepare(rules: rules)
            // Two open ones, and one that is closed.
            let closedID = try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push([150, 50], machine: "furnace-1")
                let raised = try await stream.message()
                _ = try await stream.message()
                let id = raised.json["alarm"]?["id"]?.string ?? ""
                try await server.ask("POST", "/api/v1/alarms/\(id)/acknowledge", as: .northOperator, body: "{}")
                _ = try await stream.message()
                try await server.push([250], machine: "furnace-2", from: 10)
                try await server.push([-5], machine: "furnace-3", from: 20)
                for _ in 0..<2 { _ = try await stream.message() }
                return id
            }
            let word = #"{"isAccurate":true}"#
            let path = "/api/v1/alarms/\(closedID)/feedback"
            #expect(try await server.ask("POST", path, as: .northOperator, body: word).status == 201)
            func list(_ query: String) async throws -> [String?] {
                try await server.ask("GET", "/api/v1/alarms?\(query)", as: .northOperator).items.map {
                    $0["asset"]?.string
                }
            }
            let (from, to) = ("\(server.clock.now + .seconds(10))", "\(server.clock.now + .seconds(20))")
            for (query, expected) in [
                ("", ["furnace-3", "furnace-2", "furnace-1"]),
                ("state=normal", ["furnace-1"]), ("state=unacknowledged", ["furnace-3", "furnace-2"]),
                ("open=true&state=normal", []), ("type=CRITICAL", ["furnace-2"]),
                ("component=heater", ["furnace-2", "furnace-1"]), ("condition=rule:cold", ["furnace-3"]),
                ("component=heater&condition=component:heater&open=true", ["furnace-2"]),
                ("suppression=none", ["furnace-3", "furnace-2", "furnace-1"]), ("suppression=shelved", []),
                ("from=\(from)", ["furnace-3", "furnace-2"]), ("from=\(from)&to=\(to)", ["furnace-2"]),
                ("judged=true", ["furnace-1"]), ("judged=false", ["furnace-3", "furnace-2"]),
                ("judged=false&asset=furnace-2&component=heater", ["furnace-2"]),
            ] {
                #expect(try await list(query) == expected, "\(query)")
            }
            for query in [
                "state=open", "condition=heater", "component=a&condition=component:b", "from=now", "judged=1",
            ] {
                let answer = try await server.ask("GET", "/api/v1/alarms?\(query)", as: .northOperator)
                #expect(answer.status == 400, "\(query)")
            }
            let others = try await server.ask("GET", "/api/v1/alarms?component=heater", as: .southOperator)
            #expect(others.items.isEmpty)
        }
    }
}
