import Alarms
import Features
import Models
import Plant

/// All that can change a lane's state, in one order.
enum LaneEvent: Sendable {
    /// Readings were committed; the store has them behind the lane's cursor.
    case committed
    /// Time went by: delays expire in silence.
    case tick
    case acknowledge(Acknowledgement)
    /// Schema, rules, the champion or the switch changed in the store.
    case configurationChanged
    /// A model that was being warmed up is ready, or is not.
    case warmed(ModelVersion, Result<WarmedModel, ModelError>)
}

/// An operator's word, and who waits for what became of it.
struct Acknowledgement: Sendable {
    let alarm: ID<Alarm>
    let by: String
    let note: String?
    let reply: CheckedContinuation<Alarm, any Error>
}

/// A proven model, and an engine that has seen all readings up to a point.
struct WarmedModel: Sendable {
    let model: ServedModel
    /// Nil where the model goes on with the engine that serves: one with the same `memoryKey`.
    var features: FeatureEngine?
    let throughSequence: Int64
}
