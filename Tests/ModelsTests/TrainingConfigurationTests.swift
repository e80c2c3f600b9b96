import Foundation
import Models
import Plant
import TestSupport
import Testing

@Suite struct TrainingConfigurationTests {
    private let schema: SignalSchema = {
        var schema = SignalSchema(
            organization: "n",
            continuousColumns: ["vibration", "pressure"],
            booleanColumns: ["leak"],
            lagSeconds: [60],
            rollingWindows: [300]
        )
        schema.timeZone = "UTC"
        return schema
    }()

    private func configuration(_ json: String) throws -> TrainingConfiguration {
        try JSONDecoder().decode(TrainingConfiguration.self, from: Data(json.utf8))
    }

    @Test func `an empty object is the default, which has no problems`() throws {
        let configuration = try configuration("{}")
        #expect(configuration == TrainingConfiguration())
        #expect(configuration.problems(for: schema) == [])
        let again = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(configuration))
        #expect(again == configuration)
    }

    @Test func `target, horizon and features of its own take the schema's place`() throws {
        let configuration = try configuration(
            """
            {"tags": ["pressure", "leak"], "lagSeconds": [], "rollingWindows": [600], "horizonMinutes": 60,
             "components": ["seal"], "days": 30}
            """
        )
        #expect(configuration.problems(for: schema) == [])
        let applied = configuration.applied(to: schema)
        #expect(applied.tags.map(\.name) == ["pressure", "leak"])
        #expect(applied.rollingWindows == [600])
        #expect(applied.lagSeconds == [])
        #expect(applied.horizonMinutes == 60)
        #expect(configuration.isTarget(FailureEvent(asset: "a", start: .t0, component: "seal")))
        #expect(!configuration.isTarget(FailureEvent(asset: "a", start: .t0, component: "bearing")))
        #expect(!configuration.isTarget(FailureEvent(asset: "a", start: .t0)))
        #expect(configuration.start(before: .t0) == .t0 - .seconds(30 * 86_400))
    }

    @Test(arguments: [
        (#"{"tags": ["presure"]}"#, "tags", "did you mean 'pressure'?"),
        (#"{"tags": ["leak"]}"#, "tags", "continuous"), (#"{"judgedShare": 0.9}"#, "judgedShare", "0.05 to 0.5"),
        (#"{"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}"#, "until", "later"),
        (#"{"memoryMebibytesMax": 1}"#, "memoryMebibytesMax", "256"), (#"{"components": []}"#, "components", "name"),
        (#"{"rollingWindows": [0]}"#, "rollingWindows", ""), (#"{"treesMax": 0}"#, "treesMax", "from 1"),
        (#"{"trustedTags": ["x"]}"#, "trustedTags", "no tag"),
    ])
    func `what can't be is named with its key`(json: String, key: String, words: String) throws {
        let problems = try configuration(json).problems(for: schema)
        #expect(problems.first?.path.first == key)
        #expect(words.isEmpty || problems.first?.message.contains(words) ?? false, "\(problems)")
    }

    @Test(arguments: [#"{"trees": 5}"#, #"{"parameters": {"num_leavs": 3}}"#])
    func `a key that is not known is never silently a default`(json: String) {
        #expect(throws: SchemaProblem.self) { try configuration(json) }
    }
}
