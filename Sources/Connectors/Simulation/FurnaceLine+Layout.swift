extension FurnaceLine {
    /// The measured columns of table `jk2`; the 18 recipe set points follow them.
    enum Signal: Int, CaseIterable, Sendable {
        case hz1sv, hz1pv, hz2sv, hz2pv, cpsv, cppv, tz1sv, tz1pv, tz2sv, tz2pv
        case deppv, oilpv, postpv
        case dephz, hardhz, oilhz, posthz, temphz
        case hz1ht, hz1lt, hz2ht, hz2lt, cph, cpl, tz1ht, tz1lt, tz2ht, tz2lt

        static let firstRecipe = allCases.count
        static let recipeCount = recipeColumns.count
        /// The real table has no sp13 and sp14.
        static let recipeColumns = (Array(1...12) + Array(15...20)).map { "sp\($0)" }
    }

    /// The fault columns, true in a fault; the spelling is the real table's.
    enum Fault: Int, CaseIterable, Sendable {
        case oiltemphigh, oillevelhigh, oillevellow
        case hz1hfail, hz2hfail
        case hardconfail, hardcontraip, oilconfail, oilcontraip, tempconfail, tempcontraip
        case hz1fanfail, hz2fanfail, hz1fantrip, hz2fantrip
        case tz1fanfail, tz2fanfail, tz1fantrip, tz2fantrip
    }

    static func makeLayout() -> PlantLayout {
        let measured = Signal.allCases.map { signal in
            // Carbon potential in thousandths of a percent, drives in hundredths of a hertz, temperatures in tenths.
            let scale: Double =
                switch signal {
                case .cpsv, .cppv, .cph, .cpl: 1_000
                case .dephz, .hardhz, .oilhz, .posthz, .temphz: 100
                case .hz1sv, .hz1pv, .hz2sv, .hz2pv, .tz1sv, .tz1pv, .tz2sv, .tz2pv, .deppv, .oilpv, .postpv, .hz1ht,
                    .hz1lt, .hz2ht, .hz2lt, .tz1ht, .tz1lt, .tz2ht, .tz2lt:
                    10
                }
            return PlantLayout.Column.continuous("\(signal)", signal: signal.rawValue, scale: scale)
        }
        let recipe = Signal.recipeColumns.enumerated().map { index, name in
            PlantLayout.Column.continuous(name, signal: Signal.firstRecipe + index, scale: 1)
        }
        let faults = Fault.allCases.map { PlantLayout.Column.flag("\($0)", signal: $0.rawValue) }
        return PlantLayout(
            organization: "northwind",
            table: "jk2",
            columns: [.identifier("id")] + measured + recipe + faults + [.timestamp("created_timestamp")],
            assets: ["plant"],
            components: ["heater", "quench_oil", "conveyor"],
            timestampStyle: .naive(.kolkata),
            rowSeconds: 60,
            delays: [1, 2, 4, 30],
            historyDays: 110,
            wearHours: 7.5...11.4,
            failureIntervalDays: 1.5...2.8,
            collapseSeconds: 600,
            repairRowSeconds: 600,
            doubtfulSensors: [
                .init(signal: Signal.hz1pv.rawValue, spikeSize: 120),
                .init(signal: Signal.hz2pv.rawValue, spikeSize: 120),
                .init(signal: Signal.tz1pv.rawValue, spikeSize: 90),
                .init(signal: Signal.oilpv.rawValue, spikeSize: 40),
            ]
        )
    }
}
