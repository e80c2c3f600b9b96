import Alarms
import Features
import Foundation
import HTTPTypes
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving
@testable import Web

/// What is asked of models over HTTP, as far as it goes without one that was trained.
@Suite struct ServingRouteTests {
    private func withForeignModel(_ server: TestServer) async throws -> ModelVersion {
        let version = try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        let scope = OrganizationScope(provenFor: server.north.id)
        let model = RegisteredModel(version: version, manifest: "{}", byteSize: 1, path: "", registeredAt: .t0)
        _ = try await server.context.stores.models.register(model, in: scope)
        return version
    }

    @Test func `predictions are refused with the reason, and what to do`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            func ask(_ body: String) async throws -> Answer {
                try await server.ask("POST", "/api/v1/predictions", as: .northOperator, body: body)
            }
            let off = try await ask(#"{"rows":[{"asset":"a","features":{}}]}"#)
            #expect(off.status == 409)
            #expect(off.json["detail"]?.string?.contains("prediction-switch") == true)
            try await server.ask(
                "PUT",
                "/api/v1/prediction-switch",
                as: .northAdmin,
                body: #"{"predictionEnabled":true}"#
            )
            let without = try await ask(#"{"rows":[{"asset":"a","features":{}}]}"#)
            #expect(without.status == 409)
            #expect(without.json["detail"]?.string == "No model is live: train one and deploy it.")
            #expect(try await ask(#"{"rows":[]}"#).errorPath == "rows")
            #expect(try await ask("{").status == 400)
            #expect(try await ask("{}").status == 422)
            let mixed = try await ask(#"{"readings":[],"model":"\#(String(repeating: "a", count: 64))"}"#)
            #expect(mixed.errorPath == "model")
            let unread = try await ask(#"{"readings":[{"machine":"furnace-1","timestamp":"no time"}]}"#)
            #expect(unread.status == 422)
        }
    }

    @Test func `the first schema sets the prediction switch, and later ones leave it as it is`() async throws {
        try await TestServer.run { server in
            func put(_ isEnabled: Bool, horizon: Int) async throws {
                let schema = TestServer.schema("north").replacing(
                    #""rules""#,
                    with: #""predictionEnabled": \#(isEnabled), "horizonMinutes": \#(horizon), "rules""#
                )
                let answer = try await server.ask("PUT", "/api/v1/schema", as: .northAdmin, body: schema)
                #expect(answer.status == 200)
            }
            func isOn() async throws -> Bool? {
                try await server.ask("GET", "/api/v1/prediction-switch", as: .northAdmin).json["predictionEnabled"]?
                    .bool
            }
            #expect(try await isOn() == false)
            try await put(true, horizon: 60)
            #expect(try await isOn() == true)
            try await put(false, horizon: 120)
            #expect(try await isOn() == true)
            try await server.ask(
                "PUT",
                "/api/v1/prediction-switch",
                as: .northAdmin,
                body: #"{"predictionEnabled":false}"#
            )
            for _ in 0..<2 { try await put(true, horizon: 180) }
            #expect(try await isOn() == false)
        }
    }

    @Test func `a champion whose file is gone is the server's trouble and not the asker's`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let version = try #require(ModelVersion(hash: String(repeating: "b", count: 64)))
            let scope = OrganizationScope(provenFor: server.north.id)
            let manifest = try Self.manifest()
            let models = server.context.stores.models
            let model = RegisteredModel(
                version: version,
                manifest: String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self),
                byteSize: 1,
                path: "",
                registeredAt: .t0
            )
            _ = try await models.register(model, in: scope)
            let reason = AliasReason(by: "test", reason: "test")
            _ = try await models.move([AliasMove(.champion, to: version)], because: reason, at: .t0, in: scope)
            try await server.context.stores.organizations.setPredictionEnabled(true, in: scope)
            let features = manifest.view.featureNames.map { #""\#($0)":1"# }.joined(separator: ",")
            for named in ["", #","model":"\#(version.hash)""#] {
                let answer = try await server.ask(
                    "POST",
                    "/api/v1/predictions",
                    as: .northOperator,
                    body: #"{"rows":[{"asset":"a","features":{\#(features)}}]\#(named)}"#
                )
                #expect(answer.status == 503)
                #expect(answer.code == "model_unwell")
                #expect(answer.header("retry-after") == "60")
                #expect(answer.json["detail"]?.string?.contains("the model's file is gone") == true)
            }
        }
    }

