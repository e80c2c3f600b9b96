import Foundation
import Plant

/// What the sensors say at one scan.
struct ScannedValues: Sendable {
    var instruments: Instruments
    /// A row of flags between scans: every measured value is null.
    let isFlagsOnly: Bool
    /// Counted through the continuous signals, then the flags.
    let missingSignal: Int?
}

extension PlantScanner {
    /// What an asset's sensors say at a scan; nil where it is not scanned.
    ///
    /// `noiseSecond` is the second whose noise is in it: another than the scan's for other values at the same time.
    func scannedValues(of asset: Int, at second: Int64, noiseSecond: Int64) -> ScannedValues? {
        let noise = assetNoise[asset]
        let (state, scanning) = operatingState(of: asset, at: second, noiseSecond: noiseSecond)
        if scanning == .silent || (!state.hasFailed && delivery.isOutage(at: second)) { return nil }
        var instruments = Instruments(layout: layout)
        process.measure(state, into: &instruments)
        if let fault = faults.fault(of: asset, at: second, noise: noise) {
            apply(fault, to: &instruments, at: second)
        }
        let count = instruments.continuous.count + instruments.flags.count
        return ScannedValues(
            instruments: instruments,
            isFlagsOnly: scanning == .flagsOnly,
            missingSignal: delivery.missingSignal(of: count, at: second, noise: noise)
        )
    }

    /// The flags alone, all lit or as they are; nil where no lamps are tested.
    func lampTestValues(of asset: Int, at second: Int64, areLit: Bool) -> ScannedValues? {
        let (state, _) = operatingState(of: asset, at: second, noiseSecond: second)
        guard !state.hasFailed, !delivery.isOutage(at: second) else { return nil }
        var instruments = Instruments(layout: layout)
        process.measure(state, into: &instruments)
        if areLit { for index in instruments.flags.indices { instruments.flags[index] = true } }
        return ScannedValues(instruments: instruments, isFlagsOnly: true, missingSignal: nil)
    }

    private func apply(_ fault: SensorFault, to instruments: inout Instruments, at second: Int64) {
        switch fault.kind {
        case .stuck:
            let (state, _) = operatingState(of: fault.asset, at: fault.start, noiseSecond: fault.start)
            guard !state.hasFailed else { return }  // It came back sound from the repair.
            var atStart = Instruments(layout: layout)
            process.measure(state, into: &atStart)
            instruments.continuous[fault.signal] = atStart.continuous[fault.signal]
        case .spiking:
            instruments.continuous[fault.signal] += fault.spike(at: second, noise: assetNoise[fault.asset])
        }
    }

    enum Scanning: Sendable { case full, flagsOnly, silent }

    private func operatingState(
        of asset: Int,
        at second: Int64,
        noiseSecond: Int64
    ) -> (OperatingState, Scanning) {
        let noise = assetNoise[asset]
        guard let episode = plan.latestEpisode(of: asset, at: second) else {
            return (OperatingState(asset: asset, second: noiseSecond, noise: noise), .full)
        }
        guard second < episode.repaired else {
            let sinceRepair = Double(second - episode.repaired)
            return (OperatingState(asset: asset, second: noiseSecond, noise: noise, sinceRepair: sinceRepair), .full)
        }
        let state = OperatingState(
            asset: asset,
            second: noiseSecond,
            noise: noise,
            wornComponent: episode.component,
            wear: episode.wear(at: second),
            hasFailed: second >= episode.failure
        )
        let sinceFailure = second - episode.failure
        if sinceFailure < layout.collapseSeconds { return (state, .full) }
        let isFlagsRow = layout.repairRowSeconds.map { sinceFailure % $0 == 0 } ?? false
        return (state, isFlagsRow ? .flagsOnly : .silent)
    }

    /// A row's values in column order.
    func sourceValues(
        _ scanned: ScannedValues,
        identifier: Int64,
        timestamp: String,
        asset: String
    ) -> [SourceValue] {
        let continuousCount = scanned.instruments.continuous.count
        return layout.columns.map { column in
            switch column {
            case .identifier: .number(Double(identifier))
            case .timestamp: .text(timestamp)
            case .asset: .text(asset)
            case .continuous(_, let signal, let scale):
                scanned.isFlagsOnly || scanned.missingSignal == signal
                    ? .missing : .number((scanned.instruments.continuous[signal] * scale).rounded() / scale)
            case .flag(_, let signal):
                scanned.missingSignal == continuousCount + signal
                    ? .missing : .boolean(scanned.instruments.flags[signal])
            }
        }
    }
}
