import Foundation
import TestSupport
import Testing

@testable import Web

@Suite struct FailureRouteTests {
    private func post(_ csv: String, _ server: TestServer) async throws -> Answer {
        try await server.ask("POST", "/api/v1/failures", as: .northOperator, body: csv, type: "text/csv")
    }

    @Test func `a CSV is recorded as a whole, once`() async throws {
        try await TestServer.run { server in
            let header = "asset,timestamp,component,end\n"
            let early = try await post(header, server)
            #expect(early.code == "schema_missing")
            try await server.prepare()
            let csv =
                header + "furnace-1,2026-01-01T00:00:00Z,belt,2026-01-01T02:00:00Z\nfurnace-2,2026-01-03T00:00:00Z,,\n"
            let first = try await post(csv, server)
            #expect(first.json["received"]?.int == 2 && first.json["recorded"]?.int == 2)
            #expect(try await post(csv, server).json["recorded"]?.int == 0)
            let broken = try await post(csv + "furnace-3,2026-01-04T00:00:00Z,belt,\nfurnace-3,soon,belt,\n", server)
            #expect(broken.status == 422)
            #expect(broken.json["detail"]?.string?.contains("line 5, column 11") == true, "\(broken.text)")
            let list = try await server.ask("GET", "/api/v1/failures", as: .northOperator)
            #expect(list.items.compactMap { $0["asset"]?.string } == ["furnace-2", "furnace-1"])
            #expect(list.items[0]["recordedBy"]?.string == server.email(of: .northOperator))
            let one = try await server.ask("GET", "/api/v1/failures?asset=furnace-1", as: .northOperator)
            #expect(one.items.count == 1)
            let long = try await post(
                "asset,timestamp\n\(String(repeating: "x", count: 201)),2026-01-01T00:00:00Z\n",
                server
            )
            #expect(long.status == 422 && long.text.contains("line 2, column 1"))
        }
    }

    @Test func `names are read alike from JSON and from CSV`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            _ = try await post("asset,timestamp,component\n furnace-1 ,2026-01-01T00:00:00Z,none\n", server)
            let body = #"{"failures":[{"asset":" furnace-1\t","start":"2026-01-01T00:00:00Z","component":" None "}]}"#
            let again = try await server.ask("POST", "/api/v1/failures", as: .northOperator, body: body)
            #expect(again.json["received"]?.int == 1 && again.json["recorded"]?.int == 0, "\(again.text)")
            let list = try await server.ask("GET", "/api/v1/failures", as: .northOperator)
            #expect(list.items.compactMap { $0["asset"]?.string } == ["furnace-1"])
            #expect(list.items.first?["component"] == nil)
            let blank = #"{"failures":[{"asset":"  ","start":"2026-01-01T00:00:00Z"}]}"#
            let refused = try await server.ask("POST", "/api/v1/failures", as: .northOperator, body: blank)
            #expect(refused.errorPath == "failures.0.asset")
        }
    }

    @Test func `what was wrongly recorded is corrected or taken back, and stays to be seen`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            _ = try await post("asset,timestamp,component\nfurnace-1,2026-01-01T00:00:00Z,belt\n", server)
            let place = "?asset=furnace-1&start=2026-01-01T00:00:00Z&component=belt"
            func put(_ query: String, _ failure: String, reason: String = "it was the fan") async throws -> Answer {
                try await server.ask(
                    "PUT",
                    "/api/v1/failures\(query)",
                    as: .northAdmin,
                    body: #"{"failure":\#(failure),"reason":"\#(reason)"}"#
                )
            }
            let fan = #"{"asset":"furnace-1","start":"2026-01-01T00:00:00Z","component":"fan"}"#
            #expect(try await put(place, fan, reason: " ").errorPath == "reason")
            #expect(try await put("?asset=furnace-1", fan).status == 400)
            #expect(try await put(place, #"{"asset":"","start":"2026-01-01T00:00:00Z"}"#).errorPath == "failure.asset")
            let corrected = try await put(place, fan)
            #expect(corrected.json["former"]?["component"]?.string == "belt")
            #expect(corrected.json["by"]?.string == server.email(of: .northAdmin))
            #expect(try await put(place, fan).status == 404)
            let gone = "?asset=furnace-1&start=2026-01-01T00:00:00Z&component=fan"
            #expect(try await server.ask("DELETE", "/api/v1/failures\(gone)", as: .northAdmin).errorPath == "reason")
            let removed = try await server.ask("DELETE", "/api/v1/failures\(gone)&reason=a%20test", as: .northAdmin)
            #expect(removed.status == 200 && removed.json["corrected"] == nil)
            #expect(try await server.ask("GET", "/api/v1/failures", as: .northAdmin).items.isEmpty)
            let kept = try await server.ask("GET", "/api/v1/failures/corrections", as: .northOperator)
            #expect(Set(kept.items.compactMap { $0["reason"]?.string }) == ["a test", "it was the fan"])
        }
    }
}
