import Alarms
import Features
import FoundationEssentials
import Models
import Plant
import Storage

/// A feature row that is due for a prediction.
struct DueRow: Sendable {
    let row: FeatureRow
    /// A late row changed it after it had been predicted.
    let isCorrection: Bool
    /// Of the reading that gave it its form.
    let sequence: Int64
}

struct RowPrediction: Sendable {
    var prediction: Prediction
    let row: FeatureRow
    let sequence: Int64
    let model: LoadedModel

    /// Nil for a row that was kept before its sequence was.
    var evidence: RowEvidence? {
        sequence > 0 ? RowEvidence(throughSequence: sequence, rowDigest: row.digest) : nil
    }
}

/// The model that serves, and the engine that derives its rows.
struct ServingModel: Sendable {
    let model: ServedModel
    var features: FeatureEngine
    /// It was found unwell: its features go on, and it is not asked.
    var isTakenOut = false
}

/// An engine as the last commit left it, and the assets that it has yet to see.
struct UnfinishedEngine: Sendable {
    let engine: FeatureEngine
    let missing: [String]
}

/// A tick that waits for the rows that were stored before it.
struct PendingTick: Sendable {
    let at: Instant
    let throughSequence: Int64
}

/// A champion that can't be served, and when to try again.
struct RejectedModel: Sendable {
    let version: ModelVersion
    let error: ModelError
    let retryAt: Instant
}

/// What the model said of a batch's rows, and the rows of which it said nothing in time.
struct BatchAnswer: Sendable {
    var predictions: [RowPrediction] = []
    var unanswered: [DueRow] = []
    /// The newest row that was due, of the assets that had one, whatever became of it.
    let newest: [String: Instant]

    /// Before anything is said of rows in order of asset and time.
    init(to rows: [DueRow] = []) {
        newest = Dictionary(rows.map { ($0.row.asset, $0.row.instant) }, uniquingKeysWith: max)
    }
}

/// A batch on its way: what the rules let pass, and what came too late for anything.
struct CarriedBatch {
    let readings: [StoredReading]
    /// Of the schema versions that the readings came under.
    let tags: [Int: [Tag]]
    let tooLate: [Int64]
    let lastSequence: Int64
    let assets: Set<String>
    /// The newest row after the batch, of the assets in it.
    let newest: [String: Instant]
}

/// All that one organization's lane knows; owned by its task, so no lock and no actor.
struct LaneState {
    var cursor: Int64
    /// Of the last alert it knows of; nil where nobody has asked the store yet.
    var alertSequence: Int64?
    var predictionEnabled = false
    var serving: ServingModel?
    var breaker = CircuitBreaker()
    /// The last call of the model that did not end in time.
    var overdue: Overdue?

    var document: SchemaDocument?
    var schemaVersion = 0
    var champion: ModelVersion?
    var rejected: RejectedModel?
    /// The version that live rows have yet to show to be well.
    var doubted: DoubtedModel?
    var alarms: AlarmEngine?
    var newest: [String: Instant]
    /// Of all assets.
    var newestInstant: Instant?
    var ruledThrough: [String: Int64]
    /// When the newest row went through, by the server's time.
    var newestAt: Instant?
    /// By asset: when its newest row went through, by the server's time; only since the lane began.
    var arrivals: [String: Instant] = [:]
    /// When the lane began, or the source was back after it had been lost, by the server's time; nil before a tick.
    var resumedAt: Instant?
    var pendingTick: PendingTick?
    /// Whether more may be stored behind the cursor than anybody told of.
    var mayBeBehind = false
    /// Whether a row went through since the lane began.
    var hasHeard = false
    /// By asset: newest rows that were due and have yet to be answered.
    var waiting: [String: WaitingRow]
    /// Whether nothing has come for too long; nil until that was looked at.
    var isSourceLost: Bool?
    var memories: [String: LaneMemory]
    var openAlarms: [String: [Alarm]]
    /// What people had silenced when the lane began.
    var silenced: [SuppressionBook.Place: Suppression]
    var warming: ModelVersion?
    var generator = SystemRandomNumberGenerator()

    init(
        cursor: Int64,
        memories: [String: LaneMemory],
        openAlarms: [String: [Alarm]],
        silenced: [SuppressionBook.Place: Suppression] = [:]
    ) {
        self.cursor = cursor
        self.memories = memories
        self.openAlarms = openAlarms
        self.silenced = silenced
        newest = memories.compactMapValues(\.newest)
        newestInstant = newest.values.max()
        ruledThrough = memories.mapValues(\.ruledThrough)
        waiting = memories.compactMapValues(\.waiting)
    }

