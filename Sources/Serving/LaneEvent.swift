import Alarms
import Features
package import Models
import Plant

/// All that can change a lane's state, in one order.
enum LaneEvent: Sendable {
    /// Readings were committed; the store has them behind the lane's cursor.
    case committed
    /// Time went by: delays expire in silence.
    case tick
    case act(OperatorAct)
    case preview(Preview)
    /// Schema, rules, the champion or the switch changed in the store.
    case configurationChanged
    /// A model that was being warmed up is ready, or is not.
    case warmed(ModelVersion, Result<WarmedModel, ModelError>)
    /// A model was looked at while it served, and is unwell.
    case condemned(ModelVersion, ModelError)

    /// Whether somebody waits for what becomes of it.
    var isCommand: Bool {
        switch self {
        case .act, .preview: true
        case .committed, .tick, .configurationChanged, .warmed, .condemned: false
        }
    }

    /// Answers a command that nothing will come of.
    func refuse(because error: LaneError) {
        switch self {
        case .act(let act): act.reply.resume(throwing: error)
        case .preview(let preview): preview.reply.resume(throwing: error)
        case .committed, .tick, .configurationChanged, .warmed, .condemned: break
        }
    }
}

/// An operator's word, and who waits until it is kept.
struct OperatorAct: Sendable {
    enum Deed: Sendable {
        case acknowledge(ID<Alarm>, note: String?)
        case reset(ID<Alarm>)
        /// Whether it may end what is out of service.
        case suppress(SuppressionBook.Place, Suppression, mayOverride: Bool)
        case unsuppress(SuppressionBook.Place, mayOverride: Bool)
    }

    let deed: Deed
    let by: String
    let reply: CheckedContinuation<Void, any Error>
}

/// A proven model, and an engine that has seen all readings up to a point.
struct WarmedModel: Sendable {
    let model: ServedModel
    /// Nil where the model goes on with the engine that serves: one with the same `memoryKey`.
    var features: FeatureEngine?
    let throughSequence: Int64
}

/// Readings that are not to be kept, and who waits for the features they would bring.
struct Preview: Sendable {
    let readings: [Reading]
    /// Of the schema under which the readings are meant.
    let tags: [Tag]
    let reply: CheckedContinuation<PreviewedRows, any Error>
}

/// What the live model says of readings that are not to be kept.
package struct PreviewAnswer: Sendable {
    package let manifest: ModelManifest
    package let version: ModelVersion
    /// In order of asset and time.
    package let predictions: [Prediction]
    /// Readings without a prediction: between two predictions, too late, or before there is enough history.
    package let withoutRow: Int

    init(model: ServedModel, predictions: [Prediction], withoutRow: Int) {
        manifest = model.manifest
        version = model.version
        self.predictions = predictions
        self.withoutRow = withoutRow
    }
}

/// What readings would bring, had they been sent.
struct PreviewedRows: Sendable {
    let model: ServedModel
    /// In order of asset and time: those of which the model can say something.
    let rows: [FeatureRow]
    /// Readings without a row: between two predictions, too late, or before there is enough history.
    let withoutRow: Int
}
