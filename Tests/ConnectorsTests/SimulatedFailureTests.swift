import Connectors
import Models
import Plant
import Testing

/// What the signals say of the failures that the ground truth has.
@Suite struct SimulatedFailureTests {
    /// By plant and component: the flag that its failure sets, and a column that its wear moves, by how much at least.
    static let signs: [(plant: String, component: String, flag: String, column: String, shift: Double)] = [
        ("northwind", "heater", "hz1hfail", "hz1pv", -8), ("northwind", "quench_oil", "oiltemphigh", "oilpv", 6),
        ("northwind", "conveyor", "hardconfail", "hardhz", -0.3),
        ("harbor", "bearing", "bearing_trip", "vibration_rms", 1.2),
        ("harbor", "seal", "seal_failure", "seal_leakage", 1.8), ("harbor", "impeller", "low_flow_trip", "flow", -15),
        ("toolworks", "spindle", "spindle_alarm", "vibration_rms", 0.8),
        ("toolworks", "coolant", "coolant_alarm", "coolant_pressure", -4),
        ("toolworks", "axis", "axis_alarm", "axis_following_error", 4),
    ]

    private func index(_ column: String, in plant: SimulatedPlant) throws -> Int {
        try #require(plant.columns.firstIndex { $0.name == column })
    }

    private func rows(of failure: FailureEvent, in plant: SimulatedPlant, from: Duration, to: Duration) -> [PlantRow] {
        plant.rows(from: failure.start + from, to: failure.start + to).filter { $0.asset == failure.asset }
    }

    private func measured(_ rows: [PlantRow], _ plant: SimulatedPlant) -> [PlantRow] {
        let continuous = plant.columns.indices.filter { plant.columns[$0].kind == .continuous }
        return rows.filter { row in continuous.contains { row.values[$0] != .missing } }
    }

    @Test(arguments: signs.indices)
    func `the component's flag is set from the failure on and not before`(sign: Int) throws {
        let sign = Self.signs[sign]
        let plant = SimulatedPlantTests.plant(sign.plant)
        let flag = try index(sign.flag, in: plant)
        let failures = plant.failures(from: plant.historyStart, to: plant.liveStart)
            .filter { $0.component == sign.component }
        #expect(failures.count >= 6)
        for failure in failures.prefix(6) {
            let around = measured(rows(of: failure, in: plant, from: .seconds(-3_600), to: .seconds(900)), plant)
            let before = around.filter { $0.instant < failure.start }
            let after = around.filter { $0.instant >= failure.start }
            #expect(before.count >= 8 && before.allSatisfy { $0.values[flag].flag != 1 })
            #expect(after.count >= 2 && after.allSatisfy { $0.values[flag].flag != 0 })
            #expect(after.contains { $0.values[flag].flag == 1 })
        }
    }

    @Test(arguments: signs.indices)
    func `the wear shows in the hours before the failure`(sign: Int) throws {
        let sign = Self.signs[sign]
        let plant = SimulatedPlantTests.plant(sign.plant)
        let column = try index(sign.column, in: plant)
        // A furnace's temperature and speed are judged against what they are set to.
        let reference = try ["hz1pv": "hz1sv", "hardhz": "temphz"][sign.column].map { try index($0, in: plant) }
        func mean(_ rows: [PlantRow]) -> Double {
            let values = rows.compactMap { row -> Double? in
                let shift = reference.map { row.values[$0].number / (sign.column == "hardhz" ? 1.1 : 1) } ?? 0
                let value = row.values[column].number - shift
                return value.isNaN ? nil : value
            }
            .sorted()
            return values.isEmpty ? .nan : values[values.count / 2]
        }
        let failures = plant.failures(from: plant.historyStart + .seconds(3 * 86_400), to: plant.liveStart)
            .filter { $0.component == sign.component }.prefix(6)
        let shifts = failures.map { failure in
            mean(rows(of: failure, in: plant, from: .seconds(-7_200), to: .zero))
                - mean(rows(of: failure, in: plant, from: .seconds(-93_600), to: .seconds(-86_400)))
        }
        // Jobs and recipes change in between, so not each failure must show the whole shift in one column.
        let shown = shifts.filter { sign.shift < 0 ? $0 < sign.shift : $0 > sign.shift }
        #expect(shown.count >= 5, "\(shifts)")
    }

    @Test(arguments: SimulatedPlantTests.names)
    func `nothing is measured on a failed asset until it is repaired`(name: String) {
        let plant = SimulatedPlantTests.plant(name)
        let failures = plant.failures(from: plant.historyStart, to: plant.liveStart)
        for failure in failures.prefix(3) {
            let repair = failure.end - failure.start
            let during = rows(of: failure, in: plant, from: .seconds(900), to: repair)
                .filter { $0.instant >= failure.start + .seconds(900) }
            #expect(measured(during, plant).isEmpty)
            // The line's controller goes on to report its flags; pumps and tools are switched off.
            #expect(during.isEmpty == (name != "northwind"))
            let after = rows(of: failure, in: plant, from: repair, to: repair + .seconds(7_200))
            #expect(measured(after, plant).count >= 12)
        }
    }

    @Test func `other assets go on while one is repaired`() throws {
        let plant = SimulatedPlant.machineTools(seed: 7)
        let failure = try #require(plant.failures(from: plant.historyStart, to: plant.liveStart).first)
        let during = plant.rows(from: failure.start + .seconds(3_600), to: failure.start + .seconds(10_800))
        #expect(Set(during.map(\.asset)) == Set(plant.assets).subtracting([failure.asset]))
    }
}
