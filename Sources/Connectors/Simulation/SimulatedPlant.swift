package import Models
package import Plant

/// A plant that exists only in numbers, with a table of its own, wear, failures and all that goes wrong between.
///
/// It is the same for the same seed and `liveStart`, whichever spans of it are asked for. Its history
/// from ``historyStart`` on, 90 days or more, has enough failures to learn from; after it the first
/// failure comes 14 to 20 hours in, then one every two days or so.
package struct SimulatedPlant: Sendable {
    /// Where the live part begins unless one says otherwise.
    package static let defaultLiveStart = Instant(seconds: 1_775_433_600)  // 2026-04-06T00:00:00Z

    /// The organization's slug.
    package let organization: String
    /// The name of the table that its collector writes.
    package let table: String
    /// The source's columns in order, each with what it holds.
    package let columns: [PlantColumn]
    /// The complete schema document with its rules.
    package let schemaDocumentYAML: String
    package let assets: [String]
    package let components: [String]
    package let historyStart, liveStart: Instant
    /// Between two scans of an asset.
    package let rowInterval: Duration

    private let scanner: PlantScanner

    /// A heat-treatment furnace line in the 67 columns of a real plant's table, in naive local time of Asia/Kolkata.
    package static func furnaceLine(seed: UInt64, liveStart: Instant = defaultLiveStart) -> SimulatedPlant {
        SimulatedPlant(FurnaceLine(), schema: FurnaceLine.schemaDocumentYAML, seed: seed, liveStart: liveStart)
    }

    /// Five pumps, in local time of Europe/Amsterdam with its offset.
    package static func pumpStation(seed: UInt64, liveStart: Instant = defaultLiveStart) -> SimulatedPlant {
        SimulatedPlant(PumpStation(), schema: PumpStation.schemaDocumentYAML, seed: seed, liveStart: liveStart)
    }

    /// A fleet of eight machine tools, in UTC.
    package static func machineTools(seed: UInt64, liveStart: Instant = defaultLiveStart) -> SimulatedPlant {
        SimulatedPlant(MachineTools(), schema: MachineTools.schemaDocumentYAML, seed: seed, liveStart: liveStart)
    }

    private init(_ process: some SimulatedProcess, schema: String, seed: UInt64, liveStart: Instant) {
        let layout = process.layout
        let liveSecond = liveStart.floored(toMultipleOf: Int(layout.rowSeconds)).microseconds / 1_000_000
        organization = layout.organization
        table = layout.table
        columns = layout.columns.map(PlantColumn.init)
        schemaDocumentYAML = schema
        assets = layout.assets
        components = layout.components
        historyStart = Instant(seconds: liveSecond - layout.historyDays * 86_400)
        self.liveStart = Instant(seconds: liveSecond)
        rowInterval = .seconds(layout.rowSeconds)
        let plan = WearPlan(layout: layout, seed: seed, liveStart: liveSecond)
        scanner = PlantScanner(process: process, plan: plan, seed: seed)
    }

    /// The rows that arrive at or after `from` and before `to`, in the order of their arrival.
    ///
    /// Late and repeated rows stand where they arrive; spans that adjoin give the rows of the whole.
    package func rows(from: Instant, to: Instant) -> PlantRows { PlantRows(scanner: scanner, from: from, to: to) }

    /// The failures that start at or after `from` and before `to`, in order of time, each until its repair's end.
    package func failures(from: Instant, to: Instant) -> [FailureEvent] {
        episodes(from: from, to: to).map { episode in
            FailureEvent(
                asset: assets[episode.asset],
                start: Instant(seconds: episode.failure),
                end: Instant(seconds: episode.repaired),
                component: components[episode.component]
            )
        }
    }

    /// Hours for which nothing is wrong with the machine, only with one sensor of it.
    func sensorFaults(from: Instant, to: Instant) -> [SensorFault] {
        let blocks = SensorFaults.blocks(from: from, to: to)
        return assets.indices.flatMap { asset in
            blocks.compactMap { scanner.faults.fault(of: asset, inBlock: $0, noise: scanner.assetNoise[asset]) }
        }
        .filter { Instant(seconds: $0.start) >= from && Instant(seconds: $0.start) < to }
    }

    func episodes(from: Instant, to: Instant) -> [WearEpisode] {
        scanner.plan.episodes.joined()
            .filter { Instant(seconds: $0.failure) >= from && Instant(seconds: $0.failure) < to }
            .sorted { ($0.failure, $0.asset) < ($1.failure, $1.asset) }
    }
}

/// A column of a simulated plant's table.
package struct PlantColumn: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case identifier, timestamp, asset, continuous, boolean }

    package let name: String
    package let kind: Kind

    init(_ column: PlantLayout.Column) {
        name = column.name
        kind =
            switch column {
            case .identifier: .identifier
            case .timestamp: .timestamp
            case .asset: .asset
            case .continuous: .continuous
            case .flag: .boolean
            }
    }
}
