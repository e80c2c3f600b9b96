import Dispatch
import Models
import Serving
import Synchronization

/// ONNX Runtime, but for the faults that a test wants.
final class FaultyRuntime: Sendable {
    struct Fault: Error {}

    private struct State {
        var isHeld = false
        var heldCount = 0
        var failuresLeft = 0
        var gate = DispatchSemaphore(value: 0)
        var rowCounts: [Int] = []
    }

    private let state = Mutex(State())

    /// Calls that come now do not end before ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    /// Ends all calls that are held.
    func release() {
        let (gate, count) = state.withLock { state in
            state.isHeld = false
            defer { state.heldCount = 0 }
            return (state.gate, state.heldCount)
        }
        for _ in 0..<count { gate.signal() }
    }

    /// The next so many calls fail.
    func fail(times count: Int) { state.withLock { $0.failuresLeft = count } }

    var heldCount: Int { state.withLock(\.heldCount) }
    /// Of each call so far.
    var rowCounts: [Int] { state.withLock(\.rowCounts) }

    func batcher(limits: BatchLimits = BatchLimits(), width: Int = 2) -> Batcher {
        Batcher(limits: limits, width: width) { model, values, rowCount in
            let (gate, fails) = self.state.withLock { state -> (DispatchSemaphore?, Bool) in
                state.rowCounts.append(rowCount)
                if state.isHeld {
                    state.heldCount += 1
                    return (state.gate, false)
                }
                guard state.failuresLeft > 0 else { return (nil, false) }
                state.failuresLeft -= 1
                return (nil, true)
            }
            gate?.wait()
            if fails { throw Fault() }
            return try model.outputs(for: values, rowCount: rowCount)
        }
    }
}
