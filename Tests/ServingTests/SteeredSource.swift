import Connectors
import Plant
import Synchronization

/// A source whose rows come when a test lets them, that fails when it is told to, and repeats what it has said.
final class SteeredSource: ReadingSource {
    private struct State {
        var releasedCount = 0
        var failuresLeft = 0
        var overlap = 0
        var isHeld = false
    }

    struct Lost: Error {}

    let readings: [Reading]
    private let state = Mutex(State())

    private let keptBackCount: Int

    init(_ readings: [Reading], keepingBack count: Int) {
        self.readings = readings
        keptBackCount = count
    }

    /// So many more rows are there, but for those that are kept back.
    func release(_ count: Int) {
        state.withLock { $0.releasedCount = min(readings.count - keptBackCount, $0.releasedCount + count) }
    }

    func releaseAll() { state.withLock { $0.releasedCount = readings.count } }

    /// The next so many polls fail.
    func fail(times count: Int) { state.withLock { $0.failuresLeft = count } }

    /// Polls that come now do not end before ``letGo()``.
    func hold() { state.withLock { $0.isHeld = true } }

    func letGo() { state.withLock { $0.isHeld = false } }

    /// How many rows before the cursor come again with each batch.
    func overlap(by count: Int) { state.withLock { $0.overlap = count } }

    func readings(after cursor: Cursor, countMax: Int) async throws -> ReadingBatch {
        while state.withLock(\.isHeld) {
            try Task.checkCancellation()
            await Task.yield()
        }
        let (released, overlap, fails) = state.withLock { state in
            defer { state.failuresLeft = max(0, state.failuresLeft - 1) }
            return (state.releasedCount, state.overlap, state.failuresLeft > 0)
        }
        if fails { throw Lost() }
        let begun = Int(cursor.position) ?? 0
        let end = max(begun, min(released, begun + countMax))
        let rows = end > begun ? Array(readings[max(0, begun - overlap)..<end]) : []
        return ReadingBatch(readings: rows, quarantined: [], cursor: end == 0 ? cursor : Cursor(position: "\(end)"))
    }
}