    // MARK: - Rules

    /// Judges a batch by the rules, and parts it into what goes on and what came too late.
    ///
    /// The batch is in order of its sequences and not empty; the tags are those of its schema versions.
    mutating func rule(_ batch: [StoredReading], tags: [Int: [Tag]]) -> (CarriedBatch, [AlarmTransition]) {
        guard let document else { preconditionFailure("a lane without a schema has no readings") }
        var projections = Projections(to: document.schema.tags)
        var heads: [String: Instant] = [:]
        var readings: [StoredReading] = []
        var tooLate: [Int64] = []
        var transitions: [AlarmTransition] = []
        for stored in batch {
            let asset = stored.reading.asset
            let instant = stored.reading.instant
            let head = heads[asset] ?? newest[asset] ?? instant
            if instant < head - document.schema.allowedLateness {
                tooLate.append(stored.sequence)
                continue
            }
            heads[asset] = max(head, instant)
            readings.append(stored)
            guard stored.sequence > ruledThrough[asset] ?? 0 else { continue }  // Judged before a crash.
            ruledThrough[asset] = stored.sequence
            let sample = projections.sample(stored, tags: tags)
            let found = alarms?.observe(sample, generator: &generator) ?? []
            transitions += found.map { $0.read(through: stored.sequence) }
        }
        let carried = CarriedBatch(
            readings: readings,
            tags: tags,
            tooLate: tooLate,
            lastSequence: batch[batch.count - 1].sequence,
            assets: Set(readings.map(\.reading.asset)),
            newest: heads
        )
        return (carried, transitions)
    }

    /// What the rules decided, to be committed while the readings themselves are still on their way.
    mutating func ruled(_ carried: CarriedBatch, _ transitions: [AlarmTransition], at now: Instant) throws -> LaneCommit
    {
        try commit(cursor: cursor, transitions: transitions, of: carried.assets, at: now)
    }

    // MARK: - Features and predictions

    /// The feature rows that a batch brings, each once, in order of asset and time.
    mutating func derive(_ carried: CarriedBatch) -> [DueRow] {
        guard let view = serving?.model.manifest.view else { return [] }
        var projections = Projections(to: view.tags)
        var rows: [RowKey: DueRow] = [:]
        func add(_ row: FeatureRow, isCorrection: Bool, sequence: Int64) {
            let key = RowKey(asset: row.asset, instant: row.instant)
            // A row that this very batch brought was never told before.
            let wasNew = rows[key].map { !$0.isCorrection } ?? false
            rows[key] = DueRow(row: row, isCorrection: isCorrection && !wasNew, sequence: sequence)
        }
        for stored in carried.readings {
            let sample = projections.sample(stored, tags: carried.tags)
            switch serving?.features.insert(sample) {
            case .newest(let row): if let row { add(row, isCorrection: false, sequence: stored.sequence) }
            case .late(let changed):
                for row in changed {
                    add(row, isCorrection: row.instant != sample.instant, sequence: stored.sequence)
                }
            case .repeated, .conflicting, .tooLate, nil: continue
            }
        }
        return rows.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Joins predictions with what the rules raised; the cursor moves with it.
    mutating func conclude(_ carried: CarriedBatch, _ answer: BatchAnswer, at now: Instant) throws -> LaneCommit {
        for (asset, instant) in carried.newest {
            newest[asset] = instant
            newestInstant = max(newestInstant ?? instant, instant)
            arrivals[asset] = now
        }
        let wasLost = newestAt.flatMap { last in staleAfter.map { now - last >= $0 } } ?? false
        resumedAt = wasLost ? now : resumedAt ?? now
        newestAt = now
        hasHeard = true
        queue(answer, at: now)
        return try commit(
            cursor: carried.lastSequence,
            tooLate: carried.tooLate,
            predictions: answer.predictions.map(\.prediction),
            transitions: observe(answer.predictions),
            of: carried.assets,
            at: now
        )
    }

    /// What predictions change in alarms, in their order.
    mutating func observe(_ predictions: [RowPrediction]) -> [AlarmTransition] {
        predictions.flatMap { predicted in
            alarms?.observe(
                predicted.prediction,
                metadata: predicted.row.metadata,
                policy: predicted.model.policy,
                component: { predicted.model.component(behind: predicted.row.values) },
                evidence: { predicted.evidence },
                generator: &generator
            ) ?? []
        }
    }
}

private struct RowKey: Hashable, Comparable {
    let asset: String
    let instant: Instant

    static func < (left: RowKey, right: RowKey) -> Bool { (left.asset, left.instant) < (right.asset, right.instant) }
}
