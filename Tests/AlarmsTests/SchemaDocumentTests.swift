import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct SchemaDocumentTests {
    private func document(_ rules: String, more: String = "") throws -> SchemaDocument {
        let text = """
            {"organization": "northwind", "continuousColumns": ["hz1pv", "hz1sv"], "booleanColumns": ["hz1hfail"]\(more),
             "rules": [\(rules)]}
            """
        return try JSONDecoder().decode(SchemaDocument.self, from: Data(text.utf8))
    }

    private func refusal(_ rules: String, more: String = "") -> SchemaProblem? {
        #expect(throws: SchemaProblem.self) { try document(rules, more: more) }
    }

    @Test func `a document carries the schema and its rules, and reads back what it writes`() throws {
        let document = try document(
            """
            {"id": "hz1", "kind": "setpoint", "tag": "hz1pv", "setpointTag": "hz1sv", "lowDeviation": -30,
             "highDeviation": 10, "criticalBeyond": 10, "deadband": 0.5, "onDelaySeconds": 30, "offDelaySeconds": 60,
             "priority": 2, "component": "heater", "message": "Zone 1 off its set value"},
            {"id": "fixed", "kind": "setpoint", "tag": "hz1pv", "setpoint": 850, "highDeviation": 10},
            {"id": "over", "kind": "limit", "tag": "hz1pv", "highHigh": 950, "high": 940, "low": 10, "lowLow": 0},
            {"id": "hfail", "kind": "binary", "tag": "hz1hfail", "severity": "WARNING"},
            {"id": "hfail2", "kind": "binary", "tag": "hz1hfail"}
            """
        )
        #expect(document.schema.organization == "northwind")
        #expect(document.rules.map(\.id) == ["hz1", "fixed", "over", "hfail", "hfail2"])
        let first = AlarmRule(
            id: "hz1",
            tag: "hz1pv",
            check: .setpoint(
                SetpointCheck(setpoint: .tag("hz1sv"), lowDeviation: -30, highDeviation: 10, criticalBeyond: 10)
            ),
            deadband: 0.5,
            onDelaySeconds: 30,
            offDelaySeconds: 60,
            priority: 2,
            component: "heater",
            message: "Zone 1 off its set value"
        )
        #expect(document.rules[0] == first)
        #expect(document.rules[2].check == .limit(LimitCheck(highHigh: 950, high: 940, low: 10, lowLow: 0)))
        #expect(document.rules[3].check == .binary(.warning))
        #expect(document.rules[4].check == .binary(.critical))
        let written = try JSONEncoder().encode(document)
        #expect(try JSONDecoder().decode(SchemaDocument.self, from: written) == document)
    }

    @Test func `rules may be left out`() throws {
        let text = #"{"organization": "northwind", "continuousColumns": ["a"]}"#
        #expect(try JSONDecoder().decode(SchemaDocument.self, from: Data(text.utf8)).rules.isEmpty)
    }

    @Test(arguments: [
        (#""rollingWindow": [60]"#, "rollingWindow", "rollingWindows"),
        (#""LagSeconds": [60]"#, "LagSeconds", "lagSeconds"),
        (#""rule": []"#, "rule", "rules"),
        (#""organisation": "x""#, "organisation", "organization"),
    ])
    func `an unknown key is named with the nearest known one`(more: String, key: String, nearest: String) {
        let problem = refusal("", more: ", " + more)
        #expect(problem?.path == [key])
        #expect(problem?.message == "is no key of a schema: did you mean '\(nearest)'?")
    }

    /// A rule's members, the key that is wrong, and what is said of it.
    static let badRules: [(members: String, key: String, message: String)] = [
        (
            #""kind": "limit", "tag": "hz1pv", "hihg": 5"#,
            "hihg", "is no key of a limit rule: did you mean 'high'?"
        ),
        (
            #""kind": "binary", "tag": "hz1hfail", "high": 5"#,
            "high", "is no key of a binary rule: it has id, kind, tag, deadband"
        ),
        (
            #""kind": "trend", "tag": "hz1pv""#,
            "kind", "'trend' is no kind of rule: use one of setpoint, limit, binary"
        ),
        (
            #""kind": "limit", "tag": "hz9", "high": 5"#,
            "tag", "'hz9' is in neither"
        ),
        (
            #""kind": "limit", "tag": "hz1hfail", "high": 5"#,
            "tag", "'hz1hfail' is boolean"
        ),
        (
            #""kind": "binary", "tag": "hz1pv""#,
            "tag", "'hz1pv' is a number"
        ),
        (
            #""kind": "binary", "tag": "hz1hfail", "severity": "PREDICTIVE""#,
            "severity", "'PREDICTIVE' is no severity"
        ),
        (
            #""kind": "binary", "tag": "hz1hfail", "severity": "high""#,
            "severity", "'high' is no severity"
        ),
        (
            #""kind": "binary", "tag": "hz1hfail", "deadband": 1"#,
            "deadband", "means nothing"
        ),
        (
            #""kind": "limit", "tag": "hz1pv""#,
            "high", "is missing: give at least one"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "highHigh": 5"#,
            "highHigh", "is 5.0, which is not above high (5.0)"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "low": 9, "highHigh": 5"#,
            "highHigh", "is 5.0, which is not above low (9.0)"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "low": 4, "lowLow": 5"#,
            "low", "is 4.0, which is not above lowLow (5.0)"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "low": 4, "high": 5, "deadband": 1"#,
            "deadband", "the alarm could never clear"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "deadband": -1"#,
            "deadband", "it can't be negative"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "onDelaySeconds": -1"#,
            "onDelaySeconds", "is -1: use seconds"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "offDelaySeconds": 99999999"#,
            "offDelaySeconds", "use seconds"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "priority": 0"#,
            "priority", "1 is the highest"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "component": " ""#,
            "component", "is empty"
        ),
        (
            #""kind": "limit", "tag": "hz1pv", "high": 5, "message": """#,
            "message", "is empty"
        ),
        (
            #""id": "a b", "kind": "limit", "tag": "hz1pv", "high": 5"#,
            "id", "'a b' can't name a rule"
        ),
        (
            #""id": "", "kind": "limit", "tag": "hz1pv", "high": 5"#,
            "id", "'' can't name a rule"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "highDeviation": 5"#,
            "setpointTag", "is missing"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpoint": 5, "setpointTag": "hz1sv", "highDeviation": 5"#,
            "setpoint", "stands beside setpointTag"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpoint": 5"#,
            "highDeviation", "is missing, and so is lowDeviation"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpoint": 5, "lowDeviation": 5"#,
            "lowDeviation", "so negative or zero"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpoint": 5, "highDeviation": -5"#,
            "highDeviation", "so positive or zero"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpoint": 5, "highDeviation": 5, "criticalBeyond": -1"#,
            "criticalBeyond", "can't be negative"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpointTag": "hz1pv", "highDeviation": 5"#,
            "setpointTag", "is the tag itself"
        ),
        (
            #""kind": "setpoint", "tag": "hz1pv", "setpointTag": "hz1hfail", "highDeviation": 5"#,
            "setpointTag", "'hz1hfail' is boolean"
        ),
    ]

    @Test(arguments: badRules)
    func `a bad rule is named with its place and what to do`(members: String, key: String, message: String) throws {
        let good = #"{"id": "good", "kind": "binary", "tag": "hz1hfail"}"#
        let id = members.contains(#""id""#) ? "" : #""id": "a", "#
        let problem = try #require(refusal("\(good), {\(id)\(members)}"))
        #expect(problem.path == ["rules", "1", key])
        #expect(problem.message.contains(message), "\(problem.message)")
    }

    @Test func `an id that is taken is named with the rule that has it`() throws {
        let rule = #"{"id": "a", "kind": "binary", "tag": "hz1hfail"}"#
        let problem = try #require(refusal("\(rule), \(rule)"))
        #expect(problem.path == ["rules", "1", "id"])
        #expect(problem.message.hasPrefix("'a' is taken by rule 0"))
    }

    @Test func `a missing key or a wrong type says where`() {
        #expect {
            try document(#"{"id": "a", "kind": "limit", "high": 5}"#)
        } throws: { error in
            guard case DecodingError.keyNotFound(let key, let context) = error else { return false }
            return key.stringValue == "tag" && context.codingPath.first?.stringValue == "rules"
        }
        #expect {
            try document(#"{"id": "a", "kind": "limit", "tag": "hz1pv", "high": "hot"}"#)
        } throws: { error in
            guard case DecodingError.typeMismatch(_, let context) = error else { return false }
            return context.codingPath.last?.stringValue == "high"
        }
    }

    @Test func `a document can't be made of rules that do not fit its schema`() {
        let schema = SignalSchema(organization: "northwind", continuousColumns: ["a"])
        let rule = AlarmRule(id: "x", tag: "b", check: .limit(LimitCheck(high: 1)))
        #expect(throws: SchemaProblem.self) { try SchemaDocument(schema: schema, rules: [rule]) }
        #expect(throws: SchemaProblem.self) { try AlarmEngine(rules: [rule], tags: schema.tags) }
        let infinite = AlarmRule(id: "x", tag: "a", check: .limit(LimitCheck(high: .infinity)))
        #expect(throws: SchemaProblem.self) { try SchemaDocument(schema: schema, rules: [infinite]) }
    }
}
