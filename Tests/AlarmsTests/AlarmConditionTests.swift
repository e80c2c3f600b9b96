import Alarms
import FoundationEssentials
import Testing

@Suite struct AlarmConditionTests {
    @Test(arguments: [
        (AlarmCondition.component("heater"), "component:heater"),
        (.component("pump: seal"), "component:pump: seal"),
        (.component("prediction"), "component:prediction"),
        (.rule("hz1"), "rule:hz1"),
        (.prediction, "prediction"),
    ])
    func `a condition reads back from its key`(condition: AlarmCondition, key: String) throws {
        #expect(condition.key == key)
        #expect(AlarmCondition(key: key) == condition)
        let coded = try JSONEncoder().encode([condition])
        #expect(try JSONDecoder().decode([AlarmCondition].self, from: coded) == [condition])
    }

    @Test(arguments: ["", "heater", "rule:", "component:", "tag:hz1", "Prediction"])
    func `what is no key is no condition`(key: String) {
        #expect(AlarmCondition(key: key) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([AlarmCondition].self, from: JSONEncoder().encode([key]))
        }
    }

    @Test func `a cause's source reads back from its key`() {
        for source in [AlarmCause.Source.rule("hz1"), .rule("rule:x"), .prediction] {
            #expect(AlarmCause.Source(key: source.key) == source)
        }
        #expect(AlarmCause.Source(key: "rule:") == nil)
        #expect(AlarmCause.Source(key: "model") == nil)
    }
}
