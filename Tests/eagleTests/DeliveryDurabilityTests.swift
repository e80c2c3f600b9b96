import Foundation
import TestSupport
import Testing

/// A server that is killed between deciding and delivering, again and again.
@Suite(.serialized, .timeLimit(.minutes(60))) struct DeliveryDurabilityTests {
    private static let schema = """
        {"organization":"harbor","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
        "continuousColumns":["pressure"],"rules":[{"id":"low","kind":"limit","tag":"pressure","low":3}]}
        """
    private static let rounds = 10

    private func json(_ body: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    @Test func `kills at any moment leave each alert delivered, known by its key, and no open alarm twice`() throws {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        let settings = folder.path("eagle.yaml")
        try "delivery: {allow: [127.0.0.1]}\n".write(toFile: settings, atomically: true, encoding: .utf8)
        let receiver = try WebhookReceiver(seed: 4)
        defer { receiver.stop() }
        let stranger = try WebhookReceiver(seed: 5)
        defer { stranger.stop() }
        for (slug, port) in [("harbor", receiver.port), ("quarry", stranger.port)] {
            #expect(try EagleProcess.run(["organization", "create", slug, "--data", data]).status == 0)
            let place = ["--organization", slug, "--data", data]
            let target = #"{"name":"hook","kind":"webhook","url":"http://127.0.0.1:\#(port)/alerts"}"#
            let added = try EagleProcess.run(["delivery", "add", "-"] + place, input: target)
            #expect(added.status == 0, "\(added.errors)")
            let policy = #"{"routes":[{"id":"all","targets":["hook"]}],"perMinuteMax":1000,"system":[]}"#
            let put = try EagleProcess.run(["delivery", "policy", "set", "-"] + place, input: policy)
            #expect(put.status == 0, "\(put.errors)")
        }
        let user = [
            "user", "create", "--data", data, "--email", "a@harbor.example", "--role", "ADMIN", "--organization",
            "harbor",
        ]
        #expect(try EagleProcess.run(user, input: "a good password\n").status == 0)
        var generator = SeededGenerator(seed: 21)
        var token = ""
        // The server goes by the clock, and tells nobody of what was a day ago.
        let start = Date.now.addingTimeInterval(-Double(Self.rounds * 1_000 * 5))
        for round in 0..<Self.rounds {
            let server = try EagleServer(data: data, arguments: ["--config", settings])
            if round == 0 { token = try begin(server) }
            let count = Int.random(in: 1...6, using: &generator)
            for batch in 0..<count {
                if batch == count - 1 {
                    let process = server.identifier
                    // Some milliseconds on: while readings, alarms, plans and notices are on their way.
                    let wait = UInt32.random(in: 0...40_000, using: &generator)
                    Thread.detachNewThread {
                        usleep(wait)
                        Foundation.kill(process, SIGKILL)
                    }
                }
                let first = round * 1_000 + batch * 10
                let rows = (first..<first + 10).map { number in
                    let time = start.addingTimeInterval(Double(number * 5)).formatted(.iso8601)
                    return #"{"time":"\#(time)","pump":"p\#(number % 5)","pressure":\#(number % 3 == 0 ? 2 : 5)}"#
                }
                _ = try? HTTPExchange.send(
                    "POST",
                    "/api/v1/readings",
                    port: server.port,
                    token: token,
                    type: "application/x-ndjson",
                    body: rows.joined(separator: "\n")
                )
            }
            server.waitUntilKilled()
        }
        let server = try EagleServer(data: data, arguments: ["--config", settings])
        defer { server.kill() }
        try check(server, token: token, receiver)
        #expect(stranger.documents.isEmpty)
    }

    /// Signs in, and puts the schema.
    private func begin(_ server: EagleServer) throws -> String {
        let login = #"{"email":"a@harbor.example","password":"a good password"}"#
        let session = try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: login)
        let token = try #require(try json(session.body)["accessToken"] as? String)
        let put = try HTTPExchange.send(
            "PUT",
            "/api/v1/schema",
            port: server.port,
            token: token,
            body: Self.schema
        )
        #expect(put.status == 200, "\(put.body)")
        return token
    }

    private func check(_ server: EagleServer, token: String, _ receiver: WebhookReceiver) throws {
        func items(_ path: String) throws -> [[String: Any]] {
            let answer = try HTTPExchange.send("GET", path, port: server.port, token: token)
            try #require(answer.status == 200, "\(path): \(answer.body)")
            return try #require(try json(answer.body)["items"] as? [[String: Any]])
        }
        // Until all readings are worked through and nothing waits to be sent.
        var alerts: [[String: Any]] = []
        while true {
            try Task.checkCancellation()  // By the suite's time limit: something is never delivered.
            let system = try HTTPExchange.send("GET", "/api/v1/system", port: server.port, token: token)
            let lane = try #require(try json(system.body)["lane"] as? [String: Any])
            guard lane["behind"] as? Int == 0 else { continue }
            alerts = try items("/api/v1/alerts?after=0&limit=1000")
            let told = alerts.filter { $0["annunciates"] as? Bool == true }.count
            let delivered = try items("/api/v1/deliveries?state=delivered&limit=1000").count
            let pending = try items("/api/v1/deliveries?state=pending&limit=1000").count
            if pending == 0, delivered >= told { break }
        }
        let sequences = Set(alerts.filter { $0["annunciates"] as? Bool == true }.compactMap { $0["sequence"] as? Int })
        #expect(sequences.count > 20)
        let deliveries = try items("/api/v1/deliveries?limit=1000")
        #expect(Set(deliveries.compactMap { $0["sequence"] as? Int }) == sequences)
        #expect(deliveries.count == sequences.count)
        // Each at least once, under its key and no other.
        let keys = Set(deliveries.compactMap { $0["key"] as? String })
        #expect(Set(receiver.documents.keys) == keys)
        // What came again under a key says the same.
        var repeated = 0
        for documents in receiver.documents.values {
            let said = try documents.map { try json($0)["alert"] as? [String: Any] }.map { $0?["sequence"] as? Int }
            #expect(Set(said).count == 1)
            repeated += documents.count - 1
        }
        #expect(repeated > 0)
        let open = try items("/api/v1/alarms?open=true&limit=200")
        let conditions = open.map { "\($0["asset"] ?? "") \($0["condition"] ?? "")" }
        #expect(Set(conditions).count == conditions.count)
    }
}
