import Foundation
import Plant

/// Eight machine tools on changing jobs; each wears in its spindle, its coolant circuit or an axis.
struct MachineTools: SimulatedProcess {
    enum Component {
        static let spindle = 0
        static let coolant = 1
        static let axis = 2
    }

    enum Signal: Int, CaseIterable, Sendable {
        case spindleLoad, vibration, temperature, coolantPressure, toolWear, followingError
    }

    enum Fault: Int, CaseIterable, Sendable {
        case spindleAlarm, coolantAlarm, axisAlarm, doorOpen
    }

    private static let programStream = 700
    private static let toolStream = 704

    let layout = MachineTools.makeLayout()

    func measure(_ state: OperatingState, into instruments: inout Instruments) {
        let spindle = state.wear(of: Component.spindle)
        let coolant = state.wear(of: Component.coolant)
        let axis = state.wear(of: Component.axis)
        let tool = toolWear(state)
        let isIdle = state.chance(0) < 0.04
        let job = isIdle ? 0.08 : jobLoad(state)
        let cooling = state.hasFailed(Component.coolant) ? 0.2 : 1
        func noise(_ signal: Signal) -> Double { state.gaussian(signal.rawValue) }
        func own(_ signal: Signal, _ spread: Double) -> Double { 1 + spread * state.personality(signal.rawValue) }
        func set(_ signal: Signal, _ value: Double) { instruments.continuous[signal.rawValue] = value }

        let load = job * (100 + 7 * tool + 9 * spindle + 5 * axis) + 1.2 * noise(.spindleLoad)
        set(.spindleLoad, state.hasFailed ? 0 : max(0, load))
        set(
            .vibration,
            (0.6 + 0.9 * job) * own(.vibration, 0.06) + 0.2 * tool + (0.5 + job) * 1.9 * spindle
                + 0.05 * noise(.vibration) * (1 + 2 * spindle)
        )
        let hall = 21 + 2 * sin((Double(state.second) - 36_000) * 2 * .pi / 86_400)
        set(
            .temperature,
            hall + 22 * jobLoad(state) * own(.temperature, 0.04) + 14 * spindle + 5 * coolant
                + 0.4 * noise(.temperature) + 0.6 * state.drift(Signal.temperature.rawValue, period: 7_200)
                - 8 * exp(-state.sinceRepair / 1_800)
        )
        set(
            .coolantPressure,
            cooling * (40 * own(.coolantPressure, 0.03) - 10 * coolant)
                + 0.35 * noise(.coolantPressure) * (1 + 3 * coolant)
        )
        set(.toolWear, 100 * tool)
        set(
            .followingError,
            (3.5 + 2.5 * job) * own(.followingError, 0.05) + 9 * axis
                + 0.25 * noise(.followingError) * (1 + 3 * axis) + (state.hasFailed(Component.axis) ? 20 : 0)
        )
        instruments.flags[Fault.spindleAlarm.rawValue] = state.hasFailed(Component.spindle)
        instruments.flags[Fault.coolantAlarm.rawValue] = state.hasFailed(Component.coolant)
        instruments.flags[Fault.axisAlarm.rawValue] = state.hasFailed(Component.axis)
        instruments.flags[Fault.doorOpen.rawValue] = isIdle || state.hasFailed
    }

    /// A job takes about six hours.
    private func jobLoad(_ state: OperatingState) -> Double {
        let program = StepProgram(
            noise: state.noise,
            stream: Self.programStream,
            blockSeconds: 6 * 3_600,
            levelCount: 5
        )
        return program.step(at: state.second).following([0.35, 0.45, 0.52, 0.58, 0.66], timeConstant: 300)
    }

    /// From 0 with a fresh tool to around 1 with a blunt one, which is changed every ten hours or so.
    private func toolWear(_ state: OperatingState) -> Double {
        let blockSeconds: Int64 = 10 * 3_600
        let (block, offset) = state.second.flooredDivision(by: blockSeconds)
        func change(_ block: Int64) -> Double {
            state.noise.uniform(Self.toolStream, at: block, in: 0...0.4) * Double(blockSeconds)
        }
        let own = change(block)
        let age = Double(offset) >= own ? Double(offset) - own : Double(offset + blockSeconds) - change(block - 1)
        return age / Double(blockSeconds)
    }

    private static func makeLayout() -> PlantLayout {
        PlantLayout(
            organization: "toolworks",
            table: "readings",
            columns: [
                .identifier("id"), .timestamp("recorded_at"), .asset("machine"),
                .continuous("spindle_load", signal: Signal.spindleLoad.rawValue, scale: 10),
                .continuous("vibration_rms", signal: Signal.vibration.rawValue, scale: 1_000),
                .continuous("spindle_temperature", signal: Signal.temperature.rawValue, scale: 10),
                .continuous("coolant_pressure", signal: Signal.coolantPressure.rawValue, scale: 100),
                .continuous("tool_wear", signal: Signal.toolWear.rawValue, scale: 10),
                .continuous("axis_following_error", signal: Signal.followingError.rawValue, scale: 100),
                .flag("spindle_alarm", signal: Fault.spindleAlarm.rawValue),
                .flag("coolant_alarm", signal: Fault.coolantAlarm.rawValue),
                .flag("axis_alarm", signal: Fault.axisAlarm.rawValue),
                .flag("door_open", signal: Fault.doorOpen.rawValue),
            ],
            assets: (1...4).map { "mill-\($0)" } + (1...4).map { "lathe-\($0)" },
            components: ["spindle", "coolant", "axis"],
            timestampStyle: .utc,
            rowSeconds: 300,
            delays: [1, 2, 12],
            historyDays: 90,
            wearHours: 7.5...11.4,
            failureIntervalDays: 1.5...2.9,
            collapseSeconds: 900,
            repairRowSeconds: nil,
            doubtfulSensors: [
                .init(signal: Signal.temperature.rawValue, spikeSize: 60),
                .init(signal: Signal.vibration.rawValue, spikeSize: 5),
                .init(signal: Signal.coolantPressure.rawValue, spikeSize: -30),
            ]
        )
    }
}
