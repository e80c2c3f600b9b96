import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

/// The queue of training runs, their schedule, and the aliases that they move.
@Suite(.timeLimit(.minutes(60))) struct TrainingStoreTests {
    private func log(_ second: Int = 0, cause: TrainingLog.Cause = .request) -> TrainingLog {
        TrainingLog(id: ID(UUID()), cause: cause, requestedBy: "ann", queuedAt: .t0 + .seconds(second))
    }

    @Test(arguments: Engine.allCases)
    func `a run is told from its queueing to its end`(engine: Engine) async throws {
        let world = try await World(engine)
        let store = world.stores.trainingLogs
        var log = log()
        log.parameters = "{}"
        try await store.enqueue(log, in: world.north)
        #expect(try await store.byID(log.id, in: world.north) == log)
        log = try #require(try await store.claim(by: "one", at: .t0 + .seconds(1), in: world.north))
        #expect(log.state == .started)
        let word = try await store.beat(
            log.id,
            by: "one",
            progress: 0.4,
            step: "growing trees",
            at: .t0 + .seconds(2),
            in: world.north
        )
        #expect(word == .goOn)
        #expect(try await store.byID(log.id, in: world.north)?.progress == 0.4)
        log.state = .completed
        log.endedAt = .t0 + .seconds(3)
        log.progress = 1
        log.step = "done"
        log.dataFrom = .t0 - .seconds(100)
        log.dataUntil = .t0
        log.dataPointCount = 9
        log.modelVersion = try .test("a")
        log.failureReason = "none"
        log.artifactsPath = "training/1"
        log.decision = .challenger
        log.decisionReason = "it passed"
        log.gate = #"{"checks":[]}"#
        log.labels = "[]"
        #expect(try await store.finish(log, by: "one", in: world.north))
        #expect(try await store.byID(log.id, in: world.north) == log)
        #expect(try await !store.finish(log, by: "one", in: world.north))
        #expect(try await !store.isBusy(in: world.north))
    }

    @Test(arguments: Engine.allCases)
    func `one waits and one runs, however many servers look for work`(engine: Engine) async throws {
        let world = try await World(engine)
        let store = world.stores.trainingLogs
        try await store.enqueue(log(), in: world.north)
        #expect(await storageError { try await store.enqueue(log(1), in: world.north) } == .duplicate)
        let claimed = try await withThrowingTaskGroup { group in
            for server in 0..<16 {
                group.addTask { try await store.claim(by: "server \(server)", at: .t0, in: world.north) }
            }
            return try await group.reduce(into: []) { if let log = $1 { $0.append(log) } }
        }
        #expect(claimed.count == 1)
        // The next may wait, and stays waiting while this one runs.
        try await store.enqueue(log(2), in: world.north)
        #expect(try await store.claim(by: "another", at: .t0, in: world.north) == nil)
        try await store.enqueue(log(3), in: world.south)
        #expect(try await store.claim(by: "another", at: .t0, in: world.south) != nil)
    }

    @Test(arguments: Engine.allCases)
    func `a run that nobody is heard of any more fails, and its runner learns that it lost it`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let store = world.stores.trainingLogs
        try await store.enqueue(log(), in: world.north)
        let mine = try #require(try await store.claim(by: "one", at: .t0, in: world.north))
        #expect(try await store.expire(notSeenSince: .t0, at: .t0, in: world.north).isEmpty)
        let expired = try await store.expire(notSeenSince: .t0 + .seconds(1), at: .t0 + .seconds(60), in: world.north)
        #expect(expired.map(\.id) == [mine.id])
        #expect(try await store.byID(mine.id, in: world.north)?.state == .failed)
        #expect(try await store.byID(mine.id, in: world.north)?.failureReason?.contains("server") ?? false)
        let word = try await store.beat(mine.id, by: "one", progress: 1, step: nil, at: .t0, in: world.north)
        #expect(word == .lost)
        #expect(try await !store.finish(mine, by: "one", in: world.north))
    }

    @Test(arguments: Engine.allCases)
    func `a waiting run is cancelled at once, a running one by its runner, an ended one never`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let store = world.stores.trainingLogs
        let waiting = log()
        try await store.enqueue(waiting, in: world.north)
        #expect(try await store.cancel(waiting.id, by: "bob", at: .t0, in: world.north).state == .cancelled)
        try await store.enqueue(log(1), in: world.north)
        var running = try #require(try await store.claim(by: "one", at: .t0, in: world.north))
        #expect(try await store.cancel(running.id, by: "bob", at: .t0, in: world.north).state == .started)
        let word = try await store.beat(running.id, by: "one", progress: nil, step: nil, at: .t0, in: world.north)
        #expect(word == .cancelled(by: "bob"))
        running.state = .completed
        running.cancelledBy = nil
        #expect(try await store.finish(running, by: "one", in: world.north))
        try await store.enqueue(log(2), in: world.north)
        var ended = try #require(try await store.claim(by: "one", at: .t0, in: world.north))
        ended.state = .failed
        #expect(try await store.finish(ended, by: "one", in: world.north))
        #expect(
            await storageError { try await store.cancel(ended.id, by: "bob", at: .t0, in: world.north) } == .duplicate
        )
        #expect(await storageError { try await store.cancel(ended.id, by: "b", at: .t0, in: world.south) } == .notFound)
    }

    @Test(arguments: Engine.allCases)
    func `runs are listed newest first, page by page`(engine: Engine) async throws {
        let world = try await World(engine)
        let store = world.stores.trainingLogs
        var made: [ID<TrainingLog>] = []
        for second in 0..<5 {
            let log = log(second / 2)
            try await store.enqueue(log, in: world.north)
            _ = try await store.cancel(log.id, by: "bob", at: .t0, in: world.north)
            made.append(log.id)
        }
        var found: [TrainingLog] = []
        var key: String?
        repeat {
            let page = try await store.page(after: key, limit: 2, in: world.north)
            found += page.elements
            key = page.next
        } while key != nil
        #expect(Set(found.map(\.id)) == Set(made))
        #expect(found.count == 5)
        #expect(found.map(\.queuedAt) == found.map(\.queuedAt).sorted(by: >))
    }

    @Test(arguments: Engine.allCases)
    func `what was due is queued once, by one of the servers, and never while a run goes on`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let plans = world.stores.trainingPlans
        let due = Instant.t0 + .seconds(10)
        let schedule = TrainingSchedule(cron: "@daily", timeZone: "Asia/Kolkata", jitterSeconds: 5, nextAt: due)
        try await plans.put(schedule, by: "ann", at: .t0, in: world.north)
        #expect(try await plans.schedule(in: world.north) == schedule)
        let next = due + .seconds(100)
        let fired = try await withThrowingTaskGroup { group in
            for _ in 0..<16 {
                group.addTask {
                    try await plans.fire(log(11, cause: .schedule), dueAt: due, nextAt: next, in: world.north)
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(fired == 1)
        #expect(try await world.stores.trainingLogs.page(limit: 9, in: world.north).elements.count == 1)
        #expect(try await plans.schedule(in: world.north)?.nextAt == next)
        // It still waits when the next comes due: that one is left out, and the one after it is set.
        let after = next + .seconds(100)
        #expect(try await !plans.fire(log(12, cause: .schedule), dueAt: next, nextAt: after, in: world.north))
        #expect(try await plans.schedule(in: world.north)?.nextAt == after)
        try await plans.put(nil, by: "ann", at: .t0, in: world.north)
        #expect(try await plans.schedule(in: world.north) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `whoever has something to do is found, the longest due first, and nobody else`(engine: Engine) async throws {
        let world = try await World(engine)
        let (logs, plans, work) = (world.stores.trainingLogs, world.stores.trainingPlans, world.stores.trainingWork)
        func due(_ second: Int) async throws -> [ID<Organization>] {
            try await work.organizations(dueAt: .t0 + .seconds(second), in: world.system)
        }
        #expect(try await due(1_000_000) == [])
        try await plans.put(
            TrainingSchedule(cron: "@daily", nextAt: .t0 + .seconds(50)),
            by: "ann",
            at: .t0,
            in: world.south
        )
        try await logs.enqueue(log(10), in: world.north)
        #expect(try await due(9) == [])
        #expect(try await due(10) == [world.north.id])
        #expect(try await due(50) == [world.north.id, world.south.id])
        // What goes on is looked at again when it has been silent for too long.
        let running = try #require(try await logs.claim(by: "one", at: .t0 + .seconds(20), in: world.north))
        #expect(try await due(79) == [world.south.id])
        #expect(try await due(80) == [world.south.id, world.north.id])
        _ = try await logs.beat(
            running.id,
            by: "one",
            progress: nil,
            step: nil,
            at: .t0 + .seconds(60),
            in: world.north
        )
        #expect(try await due(119) == [world.south.id])
        var ended = running
        ended.state = .failed
        try await logs.finish(ended, by: "one", in: world.north)
        try await plans.put(nil, by: "ann", at: .t0, in: world.south)
        #expect(try await due(1_000_000) == [])
    }

    @Test(arguments: Engine.allCases)
    func `a configuration is kept, and is the default one where there is none`(engine: Engine) async throws {
        let world = try await World(engine)
        let plans = world.stores.trainingPlans
        #expect(try await plans.configuration(in: world.north) == TrainingConfiguration())
        var configuration = TrainingConfiguration()
        configuration.days = 90
        configuration.tags = ["x"]
        configuration.parameters = try BoosterParameters(["num_leaves": "31", "eta": "0.1"])
        configuration.promotion = .champion
        try await plans.put(configuration, by: "ann", at: .t0, in: world.north)
        #expect(try await plans.configuration(in: world.north) == configuration)
        #expect(try await plans.configuration(in: world.south) == TrainingConfiguration())
    }

    @Test(arguments: Engine.allCases)
    func `both aliases move at once or not at all, and the ledger knows what was live when`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let models = world.stores.models
        let (a, b) = (try ModelVersion.test("a"), try ModelVersion.test("b"))
        for version in [a, b] {
            let model = RegisteredModel(version: version, manifest: "{}", byteSize: 1, path: "p", registeredAt: .t0)
            _ = try await models.register(model, in: world.north)
        }
        func move(_ moves: [AliasMove], _ second: Int, expecting: ModelVersion?? = nil) async throws -> [LedgerEntry] {
            try await models.move(
                moves,
                expecting: expecting,
                because: AliasReason(by: "gate", reason: "better", evidence: "{}"),
                at: .t0 + .seconds(second),
                in: world.north
            )
        }
        _ = try await move([AliasMove(.champion, to: a)], 1)
        _ = try await move([AliasMove(.challenger, to: b)], 2)
        let promotion = [AliasMove(.champion, to: b), AliasMove(.challenger, to: a)]
        for fault in (1...6).map(FaultyDatabase.Fault.write) + [.commit(1)] {
            world.faults.fail(at: [fault])
            #expect(await databaseError { try await move(promotion, 3) } == .unavailable)
        }
        world.faults.fail(at: [])
        #expect(try await models.champion(in: world.north)?.version == a)
        #expect(await storageError { try await move(promotion, 3, expecting: .some(b)) } == .cursorMoved)
        let entries = try await move(promotion, 3, expecting: .some(a))
        #expect(entries.map(\.number) == [3, 4])
        #expect(try await models.champion(in: world.north)?.version == b)
        #expect(try await models.model(as: .challenger, in: world.north)?.version == a)
        #expect(try await models.entry(of: .champion, at: .t0, in: world.north) == nil)
        for (second, live) in [(1, a), (2, a), (3, b), (9, b)] {
            let entry = try await models.entry(of: .champion, at: .t0 + .seconds(second), in: world.north)
            #expect(entry?.to == live)
            #expect(entry?.by == "gate")
        }
        #expect(try await models.ledger(of: .challenger, in: world.north).map(\.to) == [a, b])
        #expect(try await models.ledger(in: world.north).map(\.number) == [4, 3, 2, 1])
    }
}
