import Alarms
import Features
import Logging
import Models
import Plant
import Storage

/// Carries one organization's readings to its subscribers, batch by batch, in one order: read this first.
///
/// Readings are committed before a lane sees them; fresh ones are handed over in memory, all others found behind its
/// cursor. Everything else that can change its state comes down the same stream. What it decides is committed before
/// it is told, and the cursor moves in the same transaction: a batch done again after a crash changes nothing.
struct Lane: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let hub: AlertHub
    let registry: ModelRegistry
    let time: any TimeSource
    let inbox: LaneInbox
    let board: LaneBoard
    let schemaTags: SchemaTags
    let predictions: BlockingWork
    let predictionDeadline: Duration
    let logger: Logger

    static let batchCountMax = 512
    private static let pageCount = 2_000
    /// Rows of one model that go into one call of the runtime.
    static let rowsPerCallMax = 64

    /// Runs until its task is cancelled; what fails on the way is tried again from what is written down.
    func run() async throws {
        var backoff = Backoff(from: .milliseconds(100), upTo: .seconds(30))
        while !Task.isCancelled, !inbox.isClosed {
            do {
                try await carryOn {
                    backoff.reset()
                    inbox.acceptCommands()
                }
                return
            } catch is CancellationError {
                return
            } catch {
                logger.error("the lane starts over from its last commit", metadata: ["error": "\(error)"])
                board.update(scope) { $0.reason = "the store failed; trying again" }
                inbox.refuseCommands(because: LaneError(.storeFailing))
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    private func carryOn(succeeded: () -> Void) async throws {
        var (state, unfinished) = try await restored()
        try await withThrowingDiscardingTaskGroup { children in
            warm(&state, from: unfinished, in: &children)
            try await flow(&state)
            succeeded()
            while let event = await inbox.next() {
                switch event {
                case .committed: try await flow(&state)
                case .tick:
                    try await expire(&state)
                    warm(&state, in: &children)
                case .acknowledge(let acknowledgement): try await acknowledge(acknowledgement, &state)
                case .configurationChanged:
                    try await configure(&state)
                    warm(&state, in: &children)
                    try await flow(&state)
                case .warmed(let version, let result):
                    try await take(result, of: version, &state)
                    warm(&state, in: &children)
                }
                succeeded()
            }
            children.cancelAll()
        }
    }

    // MARK: - The river

    /// The next batch of committed readings behind the cursor; where more may wait, commands go in between.
    private func flow(_ state: inout LaneState) async throws {
        guard state.isConfigured else { return }
        var batch = inbox.fresh.take(after: state.cursor, countMax: Self.batchCountMax)
        if batch.isEmpty {
            batch = try await stores.readings.readings(after: state.cursor, countMax: Self.batchCountMax, in: scope)
        }
        if !batch.isEmpty {
            let tags = try await schemaTags.tags(ofVersionsIn: batch)
            let (carried, ruled) = state.rule(batch, tags: tags)  // A CRITICAL never waits for a model.
            if !ruled.isEmpty { try await tell(try state.ruled(carried, ruled, at: time.now)) }
            let rows = state.derive(carried)
            let predictions = await predict(rows, &state)
            try await tell(try state.conclude(carried, predictions, at: time.now), &state)
        }
        let mayBeMore = batch.count == Self.batchCountMax || state.cursor < inbox.fresh.lastSequence
        if mayBeMore, !batch.isEmpty { inbox.notify(.committed) }
        publish(state)
    }

    /// Asks the model that serves; where it can't answer in time, rules go on alone.
    private func predict(_ rows: [DueRow], _ state: inout LaneState) async -> [RowPrediction] {
        guard state.predictionEnabled, let model = state.serving?.model, !rows.isEmpty else { return [] }
        // One call at a time, so that a model that hangs holds one thread and no more.
        guard state.overdue?.hasEnded ?? true, state.breaker.mayCall(at: time.now) else { return [] }
        do {
            let outputs = try await predictions.run(within: predictionDeadline) {
                var outputs: [ModelOutput] = []
                for start in stride(from: 0, to: rows.count, by: Self.rowsPerCallMax) {
                    let part = rows[start..<min(start + Self.rowsPerCallMax, rows.count)]
                    outputs += try model.outputs(for: part.flatMap(\.row.values), rowCount: part.count)
                }
                return outputs
            }
            state.breaker.succeeded()
            return zip(rows, outputs).map { due, output in
                var prediction = output.prediction(
                    asset: due.row.asset,
                    instant: due.row.instant,
                    version: model.version
                )
                prediction.isCorrected = due.isCorrection
                return RowPrediction(prediction: prediction, row: due.row, model: model)
            }
        } catch {
            state.overdue = error as? Overdue
            state.breaker.failed(at: time.now)
            logger.error("prediction failed, rules go on alone", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// Delays that ran out since the last row.
    private func expire(_ state: inout LaneState) async throws {
        guard let commit = try state.tick(at: time.now) else { return }
        try await tell(commit)
        publish(state)
    }

    /// Remembered before it is told.
    private func tell(_ commit: LaneCommit) async throws {
        let alerts = try await stores.lane.commit(commit, in: scope)
        hub.publish(alerts, in: scope)
    }

    private func tell(_ commit: LaneCommit, _ state: inout LaneState) async throws {
        try await tell(commit)
        state.cursor = commit.cursor
    }

    // MARK: - Commands

    private func acknowledge(_ acknowledgement: Acknowledgement, _ state: inout LaneState) async throws {
        do {
            let commit = try state.acknowledge(acknowledgement, at: time.now)
            if let commit { try await tell(commit) }
            guard let alarm = try await stores.alarms.byID(acknowledgement.alarm, in: scope) else {
                throw AlarmError(.alarmNotOpen, alarm: acknowledgement.alarm)
            }
            acknowledgement.reply.resume(returning: alarm)
            publish(state)
        } catch let error as AlarmError {
            acknowledgement.reply.resume(throwing: error)
        } catch {
            acknowledgement.reply.resume(throwing: error)
            throw error
        }
    }

    // MARK: - Configuration

    /// Where the last commit left off, and the engine that is to be finished before its model serves.
    private func restored() async throws -> (LaneState, UnfinishedEngine?) {
        let record = try await stores.lane.lane(in: scope)
        let memories = try await stores.lane.memories(in: scope).mapValues { try LaneMemory(decoding: $0) }
        let open = Dictionary(grouping: try await stores.alarms.open(in: scope), by: \.asset)
        var state = LaneState(cursor: record.cursor, memories: memories, openAlarms: open)
        try await configure(&state)
        var unfinished: UnfinishedEngine?
        if let version = state.awaitedModel(at: time.now) {
            do {
                unfinished = try await restoredModel(version, memories, &state)
            } catch let error where error is ModelError || error is StorageError {
                // The one before goes on, as it would have without a restart.
                if let former = try await stores.models.formerChampion(in: scope) {
                    do {
                        _ = try await restoredModel(former, memories, &state)
                    } catch let error where error is ModelError || error is StorageError {}
                }
                try await giveUp(version, because: ModelError(warmingUp: error), &state)
            }
        }
        publish(state)
        return (state, unfinished)
    }

    /// Reads schema, rules, switch and champion anew.
    private func configure(_ state: inout LaneState) async throws {
        guard let stored = try await stores.schemas.current(in: scope) else { return }
        let document = try SchemaText.document(stored.document)
        let organization = try await stores.organizations.organization(in: scope)
        let champion = try await stores.models.champion(in: scope)?.version
        let commit = try state.configure(
            document,
            schemaVersion: stored.version,
            predictionEnabled: organization.predictionEnabled,
            champion: champion,
            at: time.now
        )
        if let commit { try await tell(commit) }
        publish(state)
    }

    private func giveUp(_ version: ModelVersion, because error: ModelError, _ state: inout LaneState) async throws {
        logger.error(
            "the model can't be served",
            metadata: ["version": "\(version)", "error": "\(error)"]
        )
        if let commit = try state.giveUp(version, because: error, at: time.now) { try await tell(commit) }
    }

    // MARK: - Models

    /// Lets a model serve with the engine that the last commit left; returns that engine where it lacks assets.
    private func restoredModel(
        _ version: ModelVersion,
        _ memories: [String: LaneMemory],
        _ state: inout LaneState
    ) async throws -> UnfinishedEngine? {
        let model = try await registry.load(version, in: scope)
        var engine = FeatureEngine(model.manifest, allowedLateness: state.lateness)
        var missing: [String] = []
        for (asset, memory) in memories.sorted(by: { $0.key < $1.key }) {
            guard memory.newest != nil else { continue }  // The rules saw it; no features were made yet.
            guard let features = memory.features[engine.memoryKey] else {
                missing.append(asset)
                continue
            }
            var samples: [Sample] = []
            let from = engine.retainedFrom(features)
            try await replay(asset, from: from, through: state.cursor, under: engine.view) { samples.append($0) }
            engine.restore(asset: asset, memory: features, samples: samples)
        }
        guard missing.isEmpty else { return UnfinishedEngine(engine: engine, missing: missing) }
        state.serve(model, features: engine)
        return nil
    }

    /// Streams history through a new model's engine, beside the river; tells the lane when it has caught up.
    private func warm(
        _ state: inout LaneState,
        from unfinished: UnfinishedEngine? = nil,
        in children: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        guard let version = state.beginWarming(at: time.now) else { return }
        publish(state)
        let sequence = state.cursor
        let serving = state.serving?.features.memoryKey
        let lateness = state.lateness
        children.addTask(priority: .utility) {
            do {
                let model = try await registry.load(version, in: scope)
                var warmed = WarmedModel(model: model, features: nil, throughSequence: sequence)
                let engine = FeatureEngine(model.manifest, allowedLateness: lateness)
                if engine.memoryKey != serving {
                    let missing = try await stores.assets.list(in: scope).map(\.name)
                    let unfinished = unfinished ?? UnfinishedEngine(engine: engine, missing: missing)
                    warmed.features = try await finished(unfinished, through: sequence)
                }
                inbox.notify(.warmed(version, .success(warmed)))
            } catch {
                // A lane that starts over begins anew with its model too.
                guard !Task.isCancelled else { return }
                inbox.notify(.warmed(version, .failure(ModelError(warmingUp: error))))
            }
        }
    }

    private func finished(_ unfinished: UnfinishedEngine, through sequence: Int64) async throws -> FeatureEngine {
        var engine = unfinished.engine
        for asset in unfinished.missing {
            let view = engine.view
            try await replay(asset, from: .distantPast, through: sequence, under: view) { _ = engine.insert($0) }
        }
        return engine
    }

    /// An asset's samples in order of time, as a view sees them.
    private func replay(
        _ asset: String,
        from start: Instant,
        through sequence: Int64,
        under view: FeatureView,
        _ body: (Sample) -> Void
    ) async throws {
        var projections = Projections(to: view.tags)
        var start = start
        while true {
            let page = try await stores.readings.retained(
                asset: asset,
                from: start,
                throughSequence: sequence,
                countMax: Self.pageCount,
                in: scope
            )
            let tags = try await schemaTags.tags(ofVersionsIn: page)
            for stored in page { body(projections.sample(stored, tags: tags)) }
            guard page.count == Self.pageCount, let last = page.last else { return }
            start = last.reading.instant + .microseconds(1)
        }
    }

    /// Swaps a proven model in between two batches, after it has seen what came while it was warming up.
    private func take(
        _ result: Result<WarmedModel, ModelError>,
        of version: ModelVersion,
        _ state: inout LaneState
    ) async throws {
        state.endWarming(version)
        switch result {
        case .failure(let error): try await giveUp(version, because: error, &state)
        case .success(let warmed):
            let key = FeatureEngine(warmed.model.manifest, allowedLateness: state.lateness).memoryKey
            guard version == state.awaitedModel(at: time.now),
                var features = warmed.features ?? state.serving?.features, features.memoryKey == key
            else { break }  // The configuration went on meanwhile: what is awaited now is warmed up next.
            var projections = Projections(to: features.view.tags)
            var sequence = warmed.features == nil ? state.cursor : warmed.throughSequence
            while sequence < state.cursor {
                let page = try await stores.readings.readings(after: sequence, countMax: Self.batchCountMax, in: scope)
                let tags = try await schemaTags.tags(ofVersionsIn: page)
                for stored in page where stored.sequence <= state.cursor && !stored.isTooLate {
                    _ = features.insert(projections.sample(stored, tags: tags))
                }
                guard let last = page.last else { break }
                sequence = last.sequence
            }
            state.serve(warmed.model, features: features)
            logger.info("the model serves", metadata: ["version": "\(version)"])
        }
        publish(state)
    }

    private func publish(_ state: LaneState) { board.update(scope) { state.report(into: &$0) } }
}

extension ModelError {
    /// What kept a model from serving: its own trouble, or that of the history it must have seen.
    fileprivate init(warmingUp error: any Error) {
        self = error as? ModelError ?? ModelError(.runtimeFailed, "the history can't be read", cause: error)
    }
}
