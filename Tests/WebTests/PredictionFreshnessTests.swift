import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving
@testable import Web

/// Which predictions the API takes for the present.
@Suite struct PredictionFreshnessTests {
    private static let lostHash = String(repeating: "b", count: 64)

    /// A champion whose file is nowhere, in the place of the one that serves.
    private func loseChampion(_ server: TestServer, in scope: OrganizationScope) async throws {
        let models = server.context.stores.models
        let serving = try #require(try await models.champion(in: scope))
        let version = try #require(ModelVersion(hash: Self.lostHash))
        let lost = RegisteredModel(
            version: version,
            manifest: serving.manifest,
            byteSize: 1,
            path: "",
            registeredAt: .t0
        )
        _ = try await models.register(lost, in: scope)
        let reason = AliasReason(by: "test", reason: "test")
        _ = try await models.move([AliasMove(.champion, to: version)], because: reason, at: .t0, in: scope)
        server.context.lanes.configurationChanged(in: scope)
        while try await server.context.lanes.status(in: scope).note == nil { await Task.yield() }
    }

    @Test func `where a new model can't be loaded the one before goes on, and a note says so`() async throws {
        try await TestServer.run { server in
            let scope = OrganizationScope(provenFor: server.north.id)
            try await server.prepare()
            let model = StumpModel(organization: "north", scores: (-3, 1))
            try await model.deploy(on: server, token: server.token(of: .northAdmin))
            try await server.settle(predicting: true, in: scope)
            try await loseChampion(server, in: scope)
            try await server.push([50])
            while try await server.context.lanes.status(in: scope).behind > 0 { await Task.yield() }
            let asset = try await server.ask("GET", "/api/v1/assets", as: .northOperator).items.first
            #expect(asset?["prediction"]?["isStale"]?.bool == false)
            #expect(asset?["predictionNote"] == nil)
            #expect(asset?["modelNote"]?.string?.contains("the model before it goes on") == true)
            let latest = try await server.ask("GET", "/api/v1/predictions/latest", as: .northOperator)
            #expect(latest.items.map { $0["isStale"]?.bool } == [false])
            let attention = try await server.ask("GET", "/api/v1/attention", as: .northOperator)
            #expect(attention.items.map { $0["rank"]?.string } == ["PREDICTED"])
            let system = try await server.ask("GET", "/api/v1/system", as: .northOperator)
            #expect(system.json["lane"]?["reason"] == nil)
            let facts = system.json["summary"]?.list ?? []
            let fact = facts.first { $0["name"]?.string == "Predictions" }
            #expect(fact?["value"]?.string?.contains("the model before it goes on") == true)
            #expect(fact?["isGood"]?.bool == false)
            // It is refused by its own name all the same.
            let rows = #"[{"asset":"a","features":{"temp":50,"door":0,"door_since_s":0}}]"#
            let body = #"{"rows":\#(rows),"model":"\#(Self.lostHash)"}"#
            let answer = try await server.ask("POST", "/api/v1/predictions", as: .northOperator, body: body)
            #expect(answer.status == 503 && answer.code == "model_unwell")
        }
    }

    @Test(arguments: [(300, false), (301, true)])
    func `a schema that asks the next model for fewer rows makes no prediction younger`(
        seconds: Int,
        isStale: Bool
    ) async throws {
        try await TestServer.run { server in
            let scope = OrganizationScope(provenFor: server.north.id)
            try await server.prepare()
            let model = StumpModel(organization: "north", scores: (-3, 1))
            try await model.deploy(on: server, token: server.token(of: .northAdmin))
            let schema = TestServer.schema("north")
                .replacing(#""rules""#, with: #""predictEverySeconds": 3600, "rules""#)
            let put = try await server.ask("PUT", "/api/v1/schema", as: .northAdmin, body: schema)
            #expect(put.status == 200, "\(put.text)")
            try await server.settle(predicting: true, in: scope)
            try await server.push([50])
            try await server.settle(predicting: true, in: scope)
            server.clock.advance(by: .seconds(seconds))
            let asset = try await server.ask("GET", "/api/v1/assets", as: .northOperator).items.first
            #expect(asset?["prediction"]?["isStale"]?.bool == isStale)
            let attention = try await server.ask("GET", "/api/v1/attention", as: .northOperator)
            #expect(attention.items.map { $0["rank"]?.string } == [isStale ? "UNKNOWN" : "PREDICTED"])
        }
    }
}
