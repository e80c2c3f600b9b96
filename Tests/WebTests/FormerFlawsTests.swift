import Database
import Foundation
import HTTPTypes
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// What the system before this one did wrong, one test each, by the flaw's name.
@Suite(.timeLimit(.minutes(60))) struct FormerFlawsTests {
    private static func rule(_ message: String) -> String {
        #"{"id":"hot","kind":"limit","tag":"temp","high":100,"message":"\#(message)"}"#
    }

    /// Waits for something that comes by itself.
    private func until<Value: Sendable>(_ look: () async throws -> Value?) async throws -> Value {
        while true {
            if let value = try await look() { return value }
            await Task.yield()
        }
    }

    // MARK: - Isolation

    @Test func `shared cache: the same names and numbers in two organizations are two things`() async throws {
        try await TestServer.run { server in
            let sides: [(TestServer.Person, String)] = [(.northAdmin, "of the north"), (.southAdmin, "of the south")]
            for (person, mark) in sides { try await server.prepare(person, rules: Self.rule(mark)) }
            // Whatever was kept for the one who asked first must not answer the other, in whichever order they come.
            for round in 0..<3 {
                for (person, _) in round.isMultiple(of: 2) ? sides : sides.reversed() {
                    try await server.push([50, 150], from: 10 * round, as: person)
                }
                for (person, mark) in sides {
                    let alerts = try await until {
                        let alerts = try await server.ask("GET", "/api/v1/alerts", as: person).items
                        return alerts.count > 2 * round ? alerts : nil
                    }
                    #expect(alerts.first?["sequence"]?.int == 1)
                    for path in ["alerts", "alarms", "rules", "schema"] {
                        let answer = try await server.ask("GET", "/api/v1/\(path)", as: person)
                        #expect(answer.text.contains(mark), "\(path)")
                        for (_, other) in sides where other != mark { #expect(!answer.text.contains(other), "\(path)") }
                    }
                    let told = try await TestStream.with(server, as: person, query: "?after=0") { stream in
                        try await stream.message().text
                    }
                    #expect(told.contains(mark) && told.contains(#""sequence":1,"#))
                }
            }
        }
    }

    @Test func `shared cache: models of the same columns give each organization its own numbers`() async throws {
        try await TestServer.run { server in
            let sides = [
                (TestServer.Person.northAdmin, server.north, StumpModel(organization: "north", scores: (-3, 1))),
                (.southAdmin, server.south, StumpModel(organization: "south", scores: (-2, 2))),
            ]
            var versions: [String] = []
            for (person, organization, model) in sides {
                try await server.prepare(person)
                versions.append(try await model.deploy(on: server, token: server.token(of: person)))
                try await server.settle(predicting: true, in: OrganizationScope(provenFor: organization.id))
            }
            let rows = [50.0, 150].map {
                #"{"asset":"furnace-1","features":{"temp":\#($0),"door":0,"door_since_s":0}}"#
            }
            for round in 0..<6 {
                for (index, (person, organization, model)) in sides.enumerated() {
                    // Whoever asked first has both models in memory when the other asks.
                    @Sendable func ask(of version: String?) async throws -> Answer {
                        let which = version.map { #","model":"\#($0)""# } ?? ""
                        let body = #"{"rows":[\#(rows.joined(separator: ","))]\#(which)}"#
                        return try await server.ask("POST", "/api/v1/predictions", as: person, body: body)
                    }
                    for answer in [try await ask(of: nil), try await ask(of: versions[index])] {
                        #expect(answer.json["modelVersion"]?.string == versions[index])
                        let said = (answer.json["predictions"]?.list ?? []).compactMap { $0["probability"]?.number }
                        #expect(Self.isClose(said, [50, 150].map(model.probability)), "\(organization.slug): \(said)")
                    }
                    #expect(try await ask(of: versions[1 - index]).status == 404)
                    // And so of rows that the same machine sends to both.
                    try await server.push([50, 150], from: 2 * round, as: person)
                    let scope = OrganizationScope(provenFor: organization.id)
                    try await server.settle(predicting: true, in: scope)
                }
            }
            for (person, organization, model) in sides {
                let assets = try await server.ask("GET", "/api/v1/assets", as: person)
                let asset = try #require(assets.items.first?["id"]?.string)
                let kept = try await server.ask("GET", "/api/v1/predictions?asset=\(asset)&limit=100", as: person)
                let said = kept.items.compactMap { $0["probability"]?.number }
                let expected = (0..<6).flatMap { _ in [50, 150].map(model.probability) }
                #expect(Self.isClose(said.sorted(), expected.sorted()), "\(organization.slug): \(said)")
            }
        }
    }

    private static func isClose(_ said: [Double], _ expected: [Double]) -> Bool {
        said.count == expected.count && zip(said, expected).allSatisfy { abs($0 - $1) < 1e-6 }
    }

    @Test func `lookup by id: another organization's id is answered as one that is nowhere`() async throws {
        try await TestServer.run { server in
            let ids = try await server.furnishCanary()
            let routes = WebServer.routes(Authentication(sessions: try await Sessions(context: server.context)))
            let before = try await server.wholeView(.northAdmin)
            var checked = 0
            for route in routes where route.path.contains("{") {
                let name = route.path.contains("{hash}") ? "{hash}" : "{id}"
                let nowhere = name == "{hash}" ? String(repeating: "e", count: 64) : UUID().uuidString.lowercased()
                @Sendable func ask(_ id: String) async throws -> Answer {
                    try await server.ask(
                        route.method.rawValue,
                        route.path.replacing(name, with: id),
                        as: .southAdmin,
                        body: route.method == .get
                            ? nil : FuzzTarget.bodies["\(route.method.rawValue) \(route.path)"] ?? "{}"
                    )
                }
                let expected = try await ask(nowhere)
                #expect(
                    [400, 403, 404, 422].contains(expected.status),
                    "\(route.method) \(route.path): \(expected.text)"
                )
                let own = try await Self.ownIDs(server)
                for id in ids where !own.contains(id) && (id.utf8.count == 64) == (name == "{hash}") {
                    let answer = try await ask(id)
                    #expect(answer.status == expected.status, "\(route.method) \(route.path) with \(id)")
                    for key in ["code", "detail", "title", "errors"] {
                        #expect(answer.json[key] == expected.json[key], "\(route.method) \(route.path) with \(id)")
                    }
                    checked += 1
                }
            }
            #expect(checked > 100)
            let after = try await server.wholeView(.northAdmin)
            #expect(after.differences(from: before) == [])
        }
    }

    private static func ownIDs(_ server: TestServer) async throws -> Set<String> {
        var own: Set<String> = [server.south.id.description]
        for path in ["alarms", "assets", "training-runs", "delivery-targets"] {
            let answer = try await server.ask("GET", "/api/v1/\(path)", as: .southAdmin)
            own.formUnion(answer.items.compactMap { $0["id"]?.string })
        }
        return own
    }

    // MARK: - Data

    @Test func `newest row only: every row between two looks at a source counts`() async throws {
        let folder = try TemporaryDirectory()
        let path = SourceSettings.resolved(folder.path("scada.sqlite"))
        let scada = try SQLiteDatabase(.file(path))
        let start = Instant.t0
        try await scada.transaction { transaction in
            try transaction.execute(
                "CREATE TABLE scan (id INTEGER PRIMARY KEY, machine TEXT, timestamp TEXT, temp REAL, door INTEGER)"
            )
            // One row of fifty is hot, and it is not the newest.
            for second in 0..<50 {
                let temperature = second == 20 ? 150.0 : 50
                try transaction.execute(
                    """
                    INSERT INTO scan (id, machine, timestamp, temp, door)
                    VALUES (\(second + 1), 'furnace-1', \("\(start + .seconds(second))"), \(temperature), \(0))
                    """
                )
            }
        }
        try await TestServer.run(sourceFolders: ["north": [SourceSettings.resolved(folder.path)], "south": []]) {
            server in
            server.clock.advance(by: .seconds(60))
            try await server.prepare(rules: Self.rule("too hot"))
            let source = #"{"kind":"sqlite","path":"\#(path)","table":"scan","orderColumn":"id"}"#
            let put = try await server.ask("PUT", "/api/v1/source", as: .northAdmin, body: source)
            #expect(put.status == 200, "\(put.text)")
            let alerts = try await until {
                let alerts = try await server.ask("GET", "/api/v1/alerts", as: .northAdmin).items
                return alerts.count >= 2 ? alerts : nil
            }
            #expect(alerts.first?["change"]?.string == "raised")
            let raised = try await server.ask("GET", "/api/v1/alarms", as: .northAdmin)
            #expect(raised.items.first?["raisedAt"]?.string == "\(start + .seconds(20))")
            let counts = try await server.ask("GET", "/api/v1/source/status", as: .northAdmin)
            #expect(counts.json["accepted"]?.int == 50)
        }
    }

    @Test(arguments: [
        #""yesterday""#, #""""#, "null", #""31.01.2026 06:00""#, #""2026-02-30T06:00:00Z""#, #""1769839200""#,
        "1769839200",
        #""2026-01-31 06:00:00""#, #""now""#, "true",
    ])
    func `wrong time by default: a time that can't be read is set apart, and is never now`(time: String) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let body = Data(#"[{"machine":"furnace-1","timestamp":\#(time),"temp":150,"door":false}]"#.utf8)
            let answer = try await server.ask("POST", "/api/v1/readings", as: .northAdmin, data: body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["accepted"]?.int == 0)
            #expect(answer.json["quarantined"]?.int == 1)
            #expect(answer.json["quarantine"]?.list.first?["reason"]?.string?.isEmpty == false)
            let assets = try await server.ask("GET", "/api/v1/assets", as: .northAdmin)
            #expect(assets.items.isEmpty)
            let alarms = try await server.ask("GET", "/api/v1/alarms", as: .northAdmin)
            #expect(alarms.items.isEmpty)
        }
    }

    @Test func `wrong time by default: a time without a zone is the schema's zone's, and nobody else's`() async throws {
        try await TestServer.run { server in
            let schema = TestServer.schema("north").replacing(
                #""sourceStaleSeconds""#,
                with: #""timeZone": "Asia/Kolkata", "sourceStaleSeconds""#
            )
            let put = try await server.ask("PUT", "/api/v1/schema", as: .northAdmin, body: schema)
            #expect(put.status == 200)
            let body = Data(#"[{"machine":"m","timestamp":"2025-12-31 06:00:00","temp":50,"door":false}]"#.utf8)
            let answer = try await server.ask("POST", "/api/v1/readings", as: .northAdmin, data: body)
            #expect(answer.json["accepted"]?.int == 1, "\(answer.text)")
            let assets = try await server.ask("GET", "/api/v1/assets", as: .northAdmin)
            #expect(assets.items.first?["lastReading"]?["at"]?.string == "2025-12-31T00:30:00Z")
        }
    }

    // MARK: - The server

    @Test func `secrets in logs: neither passwords nor tokens are logged, whatever fails`() async throws {
        let book = LogBook()
        try await TestServer.run(logger: book.logger()) { server in
            let secrets = ["s3cret-passw0rd", "s3cret-refresh", "s3cret-bearer", "s3cret-topic-token"]
            func login() async throws -> Answer {
                try await server.ask(
                    "POST",
                    "/api/v1/auth/login",
                    body: #"{"email":"northAdmin@example.com","password":"\#(secrets[0])"}"#
                )
            }
            #expect(try await login().status == 401)
            server.database.fail(at: Set((1...1_000).map { .read($0) }), with: .corrupt)
            let failed = try await login()
            #expect(failed.status == 500)
            #expect(!failed.text.contains(secrets[0]))
            server.database.fail(at: [])
            try await server.ask("POST", "/api/v1/auth/refresh", body: #"{"refreshToken":"\#(secrets[1])"}"#)
            try await server.ask("POST", "/api/v1/auth/login", body: #"{"email":"a","password":"\#(secrets[0])"#)
            try await server.ask("GET", "/api/v1/alarms", token: secrets[2])
            let target =
                #"{"name":"a","kind":"ntfy","server":"https://127.0.0.1:1","topic":"t","token":"\#(secrets[3])"}"#
            server.database.fail(at: Set((1...1_000).map { .commit($0) }), with: .corrupt)
            let kept = try await server.ask("POST", "/api/v1/delivery-targets", as: .northAdmin, body: target)
            #expect(kept.status >= 500)
            server.database.fail(at: [])
            let log = book.text
            // The log is there: the failures are in it, with their requests.
            #expect(log.contains("a request failed"))
            for secret in secrets + [server.token(of: .northAdmin)] { #expect(!log.contains(secret), "\(secret)") }
        }
    }
}
