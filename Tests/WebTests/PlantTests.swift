import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing

@testable import Web

@Suite struct PlantTests {
    @Test func `readings come as JSON, NDJSON and CSV, and the same row again changes nothing`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let json = try await server.push([50, 51])
            #expect(json.json["accepted"]?.int == 2)
            let again = try await server.push([50, 51])
            #expect(again.json["accepted"]?.int == 0)
            #expect(again.json["repeated"]?.int == 2)
            let conflict = try await server.push([60])
            #expect(conflict.json["conflicting"]?.int == 1)
            let lines = """
                {"machine":"furnace-1","timestamp":"2026-01-01T00:00:02Z","temp":"52","door":true}
                {"machine":"furnace-1","timestamp":"not a time","temp":53,"door":false}
                {"machine":"furnace-1",
                """
            let ndjson = try await server.ask(
                "POST",
                "/api/v1/readings",
                as: .northAdmin,
                body: lines,
                type: "application/x-ndjson"
            )
            #expect(ndjson.json["received"]?.int == 3)
            #expect(ndjson.json["accepted"]?.int == 1)
            #expect(ndjson.json["quarantined"]?.int == 2)
            #expect(ndjson.json["quarantine"]?.list.count == 2)
            let csv = try await server.ask(
                "POST",
                "/api/v1/readings",
                as: .northAdmin,
                body: "timestamp,machine,temp\n2026-01-01 00:00:03Z,furnace-1,54.25\n",
                type: "text/csv"
            )
            #expect(csv.json["accepted"]?.int == 1)
            #expect(csv.json["missingColumns"] == .list([.text("door")]))
            let nothing = try await server.ask("POST", "/api/v1/readings", as: .northAdmin, body: #"{"readings":7}"#)
            #expect(nothing.status == 422)

            let assets = try await server.ask("GET", "/api/v1/assets", as: .northOperator)
            let asset = assets.items.first?["id"]?.string ?? ""
            let path = "/api/v1/readings?asset=\(asset)&limit=3"
            let first = try await server.ask("GET", path, as: .northOperator)
            #expect(first.items.compactMap { $0["values"]?["temp"] } == [.number(50), .number(51), .number(52)])
            #expect(first.items.last?["values"]?["door"] == .flag(true))
            let next = first.json["next"]?.string ?? ""
            let second = try await server.ask("GET", "\(path)&after=\(next)", as: .northOperator)
            #expect(second.items.compactMap { $0["values"]?["temp"] } == [.number(54.25)])
            #expect(second.items.first?["values"]?["door"] == nil)
            let table = try await server.ask("GET", path, as: .northOperator, headers: ["Accept": "text/csv"])
            #expect(table.text.hasPrefix("asset,timestamp,temp,door\r\nfurnace-1,2026-01-01T00:00:00Z,50.0,0\r\n"))
            #expect(table.header("eagle-next") == next)
            let rows = try await server.ask(
                "GET",
                path,
                as: .northOperator,
                headers: ["Accept": "application/x-ndjson"]
            )
            #expect(rows.text.split(separator: "\n").count == 3)
            let picture = try await server.ask("GET", path, as: .northOperator, headers: ["Accept": "image/png"])
            #expect(picture.status == 406)
        }
    }

    @Test func `without a schema nothing can be pushed, and the answer says what to do`() async throws {
        try await TestServer.run { server in
            let answer = try await server.push([50])
            #expect(answer.status == 409)
            #expect(answer.code == "schema_missing")
        }
    }

    @Test func `a schema is versioned, comes as JSON or YAML, and says where it is wrong`() async throws {
        try await TestServer.run { server in
            func put(_ body: String, _ type: String = "application/yaml") async throws -> Answer {
                try await server.ask("PUT", "/api/v1/schema", as: .northAdmin, body: body, type: type)
            }
            let first = try await put("organization: north\ncontinuousColumns: [temp]\n")
            #expect(first.json["version"]?.int == 1)
            let same = try await put("organization: north\ncontinuousColumns: [temp]\n")
            #expect(same.json["version"]?.int == 1)
            let second = try await put(TestServer.schema("north"), "application/json")
            #expect(second.json["version"]?.int == 2)
            let rules = try await server.ask("GET", "/api/v1/rules", as: .northOperator)
            #expect(rules.items.first?["id"]?.string == "hot")
            let foreign = try await put("organization: south\ncontinuousColumns: [temp]\n")
            #expect(foreign.status == 422)
            let zone = try await put("organization: north\ntimeZone: Asia/Kolkatta\ncontinuousColumns: [temp]\n")
            #expect(zone.status == 422)
            #expect(zone.json["detail"]?.string?.contains("line 2") == true)
            #expect(zone.json["detail"]?.string?.contains("Asia/Kolkata") == true)
            let unknown = try await put(
                #"{"organization":"north","continuousColumns":["t"],"lagSecond":[1]}"#,
                "application/json"
            )
            #expect(unknown.json["detail"]?.string?.contains("lagSeconds") == true)
            let current = try await server.ask("GET", "/api/v1/schema", as: .northOperator)
            #expect(current.json["version"]?.int == 2)
        }
    }

    @Test func `an alarm is listed, told in its history, and acknowledged once, whoever repeats it`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let id = try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push([150, 50], machine: "furnace-1")
                try await server.push([250], machine: "furnace-2")
                let raised = try await stream.message()
                for _ in 0..<2 { _ = try await stream.message() }
                return raised.json["alarm"]?["id"]?.string ?? ""
            }
            func list(_ query: String) async throws -> [String?] {
                try await server.ask("GET", "/api/v1/alarms\(query)", as: .northOperator).items.map {
                    $0["asset"]?.string
                }
            }
            let (open, critical, one) = (
                try await list("?open=true"), try await list("?type=CRITICAL"), try await list("?asset=furnace-1")
            )
            #expect(Set(open) == ["furnace-1", "furnace-2"])
            #expect(critical == ["furnace-2"])
            #expect(one == ["furnace-1"])
            let path = "/api/v1/alarms/\(id)"
            let acknowledged = try await server.ask(
                "POST",
                "\(path)/acknowledge",
                as: .northOperator,
                body: #"{"note":"burner checked"}"#
            )
            #expect(acknowledged.json["state"]?.string == "normal")
            let again = try await server.ask("POST", "\(path)/acknowledge", as: .northOperator, body: "{}")
            #expect(again.status == 200 && again.json["note"]?.string == "burner checked")
            let alarm = try await server.ask("GET", path, as: .northOperator)
            #expect(
                alarm.json["history"]?.list.compactMap { $0["change"]?.string } == ["raised", "returned", "closed"]
            )
            #expect(alarm.json["history"]?.list.last?["by"]?.string == "northOperator@example.com")
            let end = try await server.ask("GET", "\(path)?limit=2", as: .northOperator)
            #expect(end.json["history"]?.list.compactMap { $0["change"]?.string } == ["returned", "closed"])
            let key = end.json["next"]?.string ?? ""
            let rest = try await server.ask("GET", "\(path)?limit=2&after=\(key)", as: .northOperator)
            #expect(rest.json["history"]?.list.compactMap { $0["change"]?.string } == ["raised"])
            #expect(rest.json["next"] == nil)
            #expect(try await server.ask("GET", "\(path)?after=x", as: .northOperator).status == 400)
            #expect(try await server.ask("GET", "\(path)?limit=201", as: .northOperator).status == 400)
            let left = try await list("?open=true")
            #expect(left == ["furnace-2"])
            let alerts = try await server.ask("GET", "/api/v1/alerts?after=1&limit=2", as: .northOperator)
            #expect(alerts.items.compactMap { $0["sequence"]?.int } == [2, 3])
            #expect(alerts.json["next"]?.string == "3")
            #expect(alerts.json["lastSequence"]?.int == 4)
        }
    }

    @Test func `what people say of an alarm is kept, the last word first, and stays theirs`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push([150], machine: "furnace-1")
                _ = try await stream.message()
            }
            let alarms = try await server.ask("GET", "/api/v1/alarms", as: .northOperator)
            let path = "/api/v1/alarms/\(alarms.items.first?["id"]?.string ?? "")/feedback"
            func give(_ body: String, as person: TestServer.Person = .northOperator) async throws -> Answer {
                try await server.ask("POST", path, as: person, body: body)
            }
            let first = try await give(#"{"isAccurate":true,"component":" burner ","reason":"cracked"}"#)
            #expect(first.status == 201, "\(first.text)")
            #expect(first.json["component"]?.string == "burner")
            server.clock.advance(by: .seconds(1))
            _ = try await give(#"{"isAccurate":false,"reason":"the probe was loose"}"#)
            let nonsense = try await give(#"{"isAccurate":false,"component":"burner"}"#)
            #expect(nonsense.status == 422)
            #expect(nonsense.text.contains("component"))
            let told = try await server.ask("GET", path, as: .northOperator)
            #expect(told.items.compactMap { $0["reason"]?.string } == ["the probe was loose", "cracked"])
            #expect(told.items.first?["by"]?.string == "northOperator@example.com")
            let spied = try await server.ask("GET", path, as: .southAdmin)
            let meddled = try await give(#"{"isAccurate":true}"#, as: .southAdmin)
            #expect(spied.status == 404)
            #expect(meddled.status == 404)
            let after = try await server.ask("GET", path, as: .northOperator)
            #expect(after.items.count == 2)
        }
    }

    @Test func `what is old is shown with its age, and called stale`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.push([50])
            func asset() async throws -> Tree? {
                try await server.ask("GET", "/api/v1/assets", as: .northOperator).items.first
            }
            server.clock.advance(by: .seconds(300))
            let fresh = try await asset()
            #expect(fresh?["isStale"]?.bool == false)
            #expect(fresh?["lastReading"]?["ageSeconds"] == .number(300))
            server.clock.advance(by: .seconds(1))
            let stale = try await asset()
            #expect(stale?["isStale"]?.bool == true)
            #expect(stale?["lastReading"]?["values"]?["temp"] == .number(50))
            let system = try await server.ask("GET", "/api/v1/system", as: .northOperator)
            #expect(system.json["source"]?["isStale"]?.bool == true)
            let id = stale?["id"]?.string ?? ""
            let one = try await server.ask("GET", "/api/v1/assets/\(id)", as: .northOperator)
            #expect(one.json == stale)
        }
    }

    @Test func `a failure is recorded once, and nonsense is named`() async throws {
        try await TestServer.run { server in
            func post(_ failure: String) async throws -> Answer {
                try await server.ask(
                    "POST",
                    "/api/v1/failures",
                    as: .northOperator,
                    body: #"{"failures":[\#(failure)]}"#
                )
            }
            let failure = #"{"asset":"furnace-1","start":"2026-01-01T00:00:00Z","component":"belt"}"#
            let first = try await post(failure)
            #expect(first.json["recorded"]?.int == 1)
            let again = try await post(failure)
            #expect(again.json["recorded"]?.int == 0)
            let backwards = try await post(
                #"{"asset":"furnace-1","start":"2026-01-01T00:00:00Z","end":"2025-01-01T00:00:00Z"}"#
            )
            #expect(backwards.errorPath == "failures.0.end")
            let list = try await server.ask("GET", "/api/v1/failures", as: .northOperator)
            #expect(list.items.count == 1)
        }
    }

    @Test func `names come out of a CSV as they went in`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            for name in ["a\nb", "p,\u{301}q", "say \"\u{301}so\""] {
                let written = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
                let body = #"[{"machine":\#(written),"timestamp":"\#(server.clock.now)","temp":1}]"#
                let pushed = try await server.ask("POST", "/api/v1/readings", as: .northAdmin, body: body)
                #expect(pushed.json["accepted"]?.int == 1)
                let assets = try await server.ask("GET", "/api/v1/assets", as: .northAdmin)
                let id = assets.items.first { $0["name"]?.string == name }?["id"]?.string
                let listed = try await server.ask(
                    "GET",
                    "/api/v1/readings?asset=\(try #require(id))",
                    as: .northAdmin,
                    headers: ["Accept": "text/csv"]
                )
                let parts = name.utf8.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
                let quoted = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\"\"")
                #expect(listed.text.utf8.contains("\"\(quoted)\",".precomposedStringWithCanonicalMapping.utf8))
            }
        }
    }

    @Test func `models are refused for what they are not`() async throws {
        try await TestServer.run { server in
            let unknown = "/api/v1/models/\(String(repeating: "b", count: 64))"
            let missing = try await server.ask(
                "POST",
                "\(unknown)/deploy",
                as: .northAdmin,
                body: #"{"reason":"why not"}"#
            )
            #expect(missing.status == 404)
            let rollback = try await server.ask(
                "POST",
                "/api/v1/models/rollback",
                as: .northAdmin,
                body: #"{"reason":"why not"}"#
            )
            #expect(rollback.status == 409)
            let broken = try await server.ask(
                "POST",
                "/api/v1/models",
                as: .northAdmin,
                body: "no model",
                type: "application/octet-stream"
            )
            #expect(broken.status == 422)
            let list = try await server.ask("GET", "/api/v1/models", as: .northOperator)
            #expect(list.items.isEmpty)
            let latest = try await server.ask("GET", "/api/v1/predictions/latest", as: .northOperator)
            #expect(latest.items.isEmpty)
        }
    }
}
