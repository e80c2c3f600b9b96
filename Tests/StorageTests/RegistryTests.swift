import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// Organizations, schemas, failures, sources, models and their training.
@Suite(.timeLimit(.minutes(60))) struct RegistryTests {
    private func model(_ digit: Character) throws -> RegisteredModel {
        RegisteredModel(
            version: try .test(digit),
            manifest: #"{"v":1}"#,
            byteSize: 10,
            path: "models/\(digit)",
            registeredAt: .t0
        )
    }

    @Test(arguments: Engine.allCases)
    func `a slug is one organization's`(engine: Engine) async throws {
        let world = try await World(engine)
        let organizations = world.stores.organizations
        let taken = await storageError {
            try await organizations.create(slug: "north", name: "Other", at: .t0, in: world.system)
        }
        #expect(taken == .duplicate)
        #expect(try await organizations.all(in: world.system).map(\.slug) == ["north", "south"])
        #expect(try await organizations.bySlug("south", in: world.system)?.id == world.south.id)
        #expect(try await organizations.bySlug("west", in: world.system) == nil)
        try await organizations.setPredictionEnabled(true, in: world.north)
        #expect(try await organizations.organization(in: world.north).predictionEnabled)
        #expect(try await organizations.byID(world.south.id, in: world.system)?.predictionEnabled == false)
        let nowhere = OrganizationScope(provenFor: ID(UUID()))
        #expect(await storageError { try await organizations.organization(in: nowhere) } == .notFound)
        #expect(await storageError { try await organizations.setPredictionEnabled(true, in: nowhere) } == .notFound)
    }

    @Test(arguments: Engine.allCases)
    func `a changed schema is a new version, the same one is not`(engine: Engine) async throws {
        let world = try await World(engine)
        let schemas = world.stores.schemas
        #expect(try await schemas.current(in: world.north) == nil)
        #expect(try await schemas.put("{}", at: .t0, in: world.north) == 1)
        #expect(try await schemas.put("{}", at: .t0 + .seconds(1), in: world.north) == 1)
        #expect(try await schemas.put(#"{"a":1}"#, at: .t0, in: world.north) == 2)
        // Back to the first is a change too.
        #expect(try await schemas.put("{}", at: .t0, in: world.north) == 3)
        #expect(try await schemas.put("[]", at: .t0, in: world.south) == 1)
        #expect(try await schemas.current(in: world.north)?.version == 3)
        #expect(try await schemas.version(2, in: world.north)?.document == #"{"a":1}"#)
        #expect(try await schemas.version(2, in: world.south) == nil)
        #expect(try await schemas.all(in: world.north).map(\.version) == [1, 2, 3])
    }

    @Test(arguments: Engine.allCases)
    func `a schema's author stays when he leaves`(engine: Engine) async throws {
        let world = try await World(engine)
        let (schemas, users) = (world.stores.schemas, world.stores.users)
        var generator = SeededGenerator(seed: 1)
        let hash = try PasswordHash(of: "a password", cost: .weakest, using: &generator)
        func admin(_ email: String) async throws -> User {
            try await users.create(email: email, passwordHash: hash, role: .admin, at: .t0, in: world.north)
        }
        let (ann, _) = (try await admin("ann@example.com"), try await admin("bob@example.com"))
        _ = try await schemas.put("{}", by: ann.email, at: .t0, in: world.north)
        // The same again is no other version, and nobody else's.
        _ = try await schemas.put("{}", by: "bob@example.com", at: .t0, in: world.north)
        try await users.remove(ann.id, at: .t0, in: world.north)
        _ = try await schemas.put("[]", at: .t0, in: world.north)
        #expect(try await schemas.all(in: world.north).map(\.author) == ["ann@example.com", nil])
        #expect(try await schemas.page(limit: 9, in: world.north).last?.author == "ann@example.com")
    }

    @Test(arguments: Engine.allCases)
    func `a first schema and the switch that it sets are kept together or not at all`(engine: Engine) async throws {
        let world = try await World(engine)
        let (schemas, organizations) = (world.stores.schemas, world.stores.organizations)
        func put(_ document: String, in scope: OrganizationScope) async throws -> Int {
            try await schemas.put(document, startingPrediction: true, at: .t0, in: scope)
        }
        for fault in [FaultyDatabase.Fault.write(1), .write(2), .commit(1)] {
            world.faults.fail(at: [fault])
            #expect(await databaseError { try await put("{}", in: world.north) } == .unavailable)
            world.faults.fail(at: [])
            #expect(try await schemas.current(in: world.north) == nil)
            #expect(try await !organizations.organization(in: world.north).predictionEnabled)
        }
        #expect(try await put("{}", in: world.north) == 1)
        #expect(try await organizations.organization(in: world.north).predictionEnabled)
        #expect(try await !organizations.organization(in: world.south).predictionEnabled)
        // A later one leaves it as it is, and so does the same one again.
        try await organizations.setPredictionEnabled(false, in: world.north)
        for document in ["{}", "[]"] { _ = try await put(document, in: world.north) }
        #expect(try await !organizations.organization(in: world.north).predictionEnabled)
    }

    @Test(arguments: Engine.allCases)
    func `an asset is made once, and keeps its id`(engine: Engine) async throws {
        let world = try await World(engine)
        let assets = world.stores.assets
        let made = try await assets.ensure(["b", "a", "b"], in: world.north)
        #expect(made.map(\.name) == ["b", "a", "b"])
        #expect(made[0] == made[2])
        try await world.append(world.readings(1...1, of: "a"), in: world.north)
        #expect(try await assets.list(in: world.north) == [made[1], made[0]])
        #expect(try await assets.byName("a", in: world.north) == made[1])
        #expect(try await assets.byID(made[1].id, in: world.north) == made[1])
        #expect(try await assets.byID(made[1].id, in: world.south) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `a failure recorded again is the same failure, with the later end`(engine: Engine) async throws {
        let world = try await World(engine)
        let store = world.stores.failures
        let failures = [
            FailureEvent(asset: "b", start: .t0, component: "bearing"), FailureEvent(asset: "b", start: .t0),
            FailureEvent(asset: "a", start: .t0 + .seconds(5), end: .t0 + .seconds(9), component: "seal"),
        ]
        #expect(try await store.record(failures, by: "ann", at: .t0, in: world.north) == 3)
        let longer = FailureEvent(asset: "b", start: .t0, end: .t0 + .seconds(60), component: "bearing")
        let shorter = FailureEvent(asset: "a", start: .t0 + .seconds(5), component: "seal")
        #expect(try await store.record([longer, shorter], at: .t0, in: world.north) == 0)
        #expect(try await store.list(in: world.north) == [failures[2], failures[1], longer])
        var found: [StoredFailure] = []
        var key: String?
        repeat {
            let page = try await store.page(after: key, limit: 1, in: world.north)
            found += page.elements
            key = page.next
        } while key != nil
        #expect(found.map(\.event) == [failures[2], longer, failures[1]])
        #expect(found.allSatisfy { $0.recordedBy == "ann" })
        #expect(try await store.page(asset: "a", limit: 9, in: world.north).elements.map(\.event) == [failures[2]])
        #expect(try await store.list(in: world.south).isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `a source keeps its cursor when its configuration changes`(engine: Engine) async throws {
        let world = try await World(engine)
        let sources = world.stores.sources
        let id = ID<SourceConfiguration>(UUID())
        let first = SourceConfiguration(id: id, name: "scada", configuration: #"{"table":"a"}"#)
        try await sources.put(first, at: .t0, in: world.north)
        _ = try await world.stores.readings.append(
            [],
            schemaVersion: 1,
            source: SourcePosition(source: id, cursor: Cursor(position: "7")),
            at: .t0,
            in: world.north
        )
        let second = SourceConfiguration(id: id, name: "scada", configuration: #"{"table":"b"}"#)
        try await sources.put(second, at: .t0, in: world.north)
        #expect(try await sources.list(in: world.north) == [second])
        #expect(try await sources.cursor(of: id, in: world.north).position == "7")
        let namesake = SourceConfiguration(id: ID(UUID()), name: "scada", configuration: "{}")
        #expect(await storageError { try await sources.put(namesake, at: .t0, in: world.north) } == .duplicate)
        try await sources.put(namesake, at: .t0, in: world.south)
        #expect(try await !sources.remove(id, in: world.south))
        #expect(try await sources.remove(id, in: world.north))
        #expect(try await sources.byID(id, in: world.north) == nil)
        #expect(try await sources.cursor(of: id, in: world.north) == .start)
    }

    @Test(arguments: Engine.allCases)
    func `the champion moves with an entry in the ledger, or not at all`(engine: Engine) async throws {
        let world = try await World(engine)
        let models = world.stores.models
        #expect(try await models.register(model("a"), in: world.north))
        #expect(try await !models.register(model("a"), in: world.north))
        #expect(try await models.register(model("b"), in: world.north))
        #expect(try await models.champion(in: world.north) == nil)
        func move(_ digit: Character?, _ second: Int) async throws -> LedgerEntry {
            let moved = try await models.move(
                [AliasMove(.champion, to: try digit.map { try .test($0) })],
                because: AliasReason(by: "ann", reason: "better"),
                at: .t0 + .seconds(second),
                in: world.north
            )
            return try #require(moved.first)
        }
        let first = try await move("a", 1)
        #expect(first.from == nil)
        let second = try await move("b", 2)
        #expect(second.from == first.to)
        #expect(try await models.champion(in: world.north) == model("b"))
        #expect(await storageError { try await move("f", 3) } == .notFound)
        // Of the move: the alias taken away, put back, written down.
        for fault in (1...3).map(FaultyDatabase.Fault.write) + [.commit(1)] {
            world.faults.fail(at: [fault])
            #expect(await databaseError { try await move("a", 4) } == .unavailable)
        }
        world.faults.fail(at: [])
        #expect(try await models.champion(in: world.north) == model("b"))
        #expect(try await models.ledger(in: world.north) == [second, first])
        let back = try await move("a", 5)
        let none = try await move(nil, 6)
        #expect(try await models.champion(in: world.north) == nil)
        #expect(try await models.ledger(in: world.north) == [none, back, second, first])
        #expect(none.number == 4)
        #expect(try await models.formerChampion(in: world.north) == .test("a"))
        #expect(try await models.formerChampion(in: world.south) == nil)
        #expect(try await models.list(in: world.north).map(\.version) == [.test("a"), .test("b")])
        #expect(try await models.byHash(.test("a"), in: world.south) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `what could not be judged stays unknown`(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.stores.models.register(model("a"), in: world.north)
        var metrics = ModelMetrics(version: try .test("a"), measuredAt: .t0)
        metrics.prAUC = 0.852
        metrics.recall = .nan
        metrics.featureCount = 12
        try await world.stores.metrics.save(metrics, in: world.north)
        metrics.recall = nil
        #expect(try await world.stores.metrics.metrics(of: .test("a"), in: world.north) == metrics)
        metrics.accuracy = 0.99
        metrics.precision = 0.5
        metrics.rocAUC = 0.996
        metrics.brier = 0.01
        metrics.expectedCalibrationError = 0.02
        metrics.eventRecall = 0.93
        metrics.medianLeadMinutes = 540
        metrics.falseAlarmsPerAssetWeek = 0.07
        metrics.trainingSeconds = 5.2
        metrics.dataPointCount = 876_100
        try await world.stores.metrics.save(metrics, in: world.north)
        #expect(try await world.stores.metrics.list(in: world.north) == [metrics])
        let unknown = ModelMetrics(version: try .test("e"), measuredAt: .t0)
        #expect(await databaseError { try await world.stores.metrics.save(unknown, in: world.north) } == .constraint)
    }
}
