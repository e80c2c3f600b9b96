import Foundation
import Plant

/// A hardening and tempering line: two hardening and two tempering zones, carbon control, quench oil, conveyors.
struct FurnaceLine: SimulatedProcess {
    enum Component {
        static let heater = 0
        static let quenchOil = 1
        static let conveyor = 2
    }

    /// What the line runs on; it changes once in a shift.
    private struct Recipe: Sendable {
        let hz1, hz2, carbon, tz1, tz2, hardening: [Double]

        static let all = Recipe(
            hz1: [860, 870, 880, 850, 890],
            hz2: [865, 875, 885, 855, 890],
            carbon: [0.80, 0.85, 0.95, 0.75, 1.05],
            tz1: [420, 400, 380, 440, 370],
            tz2: [425, 405, 385, 445, 375],
            hardening: [32, 30.5, 28, 34, 27]
        )
    }

    private static let shiftSeconds: Int64 = 12 * 3_600
    private static let programStream = 700

    let layout = FurnaceLine.makeLayout()

    func measure(_ state: OperatingState, into instruments: inout Instruments) {
        let recipe = Recipe.all
        let program = StepProgram(
            noise: state.noise,
            stream: Self.programStream,
            blockSeconds: Self.shiftSeconds,
            levelCount: recipe.hz1.count
        )
        let step = program.step(at: state.second)
        setPoints(recipe, step, into: &instruments)
        processValues(recipe, step, state, into: &instruments)
        drives(recipe, step, state, into: &instruments)
        faults(state, into: &instruments)
    }

    private func setPoints(_ recipe: Recipe, _ step: StepProgram.Step, into instruments: inout Instruments) {
        let now = step.current
        func set(
            _ set: Signal,
            _ value: Double,
            low: Signal,
            _ lowDeviation: Double,
            high: Signal,
            _ highDeviation: Double
        ) {
            instruments[set] = value
            instruments[low] = value + lowDeviation
            instruments[high] = value + highDeviation
        }
        set(.hz1sv, recipe.hz1[now], low: .hz1lt, -30, high: .hz1ht, 10)
        set(.hz2sv, recipe.hz2[now], low: .hz2lt, -10, high: .hz2ht, 10)
        set(.cpsv, recipe.carbon[now], low: .cpl, -0.05, high: .cph, 0.05)
        set(.tz1sv, recipe.tz1[now], low: .tz1lt, -30, high: .tz1ht, 10)
        set(.tz2sv, recipe.tz2[now], low: .tz2lt, -10, high: .tz2ht, 10)
        let first = Signal.firstRecipe
        for number in 0..<Signal.recipeCount {
            instruments.continuous[first + number] = Double(10 * (now + 1) + number)
        }
    }

    private func processValues(
        _ recipe: Recipe,
        _ step: StepProgram.Step,
        _ state: OperatingState,
        into instruments: inout Instruments
    ) {
        let second = Double(state.second)
        let heater = state.wear(of: Component.heater)
        let oil = state.wear(of: Component.quenchOil)
        // The line comes back from a repair somewhat cold; a failed heater lets its zone cool fast.
        let cold = 7 * exp(-state.sinceRepair / 900)
        let outage = state.hasFailed(Component.heater) ? 25.0 : 0
        let ripple = sin(second * 2 * .pi / 660) * 6.5 * heater
        func pv(_ signal: Signal, _ levels: [Double], lag: Double, noise: Double) -> Double {
            step.following(levels, timeConstant: lag) + noise * state.gaussian(signal.rawValue)
                + noise * state.drift(signal.rawValue, period: 2_700)
        }
        let heaterLag = 200 * (1 + heater)
        instruments[.hz1pv] = pv(.hz1pv, recipe.hz1, lag: heaterLag, noise: 0.6) - cold - outage - 18 * heater + ripple
        instruments[.hz2pv] = pv(.hz2pv, recipe.hz2, lag: 200, noise: 0.6) - cold - outage / 3 - 4.5 * heater
        instruments[.cppv] = pv(.cppv, recipe.carbon, lag: 220, noise: 0.005 * (1 + 2.5 * heater))
        instruments[.tz1pv] = pv(.tz1pv, recipe.tz1, lag: 240, noise: 0.6) - cold
        instruments[.tz2pv] = pv(.tz2pv, recipe.tz2, lag: 240, noise: 0.6) - cold
        let daily = sin((second - 36_000) * 2 * .pi / 86_400)
        let oilHeat = state.hasFailed(Component.quenchOil) ? 9.0 : 0
        instruments[.oilpv] =
            61 + 1.5 * daily + 1.2 * state.drift(Signal.oilpv.rawValue, period: 7_200)
            + 0.35 * state.gaussian(Signal.oilpv.rawValue) * (1 + 2 * oil) + 13 * oil + oilHeat
        instruments[.deppv] = 70 + 0.5 * state.gaussian(Signal.deppv.rawValue) + daily
        instruments[.postpv] = 65 + 0.5 * state.gaussian(Signal.postpv.rawValue) + daily
    }

