import Models
import Plant
import Synchronization
import Trust

/// A load of a model into memory, and how it ended.
struct ModelLoad: Sendable {
    let key: ModelKey
    let at: Instant
    let duration: Duration
    /// Nil where the model came.
    let error: ModelError.Code?

    var event: AuditEvent {
        var metadata = [
            "version": key.version.hash, "outcome": error == nil ? "loaded" : "failed",
            "milliseconds": String(duration.microseconds / 1_000),
        ]
        metadata["code"] = error.map { "\($0)" }
        return AuditEvent(.modelLoad, by: .server, on: "models/\(key.version.hash)", metadata)
    }
}

/// Loads that are not written down yet: whoever loads a model leaves a note here, and waits for nobody.
final class ModelLoads: Sendable {
    /// More than any server loads between two looks; of what is beyond, the number is kept.
    static let countMax = 10_000

    private struct State {
        var loads: [ModelLoad] = []
        var lostCount = 0
    }

    private let state = Mutex(State())

    func add(_ load: ModelLoad) {
        state.withLock { state in
            if state.loads.count < Self.countMax { state.loads.append(load) } else { state.lostCount += 1 }
        }
    }

    /// Those since the last time, oldest first, and how many more there were.
    func take() -> (loads: [ModelLoad], lostCount: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.loads, state.lostCount)
        }
    }

    /// Takes those back that could not be written down.
    func putBack(_ loads: some Sequence<ModelLoad>) {
        state.withLock { state in
            let all = loads + state.loads
            state.loads = Array(all.prefix(Self.countMax))
            state.lostCount += all.count - state.loads.count
        }
    }
}
