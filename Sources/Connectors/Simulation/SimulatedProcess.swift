/// The physics of a simulated plant: what the instruments of an asset show in a state.
protocol SimulatedProcess: Sendable {
    var layout: PlantLayout { get }

    /// Sets every instrument; a pure function of the state.
    func measure(_ state: OperatingState, into instruments: inout Instruments)
}

/// What a process must know of one asset at one scan.
struct OperatingState: Sendable {
    let asset: Int
    /// Unix seconds.
    let second: Int64
    /// The asset's own.
    let noise: CounterNoise
    var wornComponent: Int?
    /// 0 healthy, around 1 at the failure.
    var wear = 0.0
    var hasFailed = false
    /// Seconds since the last repair ended; infinite where there was none or one is due.
    var sinceRepair = Double.infinity

    func wear(of component: Int) -> Double { component == wornComponent ? wear : 0 }

    func hasFailed(_ component: Int) -> Bool { hasFailed && component == wornComponent }

    /// Noise of one scan, by a signal's index.
    func gaussian(_ signal: Int) -> Double { noise.gaussian(signal, at: second) }

    /// A slow drift of a signal, by its index.
    func drift(_ signal: Int, period: Int64) -> Double { noise.drift(128 + signal, at: second, period: period) }

    /// Evenly spread over `0..<1`, for what happens now and then at a scan.
    func chance(_ number: Int) -> Double { noise.uniform(256 + number, at: second) }

    /// What makes one machine differ from its sisters, for ever.
    func personality(_ signal: Int) -> Double { noise.gaussian(384 + signal, at: 0) }
}

/// The values of one scan, by signal index.
struct Instruments: Sendable {
    var continuous: [Double]
    var flags: [Bool]

    init(layout: PlantLayout) {
        continuous = [Double](repeating: .nan, count: layout.continuousCount)
        flags = [Bool](repeating: false, count: layout.flagCount)
    }
}
