import Alarms
import Features
import Models
import Plant
import Storage

/// An alarm engine that goes through an asset's history again, in the order in which it came.
struct DecisionReplay {
    let course: KeptCourse
    private var engine: AlarmEngine
    private var queue: PredictionQueue
    private var projections: Projections
    private(set) var schemaVersion: Int
    private var rules: [AlarmRule]
    private(set) var readingCount = 0
    /// Of the readings that were heard, by their own instants.
    private(set) var newest: Instant?
    /// Of the last reading that was heard.
    private(set) var readThrough: Int64 = 0
    private(set) var found: AlarmTransition?
    private(set) var produced: [AlarmTransition] = []
    private var actCount = 0
    private var generator = SplitMix64(seed: 1)
    private let rows: ReplayedRows?
    private let policies: [ModelVersion: PredictivePolicy]
    /// Of the rows that are made again: the last revision that the alarm's model had said of each by the decision.
    private let lastRevisions: [Instant: Int]

    /// - Throws: `SchemaProblem`.
    init(
        _ course: KeptCourse,
        _ predictions: [StoredPrediction],
        rows: ReplayedRows?,
        policies: [ModelVersion: PredictivePolicy],
        schema: (version: Int, document: SchemaDocument),
        inBatches: Bool
    ) throws {
        self.course = course
        self.rows = rows
        self.policies = policies
        let version = course.metadata?.modelVersion
        lastRevisions = Dictionary(
            predictions.lazy
                .filter { $0.prediction.modelVersion == version && rows?.rows[$0.prediction.instant] != nil }
                .map { ($0.prediction.instant, $0.revision) },
            uniquingKeysWith: max
        )
        engine = try AlarmEngine(rules: schema.document.rules, tags: schema.document.schema.tags)
        engine.missesAreTold = true
        projections = Projections(to: schema.document.schema.tags)
        schemaVersion = schema.version
        rules = schema.document.rules
        queue = PredictionQueue(predictions, inBatches: inBatches)
    }

    var isDone: Bool { found != nil }

    /// The rules changed, somewhere between the reading before and the next.
    mutating func replace(_ schema: (version: Int, document: SchemaDocument), createdAt: Instant) throws {
        let pending = course.before.dropFirst(produced.count).first?.at
        let instant = pending.map { $0 >= createdAt ? $0 : createdAt } ?? createdAt
        take(
            try engine.replace(rules: schema.document.rules, tags: schema.document.schema.tags, at: instant)
        )
        projections = Projections(to: schema.document.schema.tags)
        schemaVersion = schema.version
        rules = schema.document.rules
    }

    /// The next reading, the predictions that were waiting for it, and what silence brought about after it.
    mutating func hear(_ stored: StoredReading, tags: [Int: [Tag]]) {
        act()
        readingCount += 1
        readThrough = stored.sequence
        let instant = stored.reading.instant
        newest = newest.map { max($0, instant) } ?? instant
        let ruled = course.ruled[stored.sequence] ?? []
        for (_, transition) in ruled where transition.at <= instant { miss(transition) }
        guard !isDone else { return }
        take(engine.observe(projections.sample(stored, tags: tags), generator: &generator))
        queue.hear(instant)
        while !isDone, let next = queue.next() { observe(next) }
        for (after, transition) in ruled where transition.at > instant && after >= produced.count && !isDone {
            pass(to: transition)
        }
    }

    /// Time goes on in silence as far as a kept alert tells.
    private mutating func pass(to transition: AlarmTransition) {
        act()
        miss(transition)
        guard !isDone else { return }
        take(engine.tick(transition.at, generator: &generator))
    }

    /// That a plant went on sending is known from its other assets: what was missed is taken from the alert that told.
    private mutating func miss(_ transition: AlarmTransition) {
        guard let source = transition.source, case .rule(let id) = source,
            transition.alarm.cause(from: source)?.isActive == true,
            rules.first(where: { $0.id == id })?.check.kind == .stale
        else { return }
        take(
            engine.miss(by: id, of: course.moment.alarm.asset, at: transition.at, generator: &generator)
        )
    }

    /// Nothing more came before the decision: delays ran out in silence.
    mutating func end() {
        act()
        while !isDone, let next = queue.rest() { observe(next) }
        guard !isDone else { return }
        pass(to: course.moment)
    }

    private mutating func observe(_ stored: StoredPrediction) {
        act()
        var prediction = stored.prediction
        // A revision before the last was made before a late reading came, which the row that is made again has in it.
        let isOwn =
            prediction.modelVersion == course.metadata?.modelVersion
            && stored.revision == lastRevisions[prediction.instant]
        let row = isOwn ? rows?.rows[prediction.instant] : nil
        if isOwn, let again = rows?.predictions[prediction.instant] { prediction = again }
        let policy =
            policies[prediction.modelVersion]
            ?? PredictivePolicy(threshold: .infinity, clearBelow: 1, raiseAfter: 1)
        let named = course.components[prediction.instant]
        let model = isOwn ? rows?.model : nil
        take(
            engine.observe(
                prediction,
                metadata: row?.metadata,
                policy: policy,
                component: {
                    guard let row, let model else { return named }
                    return model.component(behind: row.values)
                },
                generator: &generator
            )
        )
    }

    /// What people and settings did after what has been decided so far.
    private mutating func act() {
        while actCount < course.acts.count, course.acts[actCount].after <= produced.count {
            let act = course.acts[actCount].act
            actCount += 1
            switch act {
            case .withdrawal(let instant): take(engine.withdrawPredictions(at: instant))
            case .operators(let transition): carryOut(transition)
            }
        }
    }

    private mutating func carryOut(_ transition: AlarmTransition) {
        let asset = transition.alarm.asset
        guard let alarm = engine.openAlarms(of: asset).first(where: { $0.condition == transition.alarm.condition })
        else { return }
        let by = transition.by ?? ""
        do {
            if alarm.state == .latched, transition.change == .closed {
                _ = try engine.reset(alarm.id, by: by, at: transition.at)
            } else {
                _ = try engine.acknowledge(alarm.id, by: by, note: transition.alarm.note, at: transition.at)
            }
        } catch {
            // The alarm is not open here: what was decided before differs, and the report says so.
        }
    }

    private mutating func take(_ transitions: [AlarmTransition]) {
        for transition in transitions where transition.alarm.asset == course.moment.alarm.asset {
            guard !isDone else { return }
            if transition.change == course.moment.change, transition.source == course.moment.source,
                transition.alarm.condition == course.moment.alarm.condition, transition.at == course.moment.at
            {
                found = transition
            } else {
                produced.append(transition)
            }
        }
    }
}
