import Alarms
import Features
import FoundationEssentials
import Models
import Plant
import Storage

extension FeatureEngine {
    /// An engine for a model, before its first row.
    init(_ manifest: ModelManifest, allowedLateness: Duration) {
        self.init(
            view: manifest.view,
            predictEverySeconds: manifest.predictEverySeconds,
            allowedLateness: allowedLateness
        )
    }
}

extension LaneState {
    var isConfigured: Bool { document != nil }
    var lateness: Duration { document?.schema.allowedLateness ?? .zero }

    /// The champion, where it does not serve yet as the schema wants it, and may be tried.
    func awaitedModel(at now: Instant) -> ModelVersion? {
        guard let champion else { return nil }
        if let rejected, rejected.version == champion, now < rejected.retryAt { return nil }
        if let serving, serving.model.version == champion, !serving.isTakenOut,
            serving.features.memoryKey == FeatureEngine(serving.model.manifest, allowedLateness: lateness).memoryKey
        {
            return nil
        }
        return champion
    }

    /// The awaited model, once: until it is ready nobody else begins with it.
    mutating func beginWarming(at now: Instant) -> ModelVersion? {
        guard warming == nil, let version = awaitedModel(at: now) else { return nil }
        warming = version
        return version
    }

    mutating func endWarming(_ version: ModelVersion) {
        if warming == version { warming = nil }
    }

    /// Gives a champion up for a minute, or until the configuration changes; one that was proven and still says what
    /// can't be, for longer each time.
    ///
    /// Another version's failure says nothing of it, and a model that serves goes on serving.
    ///
    /// - Returns: What that changes in alarms: without a model nothing would clear those it raised.
    mutating func giveUp(_ version: ModelVersion, because error: ModelError, at now: Instant) throws -> LaneCommit? {
        guard version == champion else { return nil }
        let rest = error.code == .outputInvalid && doubted?.version == version ? doubted?.rest : nil
        let retryAt = now + (rest ?? Self.rest)
        rejected = RejectedModel(version: version, error: error, retryAt: retryAt)
        guard serving?.isTakenOut ?? true else { return nil }
        breaker.open(at: now, until: retryAt)
        return try commitIfAny(alarms?.withdrawPredictions(at: now) ?? [], at: now)
    }

    /// Asks a model no more that turned out to be unwell while it served; its features go on.
    ///
    /// - Returns: What that changes in alarms: nothing would clear those it raised.
    mutating func takeOut(_ version: ModelVersion, because error: ModelError, at now: Instant) throws -> LaneCommit? {
        guard serving?.model.version == version else { return nil }
        serving?.isTakenOut = true
        if error.code == .outputInvalid {
            var doubted = doubted?.version == version ? doubted : nil
            doubted = doubted ?? DoubtedModel(version)
            doubted?.failed()
            self.doubted = doubted
        }
        if version == champion { return try giveUp(version, because: error, at: now) }
        breaker.open(at: now, until: now + Self.rest)
        return try commitIfAny(alarms?.withdrawPredictions(at: now) ?? [], at: now)
    }

    private static let rest = Duration.seconds(60)

    mutating func serve(_ model: ServedModel, features: FeatureEngine, at now: Instant) {
        serving = ServingModel(model: model, features: features)
        if model.version == champion { rejected = nil }
        overdue = nil
        if doubted?.version != model.version { doubted = nil }
        if doubted?.rest == nil { breaker = CircuitBreaker() } else { breaker.endRest(at: now) }
    }

    /// Notes that a model said of a row what can be.
    ///
    /// - Returns: Whether it was in doubt, and no longer is.
    mutating func believe(_ version: ModelVersion, at now: Instant) -> Bool {
        guard doubted?.version == version, doubted?.answered(at: now) ?? false else { return false }
        doubted = nil
        return true
    }

    /// Whether the model that is to serve does, and nothing speaks against it.
    var isWell: Bool { serving.map { !$0.isTakenOut && $0.model.version == champion } ?? false && doubted == nil }

