package import Alarms
package import Logging
package import Plant
import ServiceLifecycle
package import Storage
import Synchronization
import Trust

/// All organizations' lanes: one task each, started when there is something for it to do.
package final class Lanes: Service {
    struct State {
        var inboxes: [ID<Organization>: LaneInbox] = [:]
        /// What runs for each organization.
        var works: [ID<Organization>: OrganizationWork] = [:]
        /// Organizations for which nothing begins any more.
        var closed: Set<ID<Organization>> = []
        /// How often each organization's configuration has changed since the start.
        var generations: [ID<Organization>: Int] = [:]
        var isStopped = false
    }

    package let stores: Stores
    package let hub: AlertHub
    package let predictions: PredictionDesk
    package let systemNews: Broadcast<SystemAlarm>
    /// What organizations may have and do only so much of.
    package let quotas: QuotaDesk
    /// Told why models raised alarms, once that is known.
    package let explanationNews = Broadcast<ExplanationNews>(bufferCountMax: 256)
    let explanations = ExplanationDesk()
    let time: any TimeSource
    let logger: Logger
    let board = LaneBoard()
    let state = Mutex(State())
    private let starts: AsyncStream<Lane>
    private let start: AsyncStream<Lane>.Continuation
    private let tickInterval: Duration
    let upkeep: Upkeep
    private let source: SourceMaker

    /// Lanes over a server's stores and models.
    ///
    /// - Parameters:
    ///   - stores: Where readings come from, and what lanes decide goes to.
    ///   - hub: Told what was committed.
    ///   - predictions: The organizations' models, and how they are asked.
    ///   - systemNews: Told what admins must know of Eagle itself.
    ///   - quotas: The organizations' limits; nil for the standard ones.
    ///   - time: The server's time.
    ///   - logger: For what fails without anybody having asked for it.
    ///   - tickInterval: How often delays may expire in silence.
    ///   - upkeep: What is done for the models unasked.
    ///   - source: Makes an organization's source of its settings.
    package init(
        stores: Stores,
        hub: AlertHub,
        predictions: PredictionDesk,
        systemNews: Broadcast<SystemAlarm> = Broadcast(),
        quotas: QuotaDesk? = nil,
        time: any TimeSource,
        logger: Logger,
        tickInterval: Duration = .seconds(1),
        upkeep: Upkeep = Upkeep(),
        source: @escaping SourceMaker = { settings, schema, time in try settings.source(schema: schema, time: time) }
    ) {
        self.stores = stores
        self.hub = hub
        self.predictions = predictions
        self.systemNews = systemNews
        self.quotas = quotas ?? QuotaDesk(stores: stores)
        self.time = time
        self.logger = logger
        self.tickInterval = tickInterval
        self.upkeep = upkeep
        self.source = source
        (starts, start) = AsyncStream.makeStream(of: Lane.self)
    }

    /// Runs the lanes until shutdown; each finishes its batch first.
    package func run() async throws {
        for organization in try await stores.organizations.all(in: SystemScope(for: .start)) {
            _ = inbox(of: OrganizationScope(provenFor: organization.id))
        }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { lanes in
                try await withThrowingDiscardingTaskGroup { sources in
                    sources.addTask { try await self.tick() }
                    sources.addTask { await self.sweep() }
                    sources.addTask { await self.keepUp() }
                    sources.addTask { await self.explain() }
                    for await lane in starts {
                        guard let work = work(of: lane.scope) else { continue }
                        lanes.addTask { try await work.carry { try await lane.run() } }
                        sources.addTask { try await work.carry { await self.feed(of: lane.scope).run() } }
                        sources.addTask { try await work.carry { await self.rivals(of: lane.scope).run() } }
                    }
                    sources.cancelAll()
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Nil where nothing begins any more.
    private func work(of scope: OrganizationScope) -> OrganizationWork? {
        state.withLock { state in
            guard !state.closed.contains(scope.id) else { return nil }
            let work = state.works[scope.id] ?? OrganizationWork()
            state.works[scope.id] = work
            return work
        }
    }

    private func tick() async throws {
        while !Task.isCancelled {
            do { try await time.sleep(for: tickInterval) } catch { return }
            for inbox in state.withLock({ Array($0.inboxes.values) }) { inbox.notify(.tick) }
            explanations.wake(at: time.now)
        }
    }

    private func stop() {
        let inboxes = state.withLock { state in
            state.isStopped = true
            return Array(state.inboxes.values)
        }
        for inbox in inboxes { inbox.close() }
        predictions.batcher.flush()  // Nobody waits for company on the way down.
        start.finish()
    }

    // MARK: - What comes in

    /// How far ahead of the server's clock a plant's may be.
    package static let clockSkewMax = Duration.seconds(300)

    /// Keeps readings and wakes their lane; returns only when they are durable.
    ///
    /// A reading from the future is set apart: it would make all that its asset truly sends come too late.
    ///
    /// - Throws: `QuotaExceeded` where the organization has no room for all of them; nothing is kept then.
    package func ingest(
        _ readings: [Reading],
        quarantined: [QuarantinedRow] = [],
        schemaVersion: Int,
        source: SourcePosition? = nil,
        in scope: OrganizationScope
    ) async throws -> IngestReceipt {
        guard !isClosed(scope.id) else { throw LaneError(.stopped) }
        let now = time.now
        let future = readings.filter { $0.instant > now + Self.clockSkewMax }
        let readings = future.isEmpty ? readings : readings.filter { $0.instant <= now + Self.clockSkewMax }
        let receipt: IngestReceipt
        do {
            receipt = try await stores.readings.append(
                readings,
                schemaVersion: schemaVersion,
                quarantined: quarantined + future.map { QuarantinedRow(fromTheFuture: $0) },
                source: source,
                keptMax: try await quotas.limits(in: scope)[.rowsKept],
                at: now,
                in: scope
            )
        } catch {
            if error.isOfStore { board.storeFailed(.intake, at: now, in: scope) }
            throw error
        }
        board.storeSucceeded(.intake, in: scope)
        if receipt.accepted > 0 {
            let inbox = inbox(of: scope)
            inbox.fresh.add(readings, schemaVersion: schemaVersion, receipt: receipt)
            inbox.notify(.committed)
        }
        return receipt
    }

    /// Proof for each organization whose training wants something done, for what the server does by itself.
    package func scopesWithTraining(at now: Instant) async throws -> [OrganizationScope] {
        try await stores.trainingWork.organizations(dueAt: now, in: SystemScope(for: .start))
            .filter { !isClosed($0) }
            .map { OrganizationScope(provenFor: $0) }
    }

    /// Schema, rules, switch or champion changed in the store: the lane reads them anew, in order.
    package func configurationChanged(in scope: OrganizationScope) {
        state.withLock { $0.generations[scope.id, default: 0] += 1 }
        inbox(of: scope).notify(.configurationChanged)
    }

    package func status(in scope: OrganizationScope) async throws -> LaneStatus {
        var status = board.status(in: scope)
        status.behind = max(0, try await stores.readings.lastSequence(in: scope) - status.cursor)
        return status
    }

    /// The lane's inbox; the lane is started with it.
    func inbox(of scope: OrganizationScope) -> LaneInbox {
        let (inbox, isNew) = state.withLock { state in
            if let inbox = state.inboxes[scope.id] { return (inbox, false) }
            let inbox = LaneInbox()
            let isOver = state.isStopped || state.closed.contains(scope.id)
            if isOver { inbox.close() } else { state.inboxes[scope.id] = inbox }
            return (inbox, !isOver)
        }
        if isNew {
            start.yield(lane(of: scope, inbox: inbox))
            explanations.add(scope)  // For what was not explained before the last stop.
        }
        return inbox
    }

    /// Organizations whose models predict at the moment.
    var servingScopes: [OrganizationScope] {
        state.withLock { Array($0.inboxes.keys) }
            .map { OrganizationScope(provenFor: $0) }
            .filter { board.status(in: $0).predictions == .on }
    }

    private func feed(of scope: OrganizationScope) -> SourceFeed {
        SourceFeed(
            scope: scope,
            stores: stores,
            time: time,
            logger: logger,
            source: source,
            generation: { self.state.withLock { $0.generations[scope.id] ?? 0 } },
            report: { problem, breaker in
                self.board.update(scope) {
                    $0.sourceProblem = problem
                    $0.breakers[.source] = breaker
                }
            },
            ingest: { batch, version, position in
                try await self.quotas.waitForReadings(batch.readings.count + batch.quarantined.count, in: scope)
                _ = try await self.ingest(
                    batch.readings,
                    quarantined: batch.quarantined,
                    schemaVersion: version,
                    source: position,
                    in: scope
                )
            }
        )
    }

    private func rivals(of scope: OrganizationScope) -> RivalLane {
        RivalLane(
            scope: scope,
            stores: stores,
            predictions: predictions,
            time: time,
            board: board,
            schemaTags: SchemaTags(stores.schemas, scope: scope),
            generation: { self.state.withLock { $0.generations[scope.id] ?? 0 } },
            moved: { self.configurationChanged(in: scope) },
            logger: logger
        )
    }

    private func lane(of scope: OrganizationScope, inbox: LaneInbox) -> Lane {
        Lane(
            scope: scope,
            stores: stores,
            hub: hub,
            time: time,
            inbox: inbox,
            board: board,
            schemaTags: SchemaTags(stores.schemas, scope: scope),
            predictions: predictions,
            system: SystemNews(stores: stores, told: systemNews, time: time),
            explanations: explanations,
            logger: logger
        )
    }
}

extension QuarantinedRow {
    fileprivate init(fromTheFuture reading: Reading) {
        self.init(
            row: "\(reading.asset) at \(reading.instant): \(reading.values.map(\.description).joined(separator: ", "))",
            reason: "the timestamp lies in the future: set the plant's clock right, or the schema's timeZone"
        )
    }
}

/// Why a lane took nothing in.
package struct LaneError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// Too much waits already.
        case busy
        /// The store fails; the lane tries again by itself.
        case storeFailing
        /// The server is on its way down.
        case stopped
    }

    package let code: Code

    init(_ code: Code) { self.code = code }
}
