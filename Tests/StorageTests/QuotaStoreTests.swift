import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct QuotaStoreTests {
    private func refusal(_ operation: () async throws -> some Any) async -> QuotaExceeded? {
        do {
            _ = try await operation()
            return nil
        } catch {
            return error as? QuotaExceeded
        }
    }

    @Test(arguments: Engine.allCases)
    func `an organization's settings are its own, and are replaced as a whole`(engine: Engine) async throws {
        let world = try await World(engine)
        let quotas = world.stores.quotas
        #expect(try await quotas.current(in: world.north) == nil)
        try await quotas.put(QuotaSettings([.models: 3, .users: 4]), by: "root", at: .t0, in: world.north)
        try await quotas.put(QuotaSettings([.models: 5]), by: "root", at: .t0 + .seconds(1), in: world.north)
        let stored = try #require(try await quotas.current(in: world.north))
        #expect(stored.settings == (try QuotaSettings([.models: 5])))
        #expect(stored.changedBy == "root")
        #expect(stored.changedAt == .t0 + .seconds(1))
        #expect(try await quotas.current(in: world.south) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `rows are counted as they are kept: readings, conflicts and what is set apart, each once`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        func kept(_ scope: OrganizationScope) async throws -> Int? {
            try await world.stores.quotas.use(at: .t0, in: scope)[.rowsKept]
        }
        #expect(try await kept(world.north) == 0)
        try await world.append(world.readings(1...3), in: world.north)
        try await world.append(world.readings(1...3), in: world.north)
        #expect(try await kept(world.north) == 3)
        for _ in 1...2 { try await world.append(world.readings(2...3, offset: 0.5), in: world.north) }
        #expect(try await kept(world.north) == 5)
        let nonsense = QuarantinedRow(row: "nonsense", reason: "no time")
        for _ in 1...2 {
            _ = try await world.stores.readings.append(
                [],
                schemaVersion: 1,
                quarantined: [nonsense, nonsense],
                at: .t0,
                in: world.north
            )
        }
        #expect(try await kept(world.north) == 6)
        #expect(try await kept(world.south) == 0)
    }

    @Test(arguments: Engine.allCases)
    func `rows that don't all fit are refused as a whole, and leave no trace`(engine: Engine) async throws {
        let world = try await World(engine)
        let readings = world.stores.readings
        func append(_ seconds: ClosedRange<Int>, of asset: String = "pump", keptMax: Int) async throws -> IngestReceipt
        {
            try await readings.append(
                world.readings(seconds, of: asset),
                schemaVersion: 1,
                keptMax: keptMax,
                at: .t0,
                in: world.north
            )
        }
        #expect(try await append(1...8, keptMax: 10).accepted == 8)
        let refused = await refusal { try await append(7...12, of: "late", keptMax: 10) }
        #expect(refused == QuotaExceeded(.rowsKept, use: 8, limit: 10))
        #expect(try await world.stores.assets.byName("late", in: world.north) == nil)
        #expect(try await readings.lastSequence(in: world.north) == 8)
        // Known rows take no room, and what fits exactly is kept.
        #expect(try await append(1...10, keptMax: 10).accepted == 2)
        #expect(await refusal { try await append(11...11, keptMax: 10) }?.use == 10)
        #expect(try await append(11...11, keptMax: 11).accepted == 1)
        // A limit below what there is takes nothing away.
        #expect(try await append(1...11, keptMax: 0).repeated == 11)
    }

    @Test(arguments: Engine.allCases)
    func `a name that is no name any more is set apart`(engine: Engine) async throws {
        let world = try await World(engine)
        let long = String(repeating: "é", count: 101)
        let rows = [
            Reading(asset: long, instant: .t0, values: [1, 2, 3]),
            Reading(asset: String(long.dropLast()), instant: .t0, values: [1, 2, 3]),
            Reading(asset: "pump", instant: .t0, values: [1, 2, 3], failing: long),
        ]
        let receipt = try await world.append(rows, in: world.north)
        #expect(receipt.accepted == 1)
        #expect(receipt.quarantined == 2)
        #expect(receipt.setApart.allSatisfy { $0.row.utf8.count < 500 })
    }

    @Test(arguments: Engine.allCases)
    func `training runs are counted by when they were queued, and say when there is room again`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let logs = world.stores.trainingLogs
        func start(hour: Int, perDayMax: Int = 2) async throws {
            let now = Instant.t0 + .seconds(hour * 3_600)
            let log = TrainingLog(id: ID(UUID()), cause: .request, queuedAt: now)
            try await logs.enqueue(log, perDayMax: perDayMax, in: world.north)
            _ = try await logs.cancel(log.id, by: "a", at: now, in: world.north)
        }
        try await start(hour: 0)
        try await start(hour: 6)
        let refused = await refusal { try await start(hour: 10) }
        #expect(refused == QuotaExceeded(.trainingRunsPerDay, use: 2, limit: 2, wait: .seconds(14 * 3_600)))
        try await start(hour: 24)
        #expect(await refusal { try await start(hour: 25) }?.wait == .seconds(5 * 3_600))
        #expect(await refusal { try await start(hour: 25, perDayMax: 0) }?.wait == nil)
        try await start(hour: 25, perDayMax: 3)
    }

    @Test(arguments: Engine.allCases)
    func `a run that is due is left out where there were as many in a day, and the next is due in time`(
        engine: Engine
    ) async throws {
        let world = try await World(engine)
        let plans = world.stores.trainingPlans
        let due = Instant.t0 + .seconds(3_600)
        let schedule = TrainingSchedule(cron: "@hourly", nextAt: due)
        try await plans.put(schedule, by: "a", at: .t0, in: world.north)
        let done = TrainingLog(id: ID(UUID()), cause: .request, queuedAt: .t0)
        try await world.stores.trainingLogs.enqueue(done, in: world.north)
        _ = try await world.stores.trainingLogs.cancel(done.id, by: "a", at: .t0, in: world.north)
        func fire(perDayMax: Int, dueAt due: Instant) async throws -> Bool {
            let log = TrainingLog(id: ID(UUID()), cause: .schedule, queuedAt: due)
            return try await plans.fire(
                log,
                dueAt: due,
                nextAt: due + .seconds(3_600),
                perDayMax: perDayMax,
                in: world.north
            )
        }
        #expect(try await !fire(perDayMax: 1, dueAt: due))
        #expect(try await plans.schedule(in: world.north)?.nextAt == due + .seconds(3_600))
        #expect(try await fire(perDayMax: 2, dueAt: due + .seconds(3_600)))
    }

    /// The longest waiting first: whoever has had a run queues behind all that waited meanwhile.
    @Test(arguments: Engine.allCases)
    func `organizations that want to train take turns`(engine: Engine) async throws {
        let world = try await World(engine)
        let (logs, work) = (world.stores.trainingLogs, world.stores.trainingWork)
        var turns: [ID<Organization>] = []
        func queue(_ scope: OrganizationScope, at second: Int) async throws {
            let log = TrainingLog(id: ID(UUID()), cause: .request, queuedAt: .t0 + .seconds(second))
            try await logs.enqueue(log, in: scope)
        }
        try await queue(world.north, at: 0)
        try await queue(world.south, at: 1)
        for round in 0..<6 {
            let now = Instant.t0 + .seconds(10 * (round + 1))
            let first = try #require(try await work.organizations(dueAt: now, in: world.system).first)
            turns.append(first)
            let scope = first == world.north.id ? world.north : world.south
            var log = try #require(try await logs.claim(by: "server", at: now, in: scope))
            // The north wants the next as soon as it has one.
            try await queue(scope, at: 10 * (round + 1) + 1)
            (log.state, log.endedAt) = (.completed, now + .seconds(5))
            try await logs.finish(log, by: "server", in: scope)
        }
        #expect(
            turns == [world.north.id, world.south.id, world.north.id, world.south.id, world.north.id, world.south.id]
        )
    }

    @Test(arguments: Engine.allCases)
    func `models and users are counted for one organization alone`(engine: Engine) async throws {
        let world = try await World(engine)
        func register(_ digit: Character, in scope: OrganizationScope) async throws -> Bool {
            let model = RegisteredModel(
                version: try .test(digit),
                manifest: "{}",
                byteSize: 1,
                path: "a",
                registeredAt: .t0
            )
            return try await world.stores.models.register(model, countMax: 1, in: scope)
        }
        #expect(try await register("a", in: world.north))
        #expect(try await !register("a", in: world.north))
        #expect(await refusal { try await register("b", in: world.north) } == QuotaExceeded(.models, use: 1, limit: 1))
        #expect(try await register("b", in: world.south))
        var generator = SystemRandomNumberGenerator()
        let hash = try PasswordHash(of: "long enough", cost: .weakest, using: &generator)
        func create(_ name: String, in scope: OrganizationScope) async throws -> User {
            try await world.stores.users.create(
                email: "\(name)@example.com",
                passwordHash: hash,
                role: .operator,
                at: .t0,
                countMax: 1,
                in: scope
            )
        }
        _ = try await create("a", in: world.north)
        #expect(await refusal { try await create("b", in: world.north) } == QuotaExceeded(.users, use: 1, limit: 1))
        _ = try await create("b", in: world.south)
        let use = try await world.stores.quotas.use(at: .t0, in: world.north)
        #expect(use[.models] == 1)
        #expect(use[.users] == 1)
    }
}