    private static func manifest() throws -> ModelManifest {
        let schema = SignalSchema(organization: "north", continuousColumns: ["temp"], booleanColumns: ["door"])
        let view = FeatureView(schema: schema)
        return ModelManifest(
            organization: "north",
            view: view,
            viewHash: view.hash,
            predictEverySeconds: 0,
            horizonMinutes: 60,
            components: [],
            survivalBins: nil,
            calibration: .identity,
            confidence: nil,
            threshold: 0.5,
            raiseAfter: 1,
            clearBelow: 0.5,
            quality: .judged,
            qualityReason: "",
            data: ModelManifest.Data(
                from: .t0,
                until: .t0,
                observedUntil: .t0,
                assets: 1,
                rows: 2,
                positives: 1,
                episodes: 1,
                snapshotHash: ""
            ),
            parameters: [:],
            libraries: [:],
            ranking: Ranking(probabilities: [0.1, 0.9], outcomes: [false, true]),
            episodes: EpisodeEvaluation(
                raises: [],
                over: EpisodeEvaluation.Watch(
                    spans: [:],
                    history: FailureHistory(failures: [], latestRow: .t0),
                    horizon: .seconds(60)
                ),
                costs: EpisodeEvaluation.Costs(missedFailure: 1, falseAlarm: 1)
            ),
            parity: ModelManifest.Parity(rows: 2, scoreDifferenceMax: 0, probabilityDifferenceMax: 0),
            contents: [:]
        )
    }

