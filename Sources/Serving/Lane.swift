import Alarms
import Features
import Logging
import Models
import Plant
import ServiceLifecycle
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
    let time: any TimeSource
    let inbox: LaneInbox
    let board: LaneBoard
    let schemaTags: SchemaTags
    let predictions: PredictionDesk
    let system: SystemNews
    let explanations: ExplanationDesk
    let logger: Logger

    /// What was sent so far, for engines that have yet to see it.
    var history: HistoryReplay { HistoryReplay(scope: scope, stores: stores, schemaTags: schemaTags) }

    static let batchCountMax = 512

    /// Runs until its task is cancelled; what fails on the way is tried again from what is written down.
    func run() async throws {
        var backoff = Backoff(from: .milliseconds(100), upTo: .seconds(30))
        while !Task.isCancelled, !inbox.isClosed {
            do {
                try await carryOn {
                    inbox.acceptCommands()
                    guard board.storeSucceeded(.lane, in: scope) else { return }
                    backoff.reset()
                    // What was committed just before the lane had to start over may not have been told of.
                    explanations.add(scope)
                }
                return
            } catch is CancellationError {
                return
            } catch {
                logger.error("the lane starts over from its last commit", metadata: ["error": "\(error)"])
                let (now, rest) = (time.now, backoff.next())
                board.storeFailed(.lane, at: now, until: now + rest, in: scope)
                board.update(scope) { $0.reason = "the store failed; trying again" }
                inbox.refuseCommands(because: LaneError(.storeFailing))
                // Cancelled, or on the way down: the loop ends.
                try? await cancelWhenGracefulShutdown { try await time.sleep(for: rest) }
                board.storeProbed(.lane, at: time.now, in: scope)
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
                    try await retry(&state)
                    try await watchSource(&state)
                    warm(&state, in: &children)
                case .act(let act): try await carryOut(act, &state)
                case .preview(let preview): preview.reply.resume(with: Result { try state.preview(preview) })
                case .configurationChanged:
                    try await configure(&state)
                    warm(&state, in: &children)
                    try await flow(&state)
                case .warmed(let version, let result):
                    try await take(result, of: version, &state)
                    warm(&state, in: &children)
                case .condemned(let version, let error):
                    if state.mayAsk { try await takeOut(version, because: error, &state) }
                    publish(state)
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
            if !ruled.isEmpty { try await tell(try state.ruled(carried, ruled, at: time.now), &state) }
            let rows = state.derive(carried)
            let answer = try await predict(rows, &state)
            try await tell(try state.conclude(carried, answer, at: time.now), &state)
        }
        if let commit = try state.finishTick(at: time.now, isThrough: batch.isEmpty) { try await tell(commit, &state) }
        state.mayBeBehind = batch.count == Self.batchCountMax
        let mayBeMore = batch.count == Self.batchCountMax || state.cursor < inbox.fresh.lastSequence
        if mayBeMore, !batch.isEmpty { inbox.notify(.committed) }
        publish(state)
    }

    /// Delays that ran out since the last row.
    private func expire(_ state: inout LaneState) async throws {
        let told = inbox.fresh.lastSequence
        let stored = state.mayBeBehind ? max(told, try await stores.readings.lastSequence(in: scope)) : told
        let commit = try state.tick(at: time.now, storedThrough: stored)
        if state.pendingTick != nil { inbox.notify(.committed) }
        guard let commit else { return }
        try await tell(commit, &state)
        publish(state)
    }

    /// Remembered before it is told.
    func tell(_ commit: LaneCommit, _ state: inout LaneState) async throws {
        let alerts = try await stores.lane.commit(commit, in: scope)
        state.cursor = commit.cursor
        if let last = alerts.last { state.alertSequence = last.sequence }
        hub.publish(alerts, in: scope)
        if commit.transitions.contains(where: \.bringsPrediction) { explanations.add(scope) }
    }

    // MARK: - Commands

    private func carryOut(_ act: OperatorAct, _ state: inout LaneState) async throws {
        do {
            if let commit = try state.carryOut(act, at: time.now) { try await tell(commit, &state) }
            act.reply.resume()
            publish(state)
        } catch let error where error is AlarmError || error is SuppressionError {
            act.reply.resume(throwing: error)
        } catch {
            act.reply.resume(throwing: error)
            throw error
        }
    }

    // MARK: - Configuration

    /// Where the last commit left off, and the engine that is to be finished before its model serves.
    private func restored() async throws -> (LaneState, UnfinishedEngine?) {
        let record = try await stores.lane.lane(in: scope)
        let memories = try await stores.lane.memories(in: scope).mapValues { try LaneMemory(decoding: $0) }
        let open = Dictionary(grouping: try await stores.alarms.open(in: scope), by: \.asset)
        let silenced = try await stores.lane.suppressions(in: scope)
        var state = LaneState(cursor: record.cursor, memories: memories, openAlarms: open, silenced: silenced)
        state.alertSequence = record.alertSequence
        try await configure(&state)
        // What was told of it before stands until a row says otherwise.
        state.doubted = state.champion.map { DoubtedModel($0) }
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
        if let commit { try await tell(commit, &state) }
        try await clearUnwell(state)  // Where the admins went back to a model that serves already.
        publish(state)
    }

    func giveUp(_ version: ModelVersion, because error: ModelError, _ state: inout LaneState) async throws {
        guard version == state.champion else { return }  // It is not to serve any more.
        if let commit = try state.giveUp(version, because: error, at: time.now) { try await tell(commit, &state) }
        try await report(error, of: version)
    }

    func publish(_ state: LaneState) { board.update(scope) { state.report(into: &$0) } }
}

extension ModelError {
    /// What kept a model from serving: its own trouble, or that of the history it must have seen.
    init(warmingUp error: any Error) {
        self = error as? ModelError ?? ModelError(.runtimeFailed, "the history can't be read", cause: error)
    }
}
