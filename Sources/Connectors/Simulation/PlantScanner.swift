import Plant

/// Scans a simulated plant: which rows arrive at which scan, and when.
struct PlantScanner: Sendable {
    private static let millisecondStream = 660
    /// From the scan to its commit in the table.
    private static let arrivalDelay = Duration.seconds(1)

    let process: any SimulatedProcess
    let layout: PlantLayout
    let plan: WearPlan
    let delivery: ScanDelivery
    let faults: SensorFaults
    let assetNoise: [CounterNoise]

    init(process: any SimulatedProcess, plan: WearPlan, seed: UInt64) {
        let noise = CounterNoise(seed: seed)
        self.process = process
        layout = process.layout
        self.plan = plan
        delivery = ScanDelivery(layout: layout, plantNoise: noise.part(0))
        faults = SensorFaults(layout: layout)
        assetNoise = layout.assets.indices.map { noise.part($0 + 1) }
    }

    /// Scans are numbered from 1970 on.
    func firstScan(arrivingAtOrAfter instant: Instant) -> Int64 {
        let length = layout.rowSeconds * 1_000_000
        let (scan, remainder) = (instant - Self.arrivalDelay).microseconds.flooredDivision(by: length)
        return remainder == 0 ? scan : scan + 1
    }

    /// Appends the rows of one asset that arrive at one scan: of a lamp test, its own, late ones, a repeated one.
    ///
    /// - Parameters:
    ///   - asset: Its index.
    ///   - scan: The number of the scan at which the rows arrive.
    ///   - slot: How many rows have arrived at the scan; counted on.
    ///   - writer: Writes the rows' timestamps.
    ///   - rows: Where the rows go.
    func appendRows(
        ofAsset asset: Int,
        arrivingIn scan: Int64,
        slot: inout Int64,
        writer: inout TimestampWriter,
        to rows: inout [PlantRow]
    ) {
        let noise = assetNoise[asset]
        let second = scan * layout.rowSeconds
        func append(_ values: ScannedValues?, at instant: Instant) {
            guard let values else { return }
            let columns = sourceValues(
                values,
                identifier: identifier(scan: scan, slot: slot),
                timestamp: writer.text(instant),
                asset: layout.assets[asset]
            )
            let arrival = Instant(seconds: second) + Self.arrivalDelay
            rows.append(PlantRow(asset: layout.assets[asset], instant: instant, arrival: arrival, values: columns))
            slot += 1
        }
        func appendScan(_ scanSecond: Int64, noiseSecond: Int64) {
            append(
                scannedValues(of: asset, at: scanSecond, noiseSecond: noiseSecond),
                at: rowInstant(scanSecond, noise: noise)
            )
        }
        if let start = LampTest.start(before: second, rowSeconds: layout.rowSeconds, noise: noise) {
            let end = start + LampTest.lengthSeconds
            append(lampTestValues(of: asset, at: start, areLit: true), at: Instant(seconds: start))
            append(lampTestValues(of: asset, at: end, areLit: false), at: Instant(seconds: end))
        }
        if delivery.delay(at: second, noise: noise) == 0 { appendScan(second, noiseSecond: second) }
        for delay in layout.delays {
            let earlier = second - delay * layout.rowSeconds
            if delivery.delay(at: earlier, noise: noise) == delay { appendScan(earlier, noiseSecond: earlier) }
        }
        let before = second - layout.rowSeconds
        guard delivery.delay(at: before, noise: noise) == 0 else { return }
        switch delivery.repetition(at: before, noise: noise) {
        case .none: break
        case .same: appendScan(before, noiseSecond: before)
        case .otherValues: appendScan(before, noiseSecond: before + 1)
        }
    }

    private func rowInstant(_ second: Int64, noise: CounterNoise) -> Instant {
        let milliseconds = layout.hasMilliseconds ? Int64(noise.bits(Self.millisecondStream, at: second) % 900) : 0
        return Instant(microseconds: second * 1_000_000 + milliseconds * 1_000)
    }

    /// Rises with the order of arrival; as in any sequence, some numbers are left out.
    private func identifier(scan: Int64, slot: Int64) -> Int64 {
        let slotsPerScan = Int64(layout.assets.count * (layout.delays.count + 4))
        // Counted from 2020 on, so that a 32-bit integer column holds them for decades.
        let origin = 1_577_836_800 / layout.rowSeconds
        return (scan - origin) * slotsPerScan + slot + 1
    }
}
