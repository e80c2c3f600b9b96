import Foundation
import TestSupport
import Testing

/// A model on its way from an engineer's file to a server's answers.
@Suite struct ServedModelTests {
    /// A signed-in admin of one organization.
    private struct Desk {
        let port: Int
        let token: String

        func ask(_ method: String, _ path: String, _ body: String = "") throws -> (status: Int, json: [String: Any]) {
            let answer = try HTTPExchange.send(method, "/api/v1" + path, port: port, token: token, body: body)
            let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
            return (answer.status, json ?? [:])
        }
    }

    private let folder: TemporaryDirectory
    private var data: String { folder.path("data") }

    init() throws { folder = try TemporaryDirectory() }

    private func schema(_ organization: String) -> String {
        """
        {"organization":"\(organization)","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
        "continuousColumns":["pressure"],"rollingWindows":[7200],"horizonMinutes":600}
        """
    }

    private func time(hour: Int) -> String {
        Date(timeIntervalSince1970: 1_767_225_600 + Double(hour * 3_600)).formatted(.iso8601)
    }

    /// Trained by the command, on pressure that climbs before each failure.
    private func model(of organization: String) throws -> String {
        var (rows, failures) = ("time,pump,pressure\n", "asset,timestamp,component\n")
        for hour in 0..<2_000 {
            rows += "\(time(hour: hour)),p,\(hour % 50 < 40 ? 5 : 9)\n"
            if hour % 50 == 0, hour > 0 { failures += "p,\(time(hour: hour)),seal\n" }
        }
        let path = folder.path("m.eaglemodel")
        let trained = try EagleProcess.run([
            "train", "--schema", try folder.write(schema(organization), to: "schema.json"),
            "--readings", try folder.write(rows, to: "r.csv"),
            "--failures", try folder.write(failures, to: "f.csv"), "--output", path,
        ])
        try #require(trained.status == 0, "\(trained.errors)")
        return path
    }

    private func organize(_ slug: String) throws {
        try #require(try EagleProcess.run(["organization", "create", slug, "--data", data]).status == 0)
        let user = try EagleProcess.run(
            [
                "user", "create", "--data", data, "--email", "a@\(slug).example", "--role", "ADMIN", "--organization",
                slug,
            ],
            input: "a good password\n"
        )
        try #require(user.status == 0, "\(user.errors)")
    }

    private func signIn(_ slug: String, _ server: EagleServer) throws -> Desk {
        let login = #"{"email":"a@\#(slug).example","password":"a good password"}"#
        let session = try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: login)
        let json = try JSONSerialization.jsonObject(with: Data(session.body.utf8)) as? [String: Any]
        let desk = Desk(port: server.port, token: try #require(json?["accessToken"] as? String))
        #expect(try desk.ask("PUT", "/schema", schema(slug)).status == 200)
        return desk
    }

