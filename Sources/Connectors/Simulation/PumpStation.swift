import Foundation

/// Centrifugal pumps that share a town's water demand; each wears in its bearing, its seal or its impeller.
struct PumpStation: SimulatedProcess {
    enum Component {
        static let bearing = 0
        static let seal = 1
        static let impeller = 2
    }

    enum Signal: Int, CaseIterable, Sendable {
        case speed, flow, pressure, current, bearingTemperature, vibration, leakage
    }

    enum Fault: Int, CaseIterable, Sendable {
        case sealLeak, bearingTrip, sealFailure, lowFlowTrip
    }

    private static let programStream = 700
    /// Rated speed, 1/min.
    private static let ratedSpeed = 1_450.0

    let layout = PumpStation.makeLayout()

    func measure(_ state: OperatingState, into instruments: inout Instruments) {
        let bearing = state.wear(of: Component.bearing)
        let seal = state.wear(of: Component.seal)
        let impeller = state.wear(of: Component.impeller)
        let share = speedShare(state)
        func noise(_ signal: Signal) -> Double { state.gaussian(signal.rawValue) }
        func own(_ signal: Signal, _ spread: Double) -> Double { 1 + spread * state.personality(signal.rawValue) }
        func set(_ signal: Signal, _ value: Double) { instruments.continuous[signal.rawValue] = value }

        // Affinity laws: flow with the speed, head with its square, power with its cube, and current nearly so.
        set(.speed, Self.ratedSpeed * share + 1.5 * noise(.speed))
        set(
            .flow,
            310 * share * own(.flow, 0.02) * (1 - 0.16 * impeller - 0.03 * seal)
                * (1 - 0.6 * failed(.lowFlowTrip, state))
                + 2.5 * noise(.flow) * (1 + 1.5 * impeller)
        )
        set(
            .pressure,
            6.2 * share * share * own(.pressure, 0.02) * (1 - 0.10 * impeller - 0.06 * seal)
                * (1 - 0.4 * failed(.sealFailure, state)) + 0.035 * noise(.pressure) * (1 + 2 * seal)
        )
        set(
            .current,
            96 * pow(share, 2.6) * own(.current, 0.02) * (1 + 0.09 * impeller + 0.05 * bearing) + 0.7 * noise(.current)
        )
        let room = 19 + 3 * sin((Double(state.second) - 36_000) * 2 * .pi / 86_400)
        set(
            .bearingTemperature,
            room + 30 * share * share * own(.bearingTemperature, 0.03) + 15 * bearing
                + 0.4 * noise(.bearingTemperature) + 0.8
                * state.drift(Signal.bearingTemperature.rawValue, period: 7_200)
                + 12 * failed(.bearingTrip, state) - 8 * exp(-state.sinceRepair / 1_800)
        )
        set(
            .vibration,
            1.9 * share * own(.vibration, 0.08) + 2.6 * bearing + 0.7 * impeller
                + 0.09 * noise(.vibration) * (1 + 1.5 * bearing) + 2.5 * failed(.bearingTrip, state)
        )
        set(.leakage, max(0, 0.5 + 0.12 * noise(.leakage) + 3.6 * seal + 6 * failed(.sealFailure, state)))

        // A drop on the leak sensor now and then, more and more of them from a seal that wears.
        let leakShare = 0.002 + 0.3 * max(0, seal - 0.3)
        instruments.flags[Fault.sealLeak.rawValue] = state.chance(0) < leakShare || state.hasFailed(Component.seal)
        instruments.flags[Fault.bearingTrip.rawValue] = state.hasFailed(Component.bearing)
        instruments.flags[Fault.sealFailure.rawValue] = state.hasFailed(Component.seal)
        instruments.flags[Fault.lowFlowTrip.rawValue] = state.hasFailed(Component.impeller)
    }

    private func failed(_ fault: Fault, _ state: OperatingState) -> Double {
        switch fault {
        case .bearingTrip: state.hasFailed(Component.bearing) ? 1 : 0
        case .sealFailure, .sealLeak: state.hasFailed(Component.seal) ? 1 : 0
        case .lowFlowTrip: state.hasFailed(Component.impeller) ? 1 : 0
        }
    }

    /// Demand over the day, and the station's way of sharing it, changed twice a day.
    private func speedShare(_ state: OperatingState) -> Double {
        let program = StepProgram(
            noise: state.noise,
            stream: Self.programStream,
            blockSeconds: 12 * 3_600,
            levelCount: 4
        )
        let duty = program.step(at: state.second).following([0.84, 0.88, 0.92, 0.96], timeConstant: 240)
        let daily = sin((Double(state.second) - 25_200) * 2 * .pi / 86_400)
        return duty + 0.025 * daily + 0.005 * state.drift(Signal.speed.rawValue, period: 3_600)
    }

    private static func makeLayout() -> PlantLayout {
        PlantLayout(
            organization: "harbor",
            table: "readings",
            columns: [
                .identifier("id"), .timestamp("measured_at"), .asset("pump"),
                .continuous("speed", signal: Signal.speed.rawValue, scale: 1),
                .continuous("flow", signal: Signal.flow.rawValue, scale: 10),
                .continuous("discharge_pressure", signal: Signal.pressure.rawValue, scale: 1_000),
                .continuous("motor_current", signal: Signal.current.rawValue, scale: 10),
                .continuous("bearing_temperature", signal: Signal.bearingTemperature.rawValue, scale: 10),
                .continuous("vibration_rms", signal: Signal.vibration.rawValue, scale: 1_000),
                .continuous("seal_leakage", signal: Signal.leakage.rawValue, scale: 100),
                .flag("seal_leak", signal: Fault.sealLeak.rawValue),
                .flag("bearing_trip", signal: Fault.bearingTrip.rawValue),
                .flag("seal_failure", signal: Fault.sealFailure.rawValue),
                .flag("low_flow_trip", signal: Fault.lowFlowTrip.rawValue),
            ],
            assets: (1...5).map { "pump-\($0)" },
            components: ["bearing", "seal", "impeller"],
            timestampStyle: .offset(.amsterdam),
            rowSeconds: 300,
            delays: [1, 2, 12],
            historyDays: 90,
            wearHours: 14...22.5,
            failureIntervalDays: 1.6...3,
            collapseSeconds: 900,
            repairRowSeconds: nil,
            doubtfulSensors: [
                .init(signal: Signal.bearingTemperature.rawValue, spikeSize: 60),
                .init(signal: Signal.vibration.rawValue, spikeSize: 9),
                .init(signal: Signal.pressure.rawValue, spikeSize: -5),
            ]
        )
    }
}