    /// Goes on with another schema, other rules, another champion or switch.
    ///
    /// - Returns: What that changes in alarms, if anything.
    mutating func configure(
        _ document: SchemaDocument,
        schemaVersion: Int,
        predictionEnabled: Bool,
        champion: ModelVersion?,
        at now: Instant
    ) throws -> LaneCommit? {
        let tags = document.schema.tags
        var transitions: [AlarmTransition] = []
        if alarms == nil {
            var engine = try AlarmEngine(
                rules: document.rules,
                tags: tags,
                version: schemaVersion,
                silentAfter: document.silentAfter
            )
            for asset in Set(memories.keys).union(openAlarms.keys) {
                engine.restore(
                    asset: asset,
                    memory: memories[asset]?.alarms ?? AssetAlarmMemory(),
                    openAlarms: openAlarms[asset] ?? []
                )
            }
            transitions += engine.replace(
                SuppressionBook(orders: silenced, parents: document.parentAssets),
                at: now
            )
            alarms = engine
            // Features and instants live on in the engine and beside it; only the alarms' part was needed here.
            memories = [:]
            openAlarms = [:]
        }
        if self.document != document {
            transitions +=
                try alarms?.replace(rules: document.rules, tags: tags, version: schemaVersion, at: now) ?? []
            alarms?.silentAfter = document.silentAfter
            let book = alarms?.book.with(parents: document.parentAssets) ?? SuppressionBook()
            transitions += alarms?.replace(book, at: now) ?? []
        }
        if champion == nil || !predictionEnabled {
            transitions += alarms?.withdrawPredictions(at: now) ?? []
        }
        if champion == nil {
            serving = nil
            breaker = CircuitBreaker()
        }
        rejected = nil  // Whatever changed may have mended it: a file that was uploaded again, for one.
        self.document = document
        self.schemaVersion = schemaVersion
        self.predictionEnabled = predictionEnabled
        self.champion = champion
        return try commitIfAny(transitions, at: now)
    }

    // MARK: - Ticks and commands

    /// Lets delays expire in silence, once all that was stored before has been judged: rows that wait say what held,
    /// not the server's clock.
    ///
    /// What people silenced ends by the server's. The sequence is that of the last reading that is stored.
    mutating func tick(at now: Instant, storedThrough sequence: Int64 = 0) throws -> LaneCommit? {
        newestAt = newestAt ?? now
        resumedAt = resumedAt ?? now
        pendingTick = pendingTick ?? PendingTick(at: now, throughSequence: sequence)
        let ended = alarms?.endSuppressions(at: now)
        let places = ended?.places ?? []
        return try commitIfAny(
            (ended?.transitions ?? []) + expireIfCaughtUp(),
            suppressions: Dictionary(uniqueKeysWithValues: places.map { ($0, Suppression?.none) }),
            at: now
        )
    }

    /// What a tick waits to bring about, once the rows that it waited for are through, or nothing more is stored,
    /// whatever was told.
    mutating func finishTick(at now: Instant, isThrough: Bool = false) throws -> LaneCommit? {
        if isThrough { pendingTick = pendingTick.map { PendingTick(at: $0.at, throughSequence: cursor) } }
        return try commitIfAny(expireIfCaughtUp(), at: now)
    }

    /// For each asset its own time has gone on since its newest row, or since the source was back.
    private mutating func expireIfCaughtUp() -> [AlarmTransition] {
        guard let tick = pendingTick, tick.throughSequence <= cursor else { return [] }
        pendingTick = nil
        let (newest, arrivals, began) = (newest, arrivals, resumedAt ?? tick.at)
        let transitions = alarms?.tick(generator: &generator) { asset in
            guard let newest = newest[asset] else { return tick.at }
            let since = max(arrivals[asset] ?? began, began)
            return min(tick.at, newest + max(.zero, tick.at - since))
        }
        return (transitions ?? []).map { $0.read(through: ruledThrough[$0.alarm.asset]) }
    }

    mutating func carryOut(_ act: OperatorAct, at now: Instant) throws -> LaneCommit? {
        switch act.deed {
        case .acknowledge(let alarm, let note):
            guard alarms != nil else { throw AlarmError(.alarmNotOpen, alarm: alarm) }
            return try commitIfAny(alarms?.acknowledge(alarm, by: act.by, note: note, at: now) ?? [], at: now)
        case .reset(let alarm):
            guard alarms != nil else { throw AlarmError(.alarmNotOpen, alarm: alarm) }
            return try commitIfAny(alarms?.reset(alarm, by: act.by, at: now) ?? [], at: now)
        case .suppress(let place, let suppression, let mayOverride):
            try checkOrder(at: place, mayOverride: mayOverride, now: now)
            silenced[place] = suppression
            return try commitIfAny(
                alarms?.suppress(place, suppression, at: now) ?? [],
                suppressions: [place: suppression],
                at: now
            )
        case .unsuppress(let place, let mayOverride):
            try checkOrder(at: place, mayOverride: mayOverride, now: now)
            silenced[place] = nil
            return try commitIfAny(
                alarms?.unsuppress(place, by: act.by, at: now) ?? [],
                suppressions: [place: nil],
                at: now
            )
        }
    }

