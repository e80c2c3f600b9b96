import Foundation
import TestSupport
import Testing
import Trust

@testable import eagle

@Suite struct QuotaCommandTests {
    private func run(_ folder: TemporaryDirectory, _ arguments: String...) throws -> (
        status: Int32, output: String, errors: String
    ) {
        let outcome = try EagleProcess.run(["organization"] + arguments + ["--data", folder.path("data")])
        return (outcome.status, outcome.output, outcome.errors)
    }

    @Test func `an organization's quotas are set, shown, and given up again`() throws {
        let folder = try TemporaryDirectory()
        #expect(try run(folder, "create", "harbor").status == 0)
        #expect(try run(folder, "quota", "harbor").output.contains("models: the server's, 0 used"))
        let set = try run(folder, "quota", "harbor", "--models", "3", "--readings-per-second", "50")
        #expect(set.status == 0)
        #expect(set.output.contains("models: 3, 0 used"))
        let back = try run(folder, "quota", "harbor", "--default", "models", "--users", "7", "--json")
        let document = try JSONSerialization.jsonObject(with: Data(back.output.utf8)) as? [String: Any]
        let settings = document?["settings"] as? [String: Int]
        #expect(settings == ["readingsPerSecond": 50, "users": 7])
    }

    @Test func `a quota that can't be, and an organization that is not there, are refused`() throws {
        let folder = try TemporaryDirectory()
        _ = try run(folder, "create", "harbor")
        let wrong = try run(folder, "quota", "harbor", "--readings-per-second", "0")
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("readingsPerSecond"))
        #expect(try run(folder, "quota", "nowhere").status == 1)
    }

    @Test func `the server's settings have quotas, and strangers among them are named`() throws {
        let folder = try TemporaryDirectory()
        func load(_ text: String) throws -> ServerConfiguration {
            try ServerConfiguration.load(path: folder.write(text, to: "eagle.yaml"))
        }
        let configuration = try load("trainingSlots: 2\nquotas:\n  models: 3\n  readingsBurst: 500\n")
        #expect(configuration.trainingSlots == 2)
        #expect(configuration.quotas == (try QuotaSettings([.models: 3, .readingsBurst: 500])))
        for (text, name) in [
            ("quotas:\n  modles: 3\n", "modles"), ("quotas:\n  models: -3\n", "quotas.models"),
            ("trainingSlots: 0\n", "trainingSlots"),
        ] {
            #expect { _ = try load(text) } throws: { "\($0)".contains(name) }
        }
    }
}