    @Test func `a model trained by the command answers rows and readings over HTTP, and only its own organization`()
        throws
    {
        let path = try model(of: "harbor")
        for slug in ["harbor", "quarry"] { try organize(slug) }
        let server = try EagleServer(data: data)
        defer { server.kill() }
        let harbor = try signIn("harbor", server)
        let quarry = try signIn("quarry", server)
        let upload = try HTTPExchange.send(
            "POST",
            "/api/v1/models",
            port: server.port,
            token: harbor.token,
            type: "application/octet-stream",
            bytes: Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        )
        try #require(upload.status == 201, "\(upload.body)")
        for desk in [harbor, quarry] {
            #expect(try desk.ask("PUT", "/prediction-switch", #"{"predictionEnabled":true}"#).status == 200)
        }
        let models = try harbor.ask("GET", "/models").json["items"] as? [[String: Any]]
        let version = try #require(models?.first?["version"] as? String)
        #expect(try harbor.ask("POST", "/models/\(version)/deploy", #"{"reason":"trial"}"#).status == 200)
        // Rows of features: the more pressure, the likelier.
        func row(_ pressure: Double) -> String {
            let values = ["", "_mean_7200s", "_min_7200s", "_max_7200s"].map { "\"pressure\($0)\":\(pressure)" }
            let flat = ["_std_7200s", "_slope_7200s"].map { "\"pressure\($0)\":0" }
            return #"{"asset":"p","features":{\#((values + flat).joined(separator: ","))}}"#
        }
        let rows = try harbor.ask("POST", "/predictions", #"{"rows":[\#(row(5)),\#(row(9))]}"#)
        try #require(rows.status == 200, "\(rows.json)")
        #expect(rows.json["modelVersion"] as? String == version)
        let predictions = try #require(rows.json["predictions"] as? [[String: Any]])
        let said = predictions.compactMap { $0["probability"] as? Double }
        #expect(said.count == 2 && said[1] > said[0])
        let one = try harbor.ask("POST", "/predictions", #"{"rows":[\#(row(9))]}"#)
        #expect(((one.json["predictions"] as? [[String: Any]])?.first?["probability"] as? Double) == said[1])

        // Readings go through the features that the asset has.
        let readings = (3_000..<3_010).map { #"{"time":"\#(time(hour: $0))","pump":"p","pressure":9}"# }
        let previewed = try eventually { () throws -> [String: Any]? in
            let answer = try harbor.ask("POST", "/predictions", #"{"readings":[\#(readings.joined(separator: ","))]}"#)
            return answer.status == 200 ? answer.json : nil  // 409 until the lane has its model.
        }
        #expect((previewed["predictions"] as? [Any])?.count == 10)

        let predicted = try harbor.ask("GET", "/serving").json["predictions"] as? [String: Any]
        for name in ["p50", "p95", "p99"] { #expect(predicted?["\(name)Milliseconds"] as? Double ?? 0 > 0) }

        // Another organization has no such model, nor one that is live.
        let foreign = try quarry.ask("POST", "/predictions", #"{"rows":[\#(row(9))],"model":"\#(version)"}"#)
        #expect(foreign.status == 404)
        #expect(try quarry.ask("POST", "/predictions", #"{"rows":[\#(row(9))]}"#).status == 409)
        let theirs = try quarry.ask("GET", "/serving").json["cache"] as? [String: Any]
        #expect((theirs?["mine"] as? [String: Any])?["missCount"] as? Int == 0)

        let metrics = try HTTPExchange.send("GET", "/metrics", port: server.port).body
        #expect(metrics.contains("\neagle_models_loaded 1\n"))
        #expect(!metrics.contains("harbor") && !metrics.contains(version))
    }

    @Test func `a model is brought in at the terminal beside a running server, which deploys it`() throws {
        let path = try model(of: "harbor")
        for slug in ["harbor", "quarry"] { try organize(slug) }
        let server = try EagleServer(data: data)
        defer { server.kill() }
        let harbor = try signIn("harbor", server)
        let upload = ["model", "upload", path, "--data", data, "--organization"]
        let foreign = try EagleProcess.run(upload + ["quarry"])
        #expect(foreign.status == 1 && foreign.errors.contains("was trained for 'harbor'"), "\(foreign.errors)")
        let outcome = try EagleProcess.run(upload + ["harbor"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        let version = String(outcome.output.prefix { !$0.isNewline })
        let models = try harbor.ask("GET", "/models").json["items"] as? [[String: Any]]
        #expect(models?.map { $0["version"] as? String } == [version])
        #expect(models?.first?["isLive"] as? Bool == false)
        #expect(try harbor.ask("POST", "/models/\(version)/deploy", #"{"reason":"trial"}"#).status == 200)
    }

    /// Asks until there is an answer.
    private func eventually<Value>(_ body: () throws -> Value?) throws -> Value {
        for _ in 0..<10_000 {
            if let value = try body() { return value }
        }
        throw HTTPExchange.Failure(reason: "never")
    }

    // MARK: - Settings

    @Test(arguments: [
        ("models:\n  policy: newest\n", "eagle.yaml:2:3: models.policy"),
        ("models:\n  countMax: 0\n", "eagle.yaml:2:3: models.countMax must be from 1 to 1000000"),
        ("models:\n  warmUp: at dawn\n", "eagle.yaml:2:3: models.warmUp"),
        (
            "models:\n  batchSize: 512\n  waitingRowsMax: 64\n",
            "models.waitingRowsMax must be at least twice batchSize (512)"
        ),
        ("models:\n  batchsize: 8\n", "eagle.yaml:2:3: 'batchsize' is no setting"),
        ("modells:\n  batchSize: 8\n", "eagle.yaml:1:1: 'modells' is no setting"),
    ])
    func `a setting that can't be is named with its place, and no server starts`(text: String, named: String) throws {
        let path = try folder.write(text, to: "eagle.yaml")
        let outcome = try EagleProcess.run(["serve", "--config", path, "--data", data, "--port", "0"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains(named), "\(outcome.errors)")
    }
}
