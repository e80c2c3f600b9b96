import Database
import Foundation
import TestSupport
import Testing

/// What `eagle alarm replay` says of alarms that the real server raised, beside it and after it.
@Suite(.timeLimit(.minutes(60))) struct AlarmReplayTests {
    /// A server whose plant has had a predicted alarm and one by a rule.
    private final class Harbor {
        let folder: TemporaryDirectory
        let server: EagleServer
        let token: String
        var data: String { folder.path("data") }

        init() throws {
            folder = try TemporaryDirectory()
            let schema = """
                {"organization":"harbor","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
                "continuousColumns":["pressure"],"rollingWindows":[7200],"horizonMinutes":600,\
                "allowedLatenessSeconds":7200,"components":{"seal":["pressure"]},\
                "rules":[{"id":"high","kind":"limit","tag":"pressure","high":20,"onDelaySeconds":1800}]}
                """
            var (rows, failures) = ("time,pump,pressure\n", "asset,timestamp,component\n")
            for hour in 0..<2_000 {
                rows += "\(Self.time(hour: hour)),p,\(Self.pressure(hour: hour))\n"
                if hour % 50 == 0, hour > 0 { failures += "p,\(Self.time(hour: hour)),seal\n" }
            }
            let model = folder.path("m.eaglemodel")
            let trained = try EagleProcess.run([
                "train", "--schema", try folder.write(schema, to: "schema.json"),
                "--readings", try folder.write(rows, to: "r.csv"),
                "--failures", try folder.write(failures, to: "f.csv"), "--output", model,
            ])
            try #require(trained.status == 0, "\(trained.errors)")
            let data = folder.path("data")
            for slug in ["harbor", "quarry"] {
                try #require(try EagleProcess.run(["organization", "create", slug, "--data", data]).status == 0)
            }
            let user = try EagleProcess.run(
                [
                    "user", "create", "--data", data, "--email", "a@b.example", "--role", "ADMIN", "--organization",
                    "harbor",
                ],
                input: "a good password\n"
            )
            try #require(user.status == 0, "\(user.errors)")
            server = try EagleServer(data: data)
            let login = #"{"email":"a@b.example","password":"a good password"}"#
            let session = try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: login)
            token = try #require(try Self.json(session.body)["accessToken"] as? String)
            try #require(try ask("PUT", "/schema", schema).status == 200)
            try live(model)
        }

        deinit { server.kill() }

        /// Deploys the model, and sends what makes it warn; an operator answers in between.
        private func live(_ model: String) throws {
            let upload = try HTTPExchange.send(
                "POST",
                "/api/v1/models",
                port: server.port,
                token: token,
                type: "application/octet-stream",
                bytes: Array(try Data(contentsOf: URL(fileURLWithPath: model)))
            )
            try #require(upload.status == 201, "\(upload.body)")
            let version = try #require(try Self.json(upload.body)["version"] as? String)
            try #require(try ask("PUT", "/prediction-switch", #"{"predictionEnabled":true}"#).status == 200)
            try #require(try ask("POST", "/models/\(version)/deploy", #"{"reason":"trial"}"#).status == 200)
            // 409 until the lane has its model.
            let row = #"{"time":"\#(Self.time(hour: 2_000))","pump":"p","pressure":5}"#
            _ = try eventually {
                try ask("POST", "/predictions", #"{"readings":[\#(row)]}"#).status == 200 ? true : nil
            }
            // One hour after the other, and one of them late: its row is put in its place.
            try push(Array(2_000..<2_010))
            try push([2_010, 2_011, 2_013, 2_012])
            for hour in 2_014..<2_100 { try push([hour]) }
            let first = try eventually { try alarms("PREDICTIVE").first }
            try #require(try ask("POST", "/alarms/\(first)/acknowledge", #"{"note":"seen"}"#).status == 200)
            for hour in 2_100..<2_160 { try push([hour]) }
            try pushPressure(25, hour: 2_160)
            try pushPressure(25, hour: 2_161)
            _ = try eventually { try alarms("WARNING").first }
        }

        func alarms(_ type: String) throws -> [String] {
            let items = try ask("GET", "/alarms?type=\(type)&limit=100").json["items"] as? [[String: Any]] ?? []
            return items.compactMap { $0["id"] as? String }
        }

        func push(_ hours: [Int]) throws {
            for hour in hours { try pushPressure(Self.pressure(hour: hour), hour: hour) }
        }

        private func pushPressure(_ pressure: Double, hour: Int) throws {
            let row = #"[{"time":"\#(Self.time(hour: hour))","pump":"p","pressure":\#(pressure)}]"#
            try #require(try ask("POST", "/readings", row).status < 300)
        }

        func ask(_ method: String, _ path: String, _ body: String = "") throws -> (status: Int, json: [String: Any]) {
            let answer = try HTTPExchange.send(method, "/api/v1" + path, port: server.port, token: token, body: body)
            return (answer.status, try Self.json(answer.body))
        }

        /// Asks until there is an answer.
        func eventually<Value>(_ body: () throws -> Value?) throws -> Value {
            for _ in 0..<20_000 {
                if let value = try body() { return value }
            }
            throw HTTPExchange.Failure(reason: "never")
        }

        private static func json(_ text: String) throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        }

        private static func time(hour: Int) -> String {
            Date(timeIntervalSince1970: 1_740_000_000 + Double(hour * 3_600)).formatted(.iso8601)
        }

        /// It climbs in the ten hours before each failure.
        private static func pressure(hour: Int) -> Double {
            (hour % 50 < 40 ? 5 : 9) + Double(hour * 37 % 11) / 10
        }

        /// Changes the store behind the server's back, after its end.
        func tamper(_ statement: SQL) async throws {
            let database = try SQLiteDatabase(.file(data + "/eagle.sqlite"))
            let count = try await database.transaction { try $0.execute(statement) }
            try #require(count > 0)
        }

        struct Said {
            let status: Int32
            let outcomes: [String: String]
            let text: String
        }

        func replay(_ alarm: String, organization: String? = nil) throws -> Said {
            let of = organization.map { ["--organization", $0] } ?? []
            let outcome = try EagleProcess.run(["alarm", "replay", alarm, "--data", data, "--json"] + of)
            let lines = try? Self.json(outcome.output)["lines"] as? [[String: Any]]
            let pairs = (lines ?? []).compactMap { line -> (String, String)? in
                guard let what = line["what"] as? String, let outcome = line["outcome"] as? String else { return nil }
                return (what, outcome)
            }
            return Said(
                status: outcome.status,
                outcomes: Dictionary(pairs) { first, _ in first },
                text: outcome.output + outcome.errors
            )
        }
    }

    @Test func `alarms of a real server come out the same beside it, and tampering is found after it`() async throws {
        let plant = try Harbor()
        let predicted = try plant.alarms("PREDICTIVE")
        let ruled = try plant.alarms("WARNING")
        try #require(predicted.count >= 2 && ruled.count == 1)
        let explained = try plant.eventually {
            let answer = try plant.ask("GET", "/alarms/\(predicted[0])/explanation")
            return answer.status == 200 ? answer.json : nil
        }
        #expect((explained["sentence"] as? String)?.contains("p's seal: pressure") ?? false, "\(explained)")
        // An alarm's first prediction, which is replayed, may be explained after its last.
        for alarm in predicted.prefix(2) {
            _ = try plant.eventually { try plant.replay(alarm).outcomes["readings"] == "same" ? true : nil }
        }
        // While the server runs, from its store as it is.
        for alarm in predicted + ruled {
            let said = try plant.replay(alarm)
            #expect(said.status == 0, "\(said.text)")
            #expect(said.outcomes["decision"] == "same")
        }
        let said = try plant.replay(predicted[0])
        for what in ["model", "readings", "feature row", "probability", "time to failure", "rows in a row"] {
            #expect(said.outcomes[what] == "same", "\(what): \(said.text)")
        }
        let table = try EagleProcess.run(["alarm", "replay", predicted[0], "--data", plant.data])
        #expect(table.status == 0 && table.output.contains("bit for bit"), "\(table.output)")
        // Of its own organization only; what is no id is used wrongly, what is not there fails.
        #expect(try plant.replay(predicted[0], organization: "quarry").status == 1)
        #expect(try plant.replay(predicted[0], organization: "nowhere").status == 1)
        #expect(try plant.replay("x").status == 2)
        plant.server.kill()
        try await tampering(plant, predicted)
    }

    private func tampering(_ plant: Harbor, _ predicted: [String]) async throws {
        // A prediction that says something else.
        try await plant.tamper(
            """
            UPDATE prediction SET probability = probability - 1e-9
            WHERE instant = (SELECT raised_at FROM alarm WHERE id = \(predicted[0]))
            """
        )
        let prediction = try plant.replay(predicted[0])
        #expect(prediction.status == 3 && prediction.outcomes["probability"] == "differs", "\(prediction.text)")
        #expect(prediction.outcomes["feature row"] == "same" && prediction.outcomes["decision"] == "same")
        // A reading that the row was made from.
        try await plant.tamper(
            """
            UPDATE reading SET packed_values = (
                SELECT o.packed_values FROM reading o ORDER BY o.sequence DESC LIMIT 1
            )
            WHERE instant = (SELECT raised_at FROM alarm WHERE id = \(predicted[1])) - 3600000000
            """
        )
        let reading = try plant.replay(predicted[1])
        #expect(reading.status == 3 && reading.outcomes["readings"] == "differs", "\(reading.text)")
        #expect(reading.outcomes["feature row"] == "differs")
        // Another model under its name, and then none.
        let models = try FileManager.default.subpathsOfDirectory(atPath: plant.data + "/models")
        let model = try #require(models.first { $0.hasSuffix(".eaglemodel") })
        let path = plant.data + "/models/" + model
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let changed = try plant.replay(predicted[0])
        #expect(changed.status == 3 && changed.outcomes["model"] == "notRecomputable", "\(changed.text)")
        #expect(changed.text.contains("was changed"))
        try FileManager.default.removeItem(atPath: path)
        #expect(try plant.replay(predicted[0]).text.contains("file is gone"))
        // Readings that are kept no more.
        try await plant.tamper("DELETE FROM reading WHERE sequence < 5")
        let pruned = try plant.replay(predicted[0])
        #expect(pruned.status == 3 && pruned.outcomes["kept readings"] == "notRecomputable", "\(pruned.text)")
    }
}