    @Test func `a foreign version is not found, and the cache is not asked`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let version = try await withForeignModel(server)
            try await server.ask(
                "PUT",
                "/api/v1/prediction-switch",
                as: .southAdmin,
                body: #"{"predictionEnabled":true}"#
            )
            let cache = server.context.registry.cache
            let before = cache.lookupCount
            let predicted = try await server.ask(
                "POST",
                "/api/v1/predictions",
                as: .southAdmin,
                body: #"{"rows":[{"asset":"a","features":{}}],"model":"\#(version.hash)"}"#
            )
            #expect(predicted.status == 404)
            for path in ["", "/health", "/card"] {
                let answer = try await server.ask("GET", "/api/v1/models/\(version.hash)\(path)", as: .southAdmin)
                #expect(answer.status == 404)
            }
            let deployed = try await server.ask(
                "POST",
                "/api/v1/models/\(version.hash)/deploy",
                as: .southAdmin,
                body: #"{"reason":"theirs"}"#
            )
            #expect(deployed.status == 404)
            #expect(cache.lookupCount == before)
            #expect(cache.figures(in: OrganizationScope(provenFor: server.south.id)) == CacheFigures())
            // Whoever may ask for it does so: by each of these ways the cache would have been asked.
            for (method, path) in [("GET", "/health"), ("POST", "/deploy")] {
                let asked = cache.lookupCount
                let body = method == "POST" ? #"{"reason":"ours"}"# : nil
                try await server.ask(method, "/api/v1/models/\(version.hash)\(path)", as: .northAdmin, body: body)
                #expect(cache.lookupCount > asked)
            }
        }
    }

    @Test func `whoever is refused because too many rows wait is told when to come back`() async throws {
        try await TestServer.run(
            addedRoutes: { _ in
                [Route(.get, "/api/v1/full", .open { _ in throw TooManyRows(retryAfterSeconds: 7) })]
            },
            { server in
                let refused = try await server.ask("GET", "/api/v1/full")
                #expect(refused.status == 429)
                #expect(refused.header("retry-after") == "7")
                #expect(refused.json["detail"]?.string?.hasPrefix("Too many rows wait for predictions") == true)
            }
        )
    }

    @Test func `health, serving and system alarms say what is there`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let version = try await withForeignModel(server)
            let health = try await server.ask("GET", "/api/v1/models/\(version.hash)/health", as: .northOperator)
            #expect(health.status == 200)
            #expect(health.json["isHealthy"]?.bool == false)
            #expect(health.text.contains("the model's file is gone"))
            let serving = try await server.ask("GET", "/api/v1/serving", as: .northOperator)
            #expect(serving.json["breakers"]?["model"]?["state"]?.string == "closed")
            #expect(serving.json["cache"]?["policy"]?.string == "auto")
            #expect(serving.json["predictions"]?["rowCount"]?.int == 0)
            let alarms = try await server.ask("GET", "/api/v1/system-alarms", as: .northAdmin)
            #expect(alarms.status == 200 && alarms.items.isEmpty)
        }
    }

    @Test func `how fast answers were and how good the live model is are told, and to nobody else`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let version = try await withForeignModel(server)
            let scope = OrganizationScope(provenFor: server.north.id)
            _ = try await server.context.stores.models.move(
                [AliasMove(.champion, to: version)],
                because: AliasReason(by: "test", reason: "test"),
                at: .t0,
                in: scope
            )
            var metrics = ModelMetrics(version: version, measuredAt: .t0)
            metrics.accuracy = 0.9
            try await server.context.stores.metrics.save(metrics, in: scope)
            let book = server.context.lanes.predictions.metrics
            for milliseconds in 1...100 {
                book.answered(rowCount: 1, after: .milliseconds(milliseconds), .live, in: scope)
            }
            let serving = try await server.ask("GET", "/api/v1/serving", as: .northOperator)
            #expect(serving.json["live"]?["accuracy"]?.number == 0.9)
            let said = serving.json["predictions"]
            for (name, expected) in [("p50", 50.0), ("p95", 95), ("p99", 99)] {
                let milliseconds = try #require(said?["\(name)Milliseconds"]?.number)
                #expect(abs(milliseconds - expected) < 2)  // To two digits.
            }
            try await server.prepare(.southAdmin)
            let theirs = try await server.ask("GET", "/api/v1/serving", as: .southOperator)
            #expect(theirs.status == 200)
            #expect(theirs.json["predictions"]?["p50Milliseconds"] == nil && theirs.json["live"] == nil)
        }
    }

    @Test func `admins hear on their stream what is wrong with Eagle itself, and nobody else does`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let scope = OrganizationScope(provenFor: server.north.id)
            let alarm = SystemAlarm(
                id: ID(UUID()),
                kind: .sourceLost,
                subject: "source",
                message: "No reading has come for 5 minutes.",
                raisedAt: .t0
            )
            #expect(try await server.context.stores.systemAlarms.raise(alarm, in: scope))
            #expect(try await !server.context.stores.systemAlarms.raise(alarm, in: scope))
            let news = server.context.lanes.systemNews
            try await TestStream.with(server, as: .northAdmin) { stream in
                _ = try await stream.message()
                while news.listenerCount(in: scope) == 0 { await Task.yield() }
                news.publish([alarm], in: scope)
                let message = try await stream.message()
                #expect(message.json["type"]?.string == "system")
                #expect(message.json["alarm"]?["kind"]?.string == "SOURCE_LOST")
            }
            for person in [TestServer.Person.northOperator, .southAdmin] {
                let isOperator = person == .northOperator
                try await TestStream.with(server, as: person) { stream in
                    _ = try await stream.message()
                    news.publish([alarm], in: scope)
                    guard isOperator else { return }
                    try await server.push([150])
                    let message = try await stream.message()
                    #expect(message.json["type"]?.string == "alert")
                }
            }
            let alarms = try await server.ask("GET", "/api/v1/system-alarms", as: .northAdmin)
            #expect(alarms.items.count == 1)
            let foreign = try await server.ask("GET", "/api/v1/system-alarms", as: .southAdmin)
            #expect(foreign.items.isEmpty)
        }
    }
}
