import Alarms
import Features
import Logging
import Models
import Plant
import Storage

/// Carries one organization's readings to its subscribers, batch by batch, in one order: read this first.
///
/// Readings are committed before a lane sees them; it finds them behind its cursor. Everything else that can
/// change its state comes down the same stream. What it decides is committed before it is told, and the cursor
/// moves in the same transaction: a batch done again after a crash changes nothing.
struct Lane: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let hub: AlertHub
    let registry: ModelRegistry
    let time: any TimeSource
    let inbox: LaneInbox
    let board: LaneBoard
    let schemaTags: SchemaTags
    let work: BlockingWork
    let logger: Logger

    static let batchCountMax = 512
    /// Rows of one model that go into one call of the runtime.
    static let rowsPerCallMax = 64

    /// Runs until its task is cancelled; what fails on the way is tried again from what is written down.
    func run() async throws {
        var rest = Duration.milliseconds(100)
        while !Task.isCancelled {
            do {
                try await carryOn { rest = .milliseconds(100) }
                return
            } catch is CancellationError {
                return
            } catch {
                logger.error("the lane starts over from its last commit", metadata: ["error": "\(error)"])
                board.update(scope) { $0.reason = "the store failed; trying again" }
                try await Task.sleep(for: rest)
                rest = min(rest * 2, .seconds(30))
            }
        }
    }

    private func carryOn(succeeded: () -> Void) async throws {
        var state = try await restored()
        try await withThrowingDiscardingTaskGroup { children in
            warm(&state, in: &children)
            try await flow(&state)
            while let event = await inbox.next() {
                switch event {
                case .committed: try await flow(&state)
                case .tick: try await expire(&state)
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

    /// The next batch of committed readings behind the cursor; where more wait, commands go in between.
    private func flow(_ state: inout LaneState) async throws {
        guard state.isConfigured else { return }
        let batch = try await stores.readings.readings(after: state.cursor, countMax: Self.batchCountMax, in: scope)
        if !batch.isEmpty {
            let tags = try await schemaTags.tags(ofVersionsIn: batch)
            let (carried, ruled) = state.rule(batch, tags: tags)  // A CRITICAL never waits for a model.
            if !ruled.isEmpty { try await tell(try state.ruled(carried, ruled, at: time.now)) }
            let rows = state.derive(carried)
            let predictions = await predict(rows, &state)
            try await tell(try state.conclude(carried, predictions, at: time.now), &state)
        }
        if batch.count == Self.batchCountMax { inbox.offer(.committed) }
        publish(state)
    }

    /// Asks the champion; where it can't answer, rules go on alone.
    private func predict(_ rows: [DueRow], _ state: inout LaneState) async -> [RowPrediction] {
        guard state.predictionEnabled, let model = state.serving?.model, !rows.isEmpty else { return [] }
        guard state.breaker.mayCall(at: time.now) else { return [] }
        do {
            let outputs = try await work.run {
                var outputs: [(output: ModelOutput, component: String?)] = []
                for start in stride(from: 0, to: rows.count, by: Self.rowsPerCallMax) {
                    let part = rows[start..<min(start + Self.rowsPerCallMax, rows.count)]
                    let said = try model.outputs(for: part.flatMap(\.row.values), rowCount: part.count)
                    outputs += zip(part, said).map { ($1, model.namedComponent($1, row: $0.row.values)) }
                }
                return outputs
            }
            state.breaker.succeeded()
            return zip(rows, outputs).map { due, said in
                var prediction = said.output.prediction(
                    asset: due.row.asset,
                    instant: due.row.instant,
                    version: model.version
                )
                prediction.isCorrected = due.isCorrection
                return RowPrediction(
                    prediction: prediction,
                    component: said.component,
                    metadata: due.row.metadata,
                    policy: model.policy
                )
            }
        } catch {
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

    /// Where the last commit left off.
    private func restored() async throws -> LaneState {
        let record = try await stores.lane.lane(in: scope)
        let memories = try await stores.lane.memories(in: scope).mapValues { try LaneMemory(decoding: $0) }
        let open = Dictionary(grouping: try await stores.alarms.open(in: scope), by: \.asset)
        var state = LaneState(cursor: record.cursor, memories: memories, openAlarms: open)
        try await configure(&state)
        if let version = state.awaitedModel, let model = await loaded(version, &state) {
            if let warm = try await remembered(model, memories, state) { state.serve(warm) }
        }
        publish(state)
        return state
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

    private func loaded(_ version: ModelVersion, _ state: inout LaneState) async -> LoadedModel? {
        do {
            return try await registry.load(version, in: scope)
        } catch {
            state.reject(version, because: error)
            logger.error("the model can't be served, rules go on alone", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// The model with an engine as the last commit left it; nil where that engine was of another view.
    private func remembered(
        _ model: LoadedModel,
        _ memories: [String: LaneMemory],
        _ state: LaneState
    ) async throws -> WarmModel? {
        let view = model.manifest.view
        var engine = state.engine(for: model)
        for (asset, memory) in memories.sorted(by: { $0.key < $1.key }) {
            guard memory.newest != nil else { continue }  // The rules saw it; no features were made yet.
            guard let features = memory.features[view.hash] else { return nil }
            let retained = try await stores.readings.retained(
                asset: asset,
                from: engine.retainedFrom(features),
                throughSequence: state.cursor,
                in: scope
            )
            var projections = Projections(to: view.tags)
            let tags = try await schemaTags.tags(ofVersionsIn: retained)
            let samples = retained.map { projections.sample($0, tags: tags) }
            engine.restore(asset: asset, memory: features, samples: samples)
        }
        return WarmModel(model: model, features: engine, throughSequence: state.cursor)
    }

    /// Streams the history through a new model's engine, beside the river; tells the lane when it has caught up.
    private func warm(_ state: inout LaneState, in children: inout ThrowingDiscardingTaskGroup<any Error>) {
        guard let version = state.beginWarming() else { return }
        let sequence = state.cursor
        let lateness = state.lateness
        children.addTask {
            do {
                let model = try await registry.load(version, in: scope)
                let engine = try await warmEngine(for: model, lateness: lateness, through: sequence)
                let warm = WarmModel(model: model, features: engine, throughSequence: sequence)
                inbox.offer(.warmed(version, .success(warm)))
            } catch {
                logger.error("the model can't be served, rules go on alone", metadata: ["error": "\(error)"])
                let failure =
                    error as? ModelError ?? ModelError(.runtimeFailed, "the history can't be read", cause: error)
                inbox.offer(.warmed(version, .failure(failure)))
            }
        }
    }

    private func warmEngine(
        for model: LoadedModel,
        lateness: Duration,
        through sequence: Int64
    ) async throws -> FeatureEngine {
        let view = model.manifest.view
        var engine = FeatureEngine(
            view: view,
            predictEverySeconds: model.manifest.predictEverySeconds,
            allowedLateness: lateness
        )
        var projections = Projections(to: view.tags)
        var position: HistoryPosition?
        while true {
            let page = try await stores.readings.history(
                after: position,
                throughSequence: sequence,
                limit: 2_000,
                in: scope
            )
            guard let last = page.last else { return engine }
            let tags = try await schemaTags.tags(ofVersionsIn: page)
            for stored in page { _ = engine.insert(projections.sample(stored, tags: tags)) }
            position = HistoryPosition(asset: last.reading.asset, instant: last.reading.instant)
        }
    }

    /// Swaps a proven model in between two batches, after it has seen what came while it was warming up.
    private func take(
        _ result: Result<WarmModel, ModelError>,
        of version: ModelVersion,
        _ state: inout LaneState
    ) async throws {
        state.endWarming(version)
        switch result {
        case .failure(let error): state.reject(version, because: error)
        case .success(var warm):
            guard warm.model.version == state.awaitedModel else { break }
            var projections = Projections(to: warm.model.manifest.view.tags)
            var sequence = warm.throughSequence
            while sequence < state.cursor {
                let page = try await stores.readings.readings(after: sequence, countMax: Self.batchCountMax, in: scope)
                let tags = try await schemaTags.tags(ofVersionsIn: page)
                for stored in page where stored.sequence <= state.cursor && !stored.isTooLate {
                    _ = warm.features.insert(projections.sample(stored, tags: tags))
                }
                guard let last = page.last else { break }
                sequence = last.sequence
            }
            state.serve(warm)
            logger.info("the model serves", metadata: ["version": "\(warm.model.version)"])
        }
        publish(state)
    }

    private func publish(_ state: LaneState) { board.update(scope) { state.report(into: &$0) } }
}
