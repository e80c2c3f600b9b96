import Alarms
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct AlarmCommandTests {
    @Test func `the newest alarms come first, and one is shown whole`() async throws {
        let plant = try await AlarmPlant()
        try await plant.raise("pump-1", in: plant.north)
        let newer = try await plant.raise("pump-2", component: "seal", at: .t0 + .seconds(60), in: plant.north)
        let list = try plant.run("alarm", "list")
        #expect(list.status == 0, "\(list.errors)")
        let lines = list.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains("pump-2: seal may fail within a day") == true)
        let one = try plant.run("alarm", "list", "--asset", "pump-1")
        #expect(one.output.contains("pump-1") && !one.output.contains("pump-2"))
        let shown = try plant.run("alarm", "show", newer.id.description)
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("component:seal"))
        #expect(shown.output.contains("prediction"))
        let json = try plant.run("alarm", "show", newer.id.description, "--json")
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((tree["alarm"] as? [String: Any])?["component"] as? String == "seal")
        #expect((tree["history"] as? [Any])?.count == 1)
    }

    @Test func `of an alarm that stands it is told what the model says by now, and as of when`() async throws {
        let plant = try await AlarmPlant()
        let alarm = try await plant.raise("pump-1", in: plant.north)
        let before = try plant.run("alarm", "list", "--open")
        #expect(before.output.contains("bearing may fail within a day, as of 2026-01-01 00:00 UTC"), "\(before.errors)")
        let newest = Prediction(
            asset: "pump-1",
            instant: .t0 + .seconds(30_600),
            probability: 0.995,
            timeToFailureMinutes: 30,
            modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        )
        _ = try await plant.stores.lane.commit(
            LaneCommit(expectedCursor: 0, cursor: 0, predictions: [newest], at: newest.instant),
            in: plant.north
        )
        let sentence = "bearing likely to fail in about 30 min (over 99 %)"
        for arguments in [["list", "--open"], ["show", alarm.id.description]] {
            let shown = try plant.run(arguments: ["alarm"] + arguments)
            #expect(shown.output.contains("\(sentence), as of 2026-01-01 08:30 UTC"), "\(shown.output)")
            let json = try plant.run(arguments: ["alarm"] + arguments + ["--json"])
            #expect(json.output.contains("\"\(sentence)\""), "\(json.output)")
        }
    }

    @Test func `attention says how many it leaves out, and of how many of those nothing is known`() async throws {
        let plant = try await AlarmPlant()
        for asset in ["pump-1", "pump-2", "pump-3"] {
            let readings = [Reading(asset: asset, instant: .t0, values: [1])]
            _ = try await plant.stores.readings.append(readings, schemaVersion: 1, at: .t0, in: plant.north)
        }
        try await plant.raise("pump-2", in: plant.north)
        let first = try plant.run("alarm", "attention", "--limit", "1")
        #expect(first.output.hasPrefix("UNKNOWN  pump-2  alarm: "), "\(first.output) \(first.errors)")
        #expect(first.errors.contains("There are 2 more, of 2 of which nothing is known now: see --limit."))
        let all = try plant.run("alarm", "attention")
        #expect(all.output.split(separator: "\n").count == 3 && !all.errors.contains("more"))
    }

    @Test func `another organization's alarm is not there`() async throws {
        let plant = try await AlarmPlant()
        let foreign = try await plant.raise("pump-1", in: plant.south)
        let list = try plant.run("alarm", "list", "--json")
        #expect(list.status == 0 && list.output.filter { !$0.isWhitespace } == "[]")
        let shown = try plant.run("alarm", "show", foreign.id.description)
        #expect(shown.status == 1)
        #expect(shown.errors.contains("there is no alarm"))
        #expect(!shown.errors.contains("pump-1"))
    }

    @Test func `what Eagle itself needs is listed, open ones first, and nobody else's`() async throws {
        let plant = try await AlarmPlant()
        func raise(_ kind: SystemAlarm.Kind, _ message: String, in scope: OrganizationScope) async throws {
            let alarm = SystemAlarm(id: ID(UUID()), kind: kind, subject: "it", message: message, raisedAt: .t0)
            #expect(try await plant.stores.systemAlarms.raise(alarm, in: scope))
        }
        try await raise(.sourceLost, "Nothing comes.", in: plant.north)
        _ = try await plant.stores.systemAlarms.clear(.sourceLost, at: .t0 + .seconds(60), in: plant.north)
        try await raise(.modelUnwell, "The model is broken.", in: plant.north)
        try await raise(.deliveryFailed, "The mail does not leave.", in: plant.south)
        let list = try plant.run("alarm", "system")
        #expect(list.status == 0, "\(list.errors)")
        let lines = list.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains("MODEL_UNWELL  open  The model is broken.") == true)
        #expect(lines.last?.contains("SOURCE_LOST  cleared") == true)
        let open = try plant.run("alarm", "system", "--open")
        #expect(open.output.contains("MODEL_UNWELL") && !open.output.contains("SOURCE_LOST"))
        let json = try plant.run("alarm", "system", "--json", organization: "south")
        #expect(json.output.contains("The mail does not leave.") && !json.output.contains("MODEL_UNWELL"))
    }

    @Test func `load is shared by operators who may sign in, or by as many as are named`() async throws {
        let plant = try await AlarmPlant()
        var generator = SystemRandomNumberGenerator()
        let hash = try PasswordHash(of: "a good password", cost: .weakest, using: &generator)
        for number in 0..<3 {
            let user = try await plant.stores.users.create(
                email: "operator-\(number)@example.com",
                passwordHash: hash,
                role: .operator,
                at: .t0,
                in: plant.north
            )
            if number == 0 { _ = try await plant.stores.users.disable(user.id, at: .t0, in: plant.north) }
        }
        let own = try plant.run("alarm", "quality")
        #expect(own.status == 0 && own.output.contains(" shared by 2 operator accounts"), "\(own.errors)")
        let named = try plant.run("alarm", "quality", "--operators", "7")
        #expect(named.output.contains(" for 7 operators"))
        let nobody = try plant.run("alarm", "quality", organization: "south")
        #expect(nobody.output.contains(" as if for one operator: no account is an operator's\n"))
    }

    @Test func `quality says since when it is measured`() async throws {
        let plant = try await AlarmPlant()
        let told = SystemTime().now - .seconds(2 * 86_400)
        try await plant.raise("pump-1", at: told, in: plant.north)
        let month = try plant.run("alarm", "quality")
        #expect(month.output.contains("measured from        \(told), when"), "\(month.output) \(month.errors)")
        let hour = try plant.run("alarm", "quality", "--from", (told + .seconds(3_600)).description)
        #expect(hour.status == 0 && !hour.output.contains("measured from"), "\(hour.errors)")
        let nobody = try plant.run("alarm", "quality", organization: "south")
        #expect(nobody.output.contains("nothing came in that time"))
        for name in ["average in 10 min", "chattering alarms", "fleeting         ", "stale on a day   "] {
            #expect(nobody.output.contains("\(name)    can't be judged"))
        }
    }

    @Test(arguments: [["--limit", "0"], ["--type", "URGENT"]])
    func `what can't be asked for is wrong use`(arguments: [String]) async throws {
        let outcome = try EagleProcess.run(["alarm", "list", "--organization", "north"] + arguments)
        #expect(outcome.status == 2)
    }

    @Test func `words from the terminal count, and what nobody judged is unknown`() async throws {
        let plant = try await AlarmPlant()
        let first = try await plant.raise("pump-1", at: SystemTime().now - .seconds(5 * 86_400), in: plant.north)
        try await plant.raise("pump-2", at: SystemTime().now - .seconds(4 * 86_400), in: plant.north)
        let foreign = try await plant.raise("pump-3", at: SystemTime().now - .seconds(86_400), in: plant.south)
        let given = try plant.run(
            "alarm",
            "feedback",
            first.id.description,
            "--accurate",
            "--component",
            "seal",
            "--reason",
            "it leaked"
        )
        #expect(given.status == 0, "\(given.errors)")
        #expect(given.output.contains("was right, it was seal: it leaked"))
        let refused = try plant.run("alarm", "feedback", foreign.id.description, "--false")
        #expect(refused.status == 1 && refused.errors.contains("there is no alarm"))
        let figures = try plant.run("alarm", "accuracy", "--by", "asset")
        #expect(figures.status == 0, "\(figures.errors)")
        #expect(figures.output.contains("2: 1 right, 1 unknown"))
        #expect(figures.output.contains("can't be told: 1 of 1 of those judged"))
        #expect(!figures.output.contains("pump-3"))
        let json = try plant.run("alarm", "accuracy", "--json")
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let alarms = (tree["total"] as? [String: Any])?["alarms"] as? [String: Any]
        #expect(alarms?["unknown"] as? Int == 1 && alarms?["right"] as? Int == 1)
        let attention = try plant.run("alarm", "attention")
        #expect(attention.output.contains("UNKNOWN  pump-1  "), "\(attention.output) \(attention.errors)")
    }

    @Test(arguments: [[], ["--accurate", "--false"], ["--false", "--component", "seal"]])
    func `a word that says two things, or none, is wrong use`(flags: [String]) throws {
        let outcome = try EagleProcess.run(["alarm", "feedback", UUID().uuidString, "--organization", "north"] + flags)
        #expect(outcome.status == 2)
    }

    @Test func `a file of failures is recorded as a whole, once, and taken back one by one`() async throws {
        let plant = try await AlarmPlant()
        let schema = """
            {"organization": "north", "timeZone": "Asia/Kolkata", "assetColumn": "pump", "continuousColumns": ["x"]}
            """
        let csv = "asset,timestamp,component\npump-1,2026-01-01 05:30:00,seal\npump-2,2026-01-02 05:30:00,\n"
        let path = try plant.folder.write(csv, to: "failures.csv")
        #expect(try plant.run("failures", "import", path).errors.contains("no schema"))
        _ = try await plant.stores.schemas.put(schema, by: nil, at: .t0, in: plant.north)
        let first = try plant.run("failures", "import", path)
        #expect(first.status == 0 && first.output.contains("2 recorded, 0 known already"), "\(first.errors)")
        let again = try plant.run("failures", "import", path, "--json")
        #expect(again.output.filter { !$0.isWhitespace }.contains("\"recorded\":0"))
        let broken = try plant.folder.write(csv + "pump-3,2026-01-03 00:00:00,\npump-3,later,\n", to: "broken.csv")
        let refused = try plant.run("failures", "import", broken)
        #expect(refused.status == 1 && refused.errors.contains("broken.csv:5:8"), "\(refused.errors)")
        let list = try plant.run("failures", "list")
        #expect(list.output.contains("2026-01-01T00:00:00Z  pump-1  seal") && !list.output.contains("pump-3"))
        let removed = try plant.run(
            "failures",
            "remove",
            "--asset",
            "pump-1",
            "--start",
            "2026-01-01T05:30:00",  // As the file had it, in the plant's zone.
            "--component",
            "seal",
            "--reason",
            "a test"
        )
        #expect(removed.status == 0, "\(removed.errors)")
        #expect(try plant.run("failures", "list", "--json").output.contains("pump-1") == false)
        let gone = try plant.run(
            "failures",
            "remove",
            "--asset",
            "pump-1",
            "--start",
            "2026-01-01",
            "--reason",
            "a test"
        )
        #expect(gone.status == 1 && gone.errors.contains("there is no recorded failure of pump-1"))
    }
}
