import Models
import Plant
import Testing

@testable import Connectors

/// The nasty things of real tables must occur, or nothing is proven by a plant that has none.
@Suite struct SimulatedTroubleTests {
    private func rows(_ plant: SimulatedPlant, days: Int64) -> [PlantRow] {
        Array(plant.rows(from: plant.historyStart, to: plant.historyStart + .seconds(days * 86_400)))
    }

    private struct Key: Hashable {
        let asset: String
        let instant: Instant
    }

    @Test(arguments: [("northwind", 6), ("harbor", 6), ("toolworks", 4)])
    func `nulls, late rows, rows that come twice and conflicts occur, each seldom`(name: String, days: Int64) {
        let plant = SimulatedPlantTests.plant(name)
        let rows = rows(plant, days: days)
        let count = Double(rows.count)
        let continuous = plant.columns.indices.filter { plant.columns[$0].kind == .continuous }
        let nulls = rows.count { row in continuous.count { row.values[$0] == .missing } == 1 }
        #expect((0.005...0.05).contains(Double(nulls) / count))
        let late = rows.count { $0.arrival - $0.instant > plant.rowInterval }
        #expect((0.001...0.02).contains(Double(late) / count))
        var first: [Key: [SourceValue]] = [:]
        var repeated = 0
        var conflicting = 0
        for row in rows {
            let values = Array(row.values.dropFirst())
            guard let known = first.updateValue(values, forKey: Key(asset: row.asset, instant: row.instant)) else {
                continue
            }
            if known == values { repeated += 1 } else { conflicting += 1 }
        }
        #expect(repeated > 0 && conflicting > 0)
        #expect(Double(repeated + conflicting) / count < 0.01)
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `some rows are later than the schema allows, most late rows are not`(name: String) throws {
        let plant = SimulatedPlantTests.plant(name)
        let allowed = try SchemaFile.schema(in: plant.schemaDocumentYAML, path: name).allowedLateness
        let late = rows(plant, days: name == "northwind" ? 8 : 6).filter { $0.arrival - $0.instant > plant.rowInterval }
        let tooLate = late.count { $0.arrival - $0.instant > allowed }
        #expect(tooLate > 0 && tooLate < late.count / 2 + 1)
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `the collector stands still for minutes now and then`(name: String) {
        let plant = SimulatedPlantTests.plant(name)
        let failures = plant.failures(from: plant.historyStart, to: plant.liveStart)
        let instants = Set(rows(plant, days: 6).map(\.instant)).sorted()
        let gaps = zip(instants, instants.dropFirst()).filter { earlier, later in
            later - earlier > plant.rowInterval * 1.9 && !failures.contains { $0.start <= later && $0.end >= earlier }
        }
        #expect(gaps.count >= 2 && gaps.count < 30)
        #expect(gaps.allSatisfy { $1 - $0 <= .seconds(2_400) })
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `lamps are tested twice a day, for five seconds, without a failure`(name: String) throws {
        let plant = SimulatedPlantTests.plant(name)
        let flags = plant.columns.indices.filter { plant.columns[$0].kind == .boolean }
        let continuous = plant.columns.indices.filter { plant.columns[$0].kind == .continuous }
        let asset = try #require(plant.assets.first)
        let ofAsset = rows(plant, days: 1).filter { $0.asset == asset }
        let lit = ofAsset.indices.filter { row in flags.allSatisfy { ofAsset[row].values[$0] == .boolean(true) } }
        #expect(lit.count == 2)
        for index in lit {
            let dark = try #require(ofAsset.dropFirst(index + 1).first)
            #expect(dark.instant - ofAsset[index].instant == .seconds(5))
            #expect((ofAsset[index].values + dark.values).count { $0 == .missing } == 2 * continuous.count)
            #expect(flags.contains { dark.values[$0] == .boolean(false) })
        }
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `sensors stick and spike on sound machines`(name: String) throws {
        let plant = SimulatedPlantTests.plant(name)
        let faults = plant.sensorFaults(from: plant.historyStart, to: plant.liveStart)
        #expect(faults.contains { $0.kind == .stuck } && faults.contains { $0.kind == .spiking })
        let episodes = plant.episodes(from: plant.historyStart, to: plant.liveStart)
        for kind in [SensorFault.Kind.stuck, .spiking] {
            let fault = try #require(
                faults.first { fault in
                    fault.kind == kind && fault.end - fault.start > 5_400
                        && !episodes.contains {
                            $0.asset == fault.asset && $0.onset < fault.end && fault.start < $0.repaired
                        }
                }
            )
            let column = try #require(plant.columns.indices.filter { plant.columns[$0].kind == .continuous }.first)
            let from = Instant(seconds: fault.start)
            let values = plant.rows(from: from, to: Instant(seconds: fault.end))
                .filter { $0.asset == plant.assets[fault.asset] && $0.instant >= from }
                .map { $0.values[column + fault.signal].number }.filter { !$0.isNaN }
            let range = try #require(values.max()) - #require(values.min())
            switch kind {
            case .stuck: #expect(Set(values).count == 1 && values.count > 10)
            case .spiking: #expect(range > abs(fault.spikeSize) / 2)
            }
        }
    }
}
