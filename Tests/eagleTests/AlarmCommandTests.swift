import Alarms
import Foundation
import Plant
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AlarmCommandTests {
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

    @Test(arguments: [["--limit", "0"], ["--type", "URGENT"]])
    func `what can't be asked for is wrong use`(arguments: [String]) async throws {
        let outcome = try EagleProcess.run(["alarm", "list", "--organization", "north"] + arguments)
        #expect(outcome.status == 2)
    }
}
