import Plant

/// A sensor that sticks or spikes for some hours while the machine behind it is sound.
struct SensorFault: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case stuck, spiking }

    let asset: Int
    let signal: Int
    let kind: Kind
    /// Unix seconds; a stuck sensor keeps what it showed at the start.
    let start, end: Int64
    let spikeSize: Double

    /// What a spiking sensor adds at a scan; mostly nothing.
    func spike(at second: Int64, noise: CounterNoise) -> Double {
        let chance = noise.uniform(644, at: second) / 0.15
        return chance < 1 ? (0.5 + chance) * spikeSize : 0
    }
}

/// Where in time the sensors of a simulated plant fail: at most one of an asset in every two days.
struct SensorFaults: Sendable {
    static let blockSeconds: Int64 = 2 * 86_400

    private enum Stream {
        static let happens = 640
        static let choice = 641
        static let start = 642
        static let length = 643
    }

    let layout: PlantLayout

    /// The numbers of the blocks that a span of time touches.
    static func blocks(from: Instant, to: Instant) -> ClosedRange<Int64> {
        let first = from.microseconds.flooredDivision(by: blockSeconds * 1_000_000).quotient
        return first...max(first, to.microseconds.flooredDivision(by: blockSeconds * 1_000_000).quotient)
    }

    /// The fault that an asset's sensors have at that second, by the asset's own noise.
    func fault(of asset: Int, at second: Int64, noise: CounterNoise) -> SensorFault? {
        let block = second.flooredDivision(by: Self.blockSeconds).quotient
        guard let fault = fault(of: asset, inBlock: block, noise: noise), fault.start <= second, second < fault.end
        else { return nil }
        return fault
    }

    func fault(of asset: Int, inBlock block: Int64, noise: CounterNoise) -> SensorFault? {
        guard !layout.doubtfulSensors.isEmpty, noise.uniform(Stream.happens, at: block) < 0.5 else { return nil }
        let choice = noise.bits(Stream.choice, at: block)
        let sensor = layout.doubtfulSensors[Int(choice >> 8) % layout.doubtfulSensors.count]
        let length = noise.uniform(Stream.length, at: block, in: 3_600...14_400)
        let startMax = Double(Self.blockSeconds) - 14_400
        let offset = noise.uniform(Stream.start, at: block) * startMax
        let start = (block * Self.blockSeconds + Int64(offset)) / layout.rowSeconds * layout.rowSeconds
        return SensorFault(
            asset: asset,
            signal: sensor.signal,
            kind: choice & 1 == 0 ? .stuck : .spiking,
            start: start,
            end: start + Int64(length),
            spikeSize: sensor.spikeSize
        )
    }
}
