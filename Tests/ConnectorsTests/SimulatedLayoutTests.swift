import Alarms
import Models
import Plant
import TestSupport
import Testing

@testable import Connectors

@Suite struct SimulatedLayoutTests {
    @Test func `the furnace line has the 67 columns of the real table`() {
        let plant = SimulatedPlant.furnaceLine(seed: 1)
        #expect(plant.table == "jk2")
        #expect(plant.columns.count == 67)
        let doubles: Set = [
            "hz1sv", "hz1pv", "hz2sv", "hz2pv", "cpsv", "cppv", "tz1sv", "tz1pv", "tz2sv", "tz2pv", "deppv", "oilpv",
            "postpv", "dephz", "hardhz", "oilhz", "posthz", "temphz", "hz1ht", "hz1lt", "hz2ht", "hz2lt", "cph", "cpl",
            "tz1ht", "tz1lt", "tz2ht", "tz2lt", "sp1", "sp2", "sp3", "sp4", "sp5", "sp6", "sp7", "sp8", "sp9", "sp10",
            "sp11", "sp12", "sp15", "sp16", "sp17", "sp18", "sp19", "sp20",
        ]
        let faults: Set = [
            "oiltemphigh", "oillevelhigh", "oillevellow", "hz1hfail", "hz2hfail", "hardconfail", "hardcontraip",
            "oilconfail", "oilcontraip", "tempconfail", "tempcontraip", "hz1fanfail", "hz2fanfail", "hz1fantrip",
            "hz2fantrip", "tz1fanfail", "tz2fanfail", "tz1fantrip", "tz2fantrip",
        ]
        func names(_ kind: PlantColumn.Kind) -> [String] { plant.columns.filter { $0.kind == kind }.map(\.name) }
        #expect(Set(names(.continuous)) == doubles && names(.continuous).count == 46)
        #expect(Set(names(.boolean)) == faults && names(.boolean).count == 19)
        #expect(names(.identifier) == ["id"] && names(.timestamp) == ["created_timestamp"])
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `each plant's schema document is good, and maps each of its rows to the instant it is of`(name: String) throws
    {
        let plant = SimulatedPlantTests.plant(name)
        let document = try SchemaFile.parse(plant.schemaDocumentYAML, path: "\(name).yaml")
        #expect(document.schema.organization == plant.organization && plant.organization == name)
        #expect(Set(document.schema.components.keys) == Set(plant.components))
        #expect(document.rules.count >= 7)
        var mapper = try SignalMapper(
            schema: document.schema,
            zone: document.schema.zoneOffsets(),
            columns: plant.columns.map(\.name)
        )
        #expect(mapper.missingColumns.isEmpty)
        var count = 0
        // Clocks are put forward in Europe within these hours.
        for row in plant.rows(from: .at("2026-03-28T22:00:00Z"), to: .at("2026-03-29T06:00:00Z")) {
            guard case .reading(let reading) = mapper.map(row.values) else {
                Issue.record("\(row) is quarantined")
                continue
            }
            #expect(reading.asset == row.asset && reading.instant == row.instant)
            count += 1
        }
        #expect(count >= 400)
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `a lamp test raises no alarm, a failure does`(name: String) throws {
        let plant = SimulatedPlantTests.plant(name)
        let document = try SchemaFile.parse(plant.schemaDocumentYAML, path: "\(name).yaml")
        var mapper = try SignalMapper(
            schema: document.schema,
            zone: document.schema.zoneOffsets(),
            columns: plant.columns.map(\.name)
        )
        var generator = SplitMix64(seed: 1)
        var engine = try AlarmEngine(rules: document.rules, tags: document.schema.tags)
        let flagRules = Set(document.rules.filter { $0.check.kind == .binary }.map(\.id))
        let failure = try #require(plant.failures(from: plant.historyStart, to: plant.liveStart).first)
        var raised: [AlarmTransition] = []
        for row in plant.rows(from: failure.start - .seconds(86_400), to: failure.start + .seconds(900))
        where row.asset == failure.asset {
            guard case .reading(let reading) = mapper.map(row.values) else { continue }
            raised += engine.observe(Sample(reading), generator: &generator)
        }
        let byFlag = raised.filter { transition in
            transition.alarm.causes.contains { cause in
                guard case .rule(let id) = cause.source else { return false }
                return flagRules.contains(id)
            }
        }
        let component = try #require(failure.component)
        #expect(byFlag.contains { $0.at >= failure.start && $0.alarm.condition == .component(component) })
        // Oil is topped up now and then, and a leak sensor gets wet: warnings that are meant.
        #expect(byFlag.allSatisfy { $0.at >= failure.start || $0.alarm.type == .warning })
    }

    @Test func `process values follow their set values within minutes`() throws {
        let plant = SimulatedPlant.furnaceLine(seed: 7)
        let names = plant.columns.map(\.name)
        let set = try #require(names.firstIndex(of: "hz2sv"))
        let process = try #require(names.firstIndex(of: "hz2pv"))
        let failures = plant.failures(from: plant.historyStart, to: plant.liveStart)
        let to = plant.historyStart + .seconds(4 * 86_400)
        let rows = plant.rows(from: plant.historyStart, to: to)
            .filter { row in
                !row.values[set].number.isNaN && !row.values[process].number.isNaN
                    && !failures.contains { $0.start - .seconds(43_200) < row.instant && row.instant < $0.end }
            }
        var changes = 0
        for index in rows.indices.dropFirst() {
            let step = rows[index].values[set].number - rows[index - 1].values[set].number
            guard abs(step) >= 10, rows[index].instant - rows[index - 1].instant < .seconds(180) else { continue }
            let atChange = rows[index].values[process].number - rows[index].values[set].number
            let later = rows.dropFirst(index).first { $0.instant >= rows[index].instant + .seconds(1_500) }
            guard let later, later.values[set] == rows[index].values[set] else { continue }
            #expect(abs(atChange) > abs(step) / 2)
            #expect(abs(later.values[process].number - later.values[set].number) < 6)
            changes += 1
        }
        #expect(changes >= 2)
    }

    @Test func `timestamps are written as each plant writes them`() {
        let summer = Instant.at("2026-07-01T06:18:17.527Z")
        let winter = Instant.at("2026-01-31T20:05:09Z")
        func texts(_ style: TimestampWriter.Style) -> [String] {
            var writer = TimestampWriter(style: style)
            return [writer.text(summer), writer.text(winter)]
        }
        #expect(texts(.naive(.kolkata)) == ["2026-07-01 11:48:17.527", "2026-02-01 01:35:09.000"])
        #expect(texts(.offset(.amsterdam)) == ["2026-07-01T08:18:17+02:00", "2026-01-31T21:05:09+01:00"])
        #expect(texts(.utc) == ["2026-07-01T06:18:17.527Z", "2026-01-31T20:05:09.000Z"])
    }

    @Test func `the zones' offsets are those of the time zone database`() throws {
        for zone in [ZoneOffsets.amsterdam, .kolkata] {
            let named = try ZoneOffsets.named(zone.identifier)
            for hour in stride(from: Int64(0), to: 20 * 366 * 24, by: 7) {
                let instant = Instant.at("2010-01-01T00:30:00Z") + .seconds(hour * 3_600)
                #expect(zone.offsetSeconds(at: instant) == named.offsetSeconds(at: instant))
            }
        }
    }
}
