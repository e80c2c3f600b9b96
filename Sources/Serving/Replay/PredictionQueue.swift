import Models
import Plant
import Storage

/// Kept predictions of one asset on their way into an alarm engine again, each once its reading has been.
struct PredictionQueue {
    private var waiting: ArraySlice<StoredPrediction>
    private var newest: Instant?
    /// Readings that came behind the newest so far, and how many there were when each row was first fed.
    private var lateCount = 0
    private var lateCounts: [Instant: Int] = [:]
    /// By when they were kept: the last row of what was kept at once; nil where each row is judged by itself.
    private let batchEnds: [Instant: Instant]?

    /// - Parameters:
    ///   - predictions: In the order in which they were kept.
    ///   - inBatches: Whether rows that were kept at once are fed after the last of their readings, as the lane did.
    init(_ predictions: [StoredPrediction], inBatches: Bool) {
        waiting = predictions[...]
        guard inBatches else {
            batchEnds = nil
            return
        }
        batchEnds = Dictionary(predictions.map { ($0.madeAt, $0.prediction.instant) }) { max($0, $1) }
    }

    /// A reading has come.
    mutating func hear(_ instant: Instant) {
        if let newest, instant < newest { lateCount += 1 }
        newest = newest.map { max($0, instant) } ?? instant
    }

    /// The next prediction whose reading, and for a corrected one a late one, has come.
    mutating func next() -> StoredPrediction? {
        guard let head = waiting.first, let newest else { return nil }
        let instant = head.prediction.instant
        guard (batchEnds?[head.madeAt] ?? instant) <= newest else { return nil }
        if head.prediction.isCorrected, lateCount <= lateCounts[instant] ?? -1 { return nil }
        lateCounts[instant] = lateCount
        return waiting.popFirst()
    }

    /// Whatever is left, when nothing more comes.
    mutating func rest() -> StoredPrediction? { waiting.popFirst() }
}
