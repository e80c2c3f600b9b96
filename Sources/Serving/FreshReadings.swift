import DequeModule
import Plant
import Storage
import Synchronization

/// The readings that were just committed, on their way to the lane without a detour through the store.
///
/// Bounded, and nothing is lost with it: what is not here the lane finds behind its cursor.
final class FreshReadings: Sendable {
    private struct State {
        /// By sequence, perhaps with gaps: commits of one organization may be told in any order.
        var readings: Deque<StoredReading> = []
        var lastSequence: Int64 = 0
    }

    private static let countMax = 1_024

    private let state = Mutex(State())

    /// The newest reading that was told of, whether it is here or in the store alone.
    var lastSequence: Int64 { state.withLock(\.lastSequence) }

    /// Takes in what a receipt says to be new, as far as the receipt tells which readings those are: all of them.
    func add(_ readings: [Reading], schemaVersion: Int, receipt: IngestReceipt) {
        state.withLock { state in
            state.lastSequence = max(state.lastSequence, receipt.lastSequence)
            guard let first = receipt.firstSequence, receipt.accepted == readings.count,
                state.readings.count + readings.count <= Self.countMax
            else { return }
            let place = state.readings.lastIndex { $0.sequence < first }.map { $0 + 1 } ?? 0
            let stored = readings.enumerated().map { offset, reading in
                StoredReading(
                    sequence: first + Int64(offset),
                    schemaVersion: schemaVersion,
                    isTooLate: false,
                    reading: reading
                )
            }
            state.readings.insert(contentsOf: stored, at: place)
        }
    }

    /// The readings right behind a cursor, without a gap; empty where the store must be asked.
    func take(after cursor: Int64, countMax: Int) -> [StoredReading] {
        state.withLock { state in
            while let first = state.readings.first, first.sequence <= cursor { state.readings.removeFirst() }
            var taken: [StoredReading] = []
            while taken.count < countMax, let first = state.readings.first,
                first.sequence == cursor + Int64(taken.count) + 1
            {
                taken.append(state.readings.removeFirst())
            }
            return taken
        }
    }
}
