import Plant
import TestSupport
import Testing

@Suite struct SignalMapperTests {
    private var schema: SignalSchema {
        var schema = SignalSchema(
            organization: "northwind",
            timestampColumn: "time",
            assetColumn: "line",
            continuousColumns: ["hz1pv", "hz1sv"],
            booleanColumns: ["hz1hfail"]
        )
        schema.columnMapping = ["HZ1_PV": "hz1pv"]
        schema.targetColumn = "failure"
        return schema
    }

    private func map(_ row: [SourceValue], columns: [String]) throws -> SignalMapper.Outcome {
        var mapper = try SignalMapper(schema: schema, zone: .utc, columns: columns)
        return mapper.map(row)
    }

    private let columns = ["line", "HZ1_PV", "time", "hz1sv", "hz1hfail", "extra", "failure"]

    @Test func `columns find their tags by the mapping, unknown ones are ignored`() throws {
        let outcome = try map(
            [
                .text("L1"), .text(" 850.2 "), .text("2026-01-01 00:00:00"), .number(860), .text("TRUE"), .text("x"),
                .text(""),
            ],
            columns: columns
        )
        guard case .reading(let reading) = outcome else { throw Unexpected.quarantined }
        #expect(reading == Reading(asset: "L1", instant: Instant.at("2026-01-01T00:00:00Z"), values: [850.2, 860, 1]))
    }

    @Test(arguments: ["", "abc", "nan", "inf", "-inf", "1e999", "12,5", "0x10"])
    func `what is not a number is missing`(text: String) throws {
        let outcome = try map(
            [.text("L1"), .text(text), .text("2026-01-01 00:00:00"), .missing, .text("2"), .missing, .missing],
            columns: columns
        )
        guard case .reading(let reading) = outcome else { throw Unexpected.quarantined }
        #expect(reading.values.allSatisfy { $0.isNaN })
    }

    @Test func `a missing column is missing values and is named once`() throws {
        let mapper = try SignalMapper(schema: schema, zone: .utc, columns: ["line", "time", "hz1sv"])
        #expect(mapper.missingColumns == ["HZ1_PV", "hz1hfail"])
    }

    @Test func `a missing timestamp column is an error that shows the columns there are`() {
        let error = #expect(throws: SchemaProblem.self) {
            try SignalMapper(schema: schema, zone: .utc, columns: ["line", "created", "hz1sv"])
        }
        #expect(error?.description.contains("'time'") ?? false)
        #expect(error?.description.contains("created") ?? false)
    }

    @Test(arguments: [SourceValue.text("gestern"), .missing, .number(1_769_839_200)])
    func `a timestamp that can't be read is quarantined, never replaced`(value: SourceValue) throws {
        let outcome = try map(
            [.text("L1"), .number(1), value, .missing, .missing, .missing, .missing],
            columns: columns
        )
        guard case .quarantined = outcome else { throw Unexpected.reading }
    }

    @Test(arguments: [
        (SourceValue.text("heater"), "heater" as String?), (.text("1"), ""), (.boolean(true), ""), (.text("0"), nil),
        (.text("none"), nil), (.missing, nil), (.number(0), nil), (.number(3), "3"), (.text("3"), "3"),
        (.number(.nan), nil),
    ])
    func `the target column names the failing component, or only that something fails`(
        value: SourceValue,
        failing: String?
    ) throws {
        let row: [SourceValue] = [
            .text("L1"), .number(1), .text("2026-01-01 00:00:00"), .missing, .missing, .missing, value,
        ]
        guard case .reading(let reading) = try map(row, columns: columns) else { throw Unexpected.quarantined }
        #expect(reading.failing == failing)
    }

    @Test func `a row without an asset, or with another number of values than columns, is quarantined`() throws {
        let rest: [SourceValue] = [.number(1), .text("2026-01-01 00:00:00"), .missing, .missing, .missing, .missing]
        for row in [[.text(" ")] + rest, [.number(.nan)] + rest, rest, [.text("L1")] + rest + [.missing], []] {
            guard case .quarantined = try map(row, columns: columns) else { throw Unexpected.reading }
        }
    }

    @Test func `a value of bad quality is kept in the reading and missing in the sample`() throws {
        let reading = Reading(asset: "a", instant: .distantPast, values: [1, 2, .infinity], notGood: [1])
        let sample = Sample(reading)
        #expect(sample.values[0] == 1)
        #expect(sample.values[1].isNaN)
        #expect(sample.values[2].isNaN)
        #expect(reading.values[1] == 2)
    }

    private enum Unexpected: Error { case quarantined, reading }
}