    private func checkOrder(at place: SuppressionBook.Place, mayOverride: Bool, now: Instant) throws {
        guard !mayOverride, let order = alarms?.book.orders[place] ?? silenced[place], order.kind == .outOfService,
            order.until.map({ $0 > now }) ?? true
        else { return }
        throw SuppressionError(by: order.by)
    }

    private func commitIfAny(
        _ transitions: [AlarmTransition],
        suppressions: [SuppressionBook.Place: Suppression?] = [:],
        at now: Instant
    ) throws -> LaneCommit? {
        guard !transitions.isEmpty || !suppressions.isEmpty else { return nil }
        return try commit(
            cursor: cursor,
            transitions: transitions,
            suppressions: suppressions,
            of: Set(transitions.map(\.alarm.asset)),
            at: now
        )
    }

    // MARK: - What is written down

    func commit(
        cursor: Int64,
        tooLate: [Int64] = [],
        predictions: [Prediction] = [],
        transitions: [AlarmTransition],
        suppressions: [SuppressionBook.Place: Suppression?] = [:],
        of assets: Set<String>,
        at now: Instant
    ) throws -> LaneCommit {
        var memories: [String: Data] = [:]
        for asset in assets { memories[asset] = try memory(of: asset).encoded() }
        return LaneCommit(
            expectedCursor: self.cursor,
            expectedAlertSequence: alertSequence,
            cursor: cursor,
            tooLate: tooLate,
            predictions: predictions,
            transitions: transitions,
            memories: memories,
            suppressions: suppressions,
            at: now
        )
    }

    private func memory(of asset: String) -> LaneMemory {
        var features: [String: AssetMemory] = [:]
        if let serving { features[serving.features.memoryKey] = serving.features.memory(of: asset) }
        return LaneMemory(
            newest: newest[asset],
            ruledThrough: ruledThrough[asset] ?? 0,
            alarms: alarms?.memory(of: asset) ?? AssetAlarmMemory(),
            features: features,
            waiting: waiting[asset]
        )
    }

    func report(into status: inout LaneStatus) {
        status.cursor = cursor
        status.newestInstant = newestInstant
        status.modelVersion = serving?.model.version
        status.predictEverySeconds = serving?.model.manifest.predictEverySeconds
        status.takenOut = takenOut?.version
        status.warming = warming
        status.breakers[.model] = breaker.report
        status.waitingRows = waiting.count
        status.openAlarms = alarms?.openAlarmCount ?? 0
        (status.predictions, status.reason) = predictionState
        status.note = nil
        if status.reason == nil, let rejected {
            // The model before it is asked, and answers: nothing that it says is old.
            status.predictions = .failing
            status.note = rejected.error.message + "; the model before it goes on"
        }
    }

    /// The version that is asked nothing because it is unwell, and why.
    var takenOut: ModelUnwell? {
        if let rejected { return ModelUnwell(rejected.version, because: rejected.error.message, cause: rejected.error) }
        guard let serving, serving.isTakenOut else { return nil }
        return ModelUnwell(serving.model.version, because: "it was taken out and is being proven again")
    }

    /// How predictions are, and why none are made; nil where the lane asks its model, whichever that is.
    private var predictionState: (LaneStatus.PredictionState, String?) {
        if !isConfigured { return (.off, "there is no schema yet: put one") }
        if let rejected, serving?.isTakenOut ?? true { return (.failing, rejected.error.message) }
        if champion == nil { return (.noModel, "no model is deployed: train one and deploy it") }
        if serving == nil { return (.warmingUp, "the model is being proven and its features brought up to date") }
        if !predictionEnabled { return (.off, "predictions are switched off: an admin can switch them on") }
        if let overdue, !overdue.hasEnded { return (.failing, "the model does not answer; rules go on alone") }
        if case .open = breaker.state { return (.failing, "predictions kept failing; the next probe comes by itself") }
        return (.on, nil)
    }
}
