import Plant

/// How a simulated plant writes its table, and how its machines are kept and break.
struct PlantLayout: Sendable {
    enum Column: Sendable {
        case identifier(String)
        case timestamp(String)
        case asset(String)
        /// The measured signal of that index, rounded to whole parts of 1 / `scale`.
        case continuous(String, signal: Int, scale: Double)
        case flag(String, signal: Int)

        var name: String {
            switch self {
            case .identifier(let name), .timestamp(let name), .asset(let name): name
            case .continuous(let name, _, _), .flag(let name, _): name
            }
        }
    }

    /// A sensor that may stick or spike, and how far its spikes go.
    struct DoubtfulSensor: Sendable {
        let signal: Int
        let spikeSize: Double
    }

    let organization: String
    let table: String
    let columns: [Column]
    let assets: [String]
    let components: [String]
    let timestampStyle: TimestampWriter.Style
    /// Between two scans of an asset.
    let rowSeconds: Int64
    /// How many scans late a late row may be.
    let delays: [Int64]
    let historyDays: Int64
    /// Hours from the first visible wear to the failure.
    let wearHours: ClosedRange<Double>
    /// Days between two failures of the plant.
    let failureIntervalDays: ClosedRange<Double>
    /// Seconds for which a failed asset is still scanned.
    let collapseSeconds: Int64
    /// Between two rows of flags alone while an asset is repaired; nil where it is silent.
    let repairRowSeconds: Int64?
    let doubtfulSensors: [DoubtfulSensor]

    var hasMilliseconds: Bool {
        switch timestampStyle {
        case .naive, .utc: true
        case .offset: false
        }
    }

    var continuousCount: Int {
        columns.reduce(0) { if case .continuous = $1 { $0 + 1 } else { $0 } }
    }

    var flagCount: Int {
        columns.reduce(0) { if case .flag = $1 { $0 + 1 } else { $0 } }
    }
}
