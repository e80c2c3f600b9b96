package import Models
package import Plant

/// How an organization's lane does, for people and probes.
package struct LaneStatus: Hashable, Sendable, Codable {
    package enum PredictionState: String, Hashable, Sendable, Codable {
        case off, noModel, warmingUp, on, failing
    }

    /// Ingest sequence of the last reading that went through.
    package var cursor: Int64
    /// Readings that are committed and wait.
    package var behind: Int64
    package var newestInstant: Instant?
    package var predictions: PredictionState
    /// Why no predictions are made, in words; nil while they are.
    package var reason: String?
    /// What is to be known of predictions that are made all the same: that the champion can't be loaded, and the model
    /// before it goes on.
    package var note: String?
    package var modelVersion: ModelVersion?
    /// How far apart the rows are that the serving model predicts, by its own manifest; nil where none serves.
    package var predictEverySeconds: Int?
    /// The version that is unwell and asked nothing; the one before may go on in its place.
    package var takenOut: ModelVersion?
    /// The model that is being proven, or whose features are being brought up to date.
    package var warming: ModelVersion?
    package var breakers: Breakers
    /// Rows that had no answer in time and are asked again.
    package var waitingRows: Int
    package var openAlarms: Int
    /// Why the organization's source can't be read; nil while it can, or where readings are pushed.
    package var sourceProblem: String?

    package static let unknown = LaneStatus(
        cursor: 0,
        behind: 0,
        newestInstant: nil,
        predictions: .off,
        reason: "the lane has not started yet",
        modelVersion: nil,
        warming: nil,
        breakers: Breakers(),
        waitingRows: 0,
        openAlarms: 0,
        sourceProblem: nil
    )
}

/// An organization's breakers, one per dependency.
package struct Breakers: Hashable, Sendable, Codable {
    private var model = BreakerReport.untouched
    private var source = BreakerReport.untouched
    private var store = BreakerReport.untouched

    package subscript(dependency: Dependency) -> BreakerReport {
        get { self[keyPath: Self.path(of: dependency)] }
        set { self[keyPath: Self.path(of: dependency)] = newValue }
    }

    private static func path(of dependency: Dependency) -> WritableKeyPath<Breakers, BreakerReport> {
        switch dependency {
        case .model: \.model
        case .source: \.source
        case .store: \.store
        }
    }
}
