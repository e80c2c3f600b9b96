import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

@testable import Web

/// Training runs, their configuration and their schedule, as clients meet them.
@Suite struct TrainingTests {
    @Test func `a run is queued once, shown, listed and cancelled`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let asked = #"{"configuration":{"days":30,"parameters":{"num_leaves":31}}}"#
            let made = try await server.ask("POST", "/api/v1/training-runs", as: .northAdmin, body: asked)
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["state"]?.string == "QUEUED")
            let id = try #require(made.json["id"]?.string)
            #expect(made.header("location") == "/api/v1/training-runs/\(id)")
            let again = try await server.ask("POST", "/api/v1/training-runs", as: .northAdmin, body: "{}")
            #expect(again.status == 409)
            let shown = try await server.ask("GET", "/api/v1/training-runs/\(id)", as: .northOperator)
            #expect(shown.json["configuration"]?["days"] == made.json["configuration"]?["days"])
            let list = try await server.ask("GET", "/api/v1/training-runs?limit=1", as: .northOperator)
            #expect(list.json["items"]?.list.count == 1)
            let cancelled = try await server.ask("POST", "/api/v1/training-runs/\(id)/cancel", as: .northAdmin)
            #expect(cancelled.json["state"]?.string == "CANCELLED", "\(cancelled.text)")
            #expect(cancelled.json["cancelledBy"]?.string?.contains("@") ?? false)
        }
    }

    @Test func `a configuration that means nothing is refused with its path`() async throws {
        try await TestServer.run { server in
            let without = try await server.ask("POST", "/api/v1/training-runs", as: .northAdmin, body: "{}")
            #expect(without.code == "schema_missing")
            try await server.prepare()
            for (body, path, words) in [
                (#"{"parameters":{"num_leavs":3}}"#, "num_leavs", "did you mean 'num_leaves'?"),
                (#"{"tags":["nothing"]}"#, "tags", "no tag"), (#"{"dayz":3}"#, "dayz", "did you mean 'days'?"),
                (#"{"judgedShare":2}"#, "judgedShare", "0.05"),
            ] {
                let answer = try await server.ask(
                    "PUT",
                    "/api/v1/training-configuration",
                    as: .northAdmin,
                    body: body
                )
                #expect(answer.status == 422, "\(answer.text)")
                #expect(answer.text.contains(path) && answer.text.contains(words), "\(answer.text)")
            }
            let kept = try await server.ask("GET", "/api/v1/training-configuration", as: .northOperator)
            #expect(kept.json["promotion"]?.string == "challenger")
            let put = try await server.ask(
                "PUT",
                "/api/v1/training-configuration",
                as: .northAdmin,
                body: #"{"promotion":"champion"}"#
            )
            #expect(put.json["promotion"]?.string == "champion")
        }
    }

    @Test func `a schedule says when it comes next, and a wrong one what is wrong`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            #expect(try await server.ask("GET", "/api/v1/schedule", as: .northAdmin).status == 404)
            for (body, words) in [
                (#"{"cron":"61 * * * *"}"#, "'61' is no minute"),
                (#"{"cron":"@daily","timeZone":"Asia/Calcuta"}"#, "Asia/Kolkata"),
                (#"{"cron":"@daily","jitterSeconds":-1}"#, "0 to 86400"),
            ] {
                let answer = try await server.ask("PUT", "/api/v1/schedule", as: .northAdmin, body: body)
                #expect(answer.status == 422)
                #expect(answer.text.contains(words), "\(answer.text)")
            }
            let put = try await server.ask(
                "PUT",
                "/api/v1/schedule",
                as: .northAdmin,
                body: #"{"cron":"30 2 * * *","timeZone":"Asia/Kolkata"}"#
            )
            #expect(put.json["nextAt"]?.string?.hasSuffix("T21:00:00Z") ?? false, "\(put.text)")
            #expect(try await server.ask("GET", "/api/v1/schedule", as: .northOperator).text == put.text)
            #expect(try await server.ask("DELETE", "/api/v1/schedule", as: .northAdmin).status == 204)
            #expect(try await server.ask("GET", "/api/v1/schedule", as: .northAdmin).status == 404)
        }
    }

    @Test func `how a run goes on is told on the organization's stream, and on no other`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await server.prepare(.southAdmin)
            let north = OrganizationScope(provenFor: server.north.id)
            var started = TrainingLog(id: ID(UUID()), cause: .schedule, queuedAt: .t0)
            started.state = .started
            started.step = "growing trees"
            started.progress = 0.5
            let log = started
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                while server.context.trainingNews.listenerCount(in: north) == 0 { await Task.yield() }
                server.context.trainingNews.publish([log], in: north)
                let told = try await stream.message().json
                #expect(told["type"]?.string == "training")
                #expect(told["run"]?["step"]?.string == "growing trees")
            }
            let south = OrganizationScope(provenFor: server.south.id)
            let heard = server.context.trainingNews.subscribe(in: south)
            server.context.trainingNews.publish([log], in: north)
            var own = TrainingLog(id: ID(UUID()), cause: .request, queuedAt: .t0)
            own.state = .failed
            server.context.trainingNews.publish([own], in: south)
            for try await first in heard {
                #expect(first.id == own.id)
                break
            }
        }
    }

    @Test func `the ledger answers what was live at an instant`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let scope = OrganizationScope(provenFor: server.north.id)
            let models = server.context.stores.models
            let versions = try ["a", "b"].map { try #require(ModelVersion(hash: String(repeating: $0, count: 64))) }
            for (index, version) in versions.enumerated() {
                let model = RegisteredModel(version: version, manifest: "{}", byteSize: 1, path: "", registeredAt: .t0)
                _ = try await models.register(model, in: scope)
                _ = try await models.move(
                    [AliasMove(.champion, to: version)],
                    because: AliasReason(by: "ann", reason: "number \(index)"),
                    at: .t0 + .seconds(3_600 * index),
                    in: scope
                )
            }
            for (minutes, expected) in [(-1, nil), (0, 0), (59, 0), (60, 1), (900, 1)] as [(Int, Int?)] {
                let instant = Instant.t0 + .seconds(60 * minutes)
                let answer = try await server.ask("GET", "/api/v1/models/ledger?at=\(instant)", as: .northOperator)
                #expect(answer.json["items"]?.list.first?["reason"]?.string == expected.map { "number \($0)" })
            }
            let none = try await server.ask("GET", "/api/v1/models/ledger?alias=challenger", as: .northOperator)
            #expect(none.json["items"]?.list.isEmpty ?? false)
        }
    }
}