    private func drives(
        _ recipe: Recipe,
        _ step: StepProgram.Step,
        _ state: OperatingState,
        into instruments: inout Instruments
    ) {
        let conveyor = state.wear(of: Component.conveyor)
        let oil = state.wear(of: Component.quenchOil)
        let speed = step.following(recipe.hardening, timeConstant: 60)
        let stop = state.hasFailed(Component.conveyor) ? 0.0 : 1
        func noise(_ signal: Signal) -> Double { state.gaussian(signal.rawValue) }
        instruments[.hardhz] = stop * (speed - 1.1 * conveyor + noise(.hardhz) * (0.06 + 0.9 * conveyor))
        instruments[.temphz] = stop * (1.1 * speed + noise(.temphz) * (0.06 + 0.4 * conveyor))
        instruments[.oilhz] =
            40 + 6 * oil + 0.1 * noise(.oilhz) + 0.12 * state.drift(Signal.oilhz.rawValue, period: 5_400)
        instruments[.dephz] = 45 + 0.08 * noise(.dephz)
        instruments[.posthz] = 45 + 0.08 * noise(.posthz)
    }

    private func faults(_ state: OperatingState, into instruments: inout Instruments) {
        for fault in Fault.allCases { instruments.flags[fault.rawValue] = false }
        instruments[.hz1hfail] = state.hasFailed(Component.heater)
        instruments[.oiltemphigh] = state.hasFailed(Component.quenchOil)
        instruments[.oilconfail] = state.hasFailed(Component.quenchOil)
        // A worn drive trips now and then before it fails, and is reset at once.
        let conveyor = state.wear(of: Component.conveyor)
        let isTripped = conveyor > 0.75 && state.chance(0) < 0.02
        instruments[.hardconfail] = state.hasFailed(Component.conveyor)
        instruments[.hardcontraip] = state.hasFailed(Component.conveyor) || isTripped
        // Oil is topped up every few days: nothing that fails.
        let (block, offset) = state.second.flooredDivision(by: 4 * 86_400)
        let topUp = state.noise.uniform(Self.programStream + 2, at: block, in: 7_200...300_000)
        let sinceTopUp = Double(offset) - topUp
        instruments[.oillevellow] = (-900..<0).contains(sinceTopUp)
        instruments[.oillevelhigh] = (300..<600).contains(sinceTopUp)
    }
}

extension Instruments {
    fileprivate subscript(_ signal: FurnaceLine.Signal) -> Double {
        get { continuous[signal.rawValue] }
        set { continuous[signal.rawValue] = newValue }
    }

    fileprivate subscript(_ fault: FurnaceLine.Fault) -> Bool {
        get { flags[fault.rawValue] }
        set { flags[fault.rawValue] = newValue }
    }
}
