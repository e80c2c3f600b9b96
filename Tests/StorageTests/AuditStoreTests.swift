import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

@Suite(.timeLimit(.minutes(60))) struct AuditStoreTests {
    private func event(_ resource: String, _ action: AuditAction = .config, by actor: Actor = .terminal) -> AuditEvent {
        AuditEvent(action, by: actor, on: resource, ["text": resource])
    }

    @Test(arguments: Engine.allCases)
    func `entries are numbered without gaps, and each chain is whole on its own`(engine: Engine) async throws {
        let world = try await World(engine)
        let places: [AuditPlace] = [.organization(world.north), .organization(world.south), .server(world.system)]
        for number in 1...7 {
            for place in places {
                let entry = try await world.stores.audit.append(event("r\(number)"), at: .t0, in: place)
                #expect(entry.number == Int64(number))
                #expect(entry.chain == place.chain)
                #expect(entry.isWhole)
            }
        }
        for place in places {
            let (lines, report) = try await world.stores.exportedAudit(in: place)
            #expect(report.finding == nil)
            #expect(report.entryCount == 7)
            #expect(report.chain == place.chain.text)
            #expect(lines.count == 9)  // A signed head, and the end.
        }
        let absent = OrganizationScope(provenFor: ID(UUID()))
        #expect(
            await databaseError { try await world.stores.audit.append(event("x"), at: .t0, in: absent) } == .constraint
        )
    }

    @Test(arguments: Engine.allCases)
    func `what is hashed is what is read back, in whatever script`(engine: Engine) async throws {
        let world = try await World(engine)
        let texts = [
            "e\u{301}", "\u{212B}", "\u{1100}\u{1161}", "\u{338}=", "\"\\\n\t\u{1}", "猫🦅", "\u{2028}", "a\0b",
            "\u{FB01}", "\u{0344}", String(repeating: "\u{0344}", count: 250), "\u{FEFF}x",
        ]
        for text in texts {
            try await world.stores.audit.append(
                AuditEvent(.config, by: .server, on: text, [text: text, "x" + text: "\u{301}" + text]),
                at: .t0,
                in: world.north
            )
        }
        let page = try await world.stores.audit.page(limit: 99, in: world.north)
        #expect(page.elements.count == texts.count)
        for entry in page.elements { #expect(entry.isWhole, "\(entry.number): \(entry)") }
        #expect(try await world.stores.exportedAudit(in: .organization(world.north)).report.finding == nil)
    }

    @Test func `64 writers in two processes' connections make one chain`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("eagle.sqlite")
        let world = try await World(over: try SQLiteDatabase(.file(path)))
        let other = try await Stores.open(SQLiteDatabase(.file(path)))
        let places: [AuditPlace] = [.organization(world.north), .server(world.system)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<64 {
                let stores = writer.isMultiple(of: 4) ? other : world.stores
                group.addTask {
                    for round in 0..<10 {
                        for place in places {
                            // The other process may hold the file for longer than one waits for it.
                            while await databaseError({
                                try await stores.audit.append(event("w\(writer) r\(round)"), at: .t0, in: place)
                            }) == .busy {}
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for place in places {
            let report = try await world.stores.exportedAudit(in: place).report
            #expect(report.finding == nil)
            #expect(report.entryCount == 640)
            var resources: Set<String> = []
            var after: String?
            repeat {
                let page = try await other.audit.page(after: after, limit: 100, in: place)
                resources.formUnion(page.elements.map(\.resource))
                after = page.next
            } while after != nil
            #expect(resources.count == 640)
        }
    }

    @Test(arguments: Engine.allCases)
    func `pages come newest first, by all that they are filtered by`(engine: Engine) async throws {
        let world = try await World(engine)
        var generator = SeededGenerator(seed: 4)
        let actors: [Actor] = [.terminal, .server, .user(.random(using: &generator))]
        var entries: [AuditEntry] = []
        for number in 0..<60 {
            let event = event(
                "r\(number % 5)",
                AuditAction.allCases[number % 3],
                by: actors.randomElement(using: &generator) ?? .server
            )
            // Clocks are set back now and then.
            let at = Instant.t0 + .seconds(number % 17 * 10)
            entries.append(try await world.stores.audit.append(event, at: at, in: world.north))
        }
        entries.sort { ($0.at, $0.number) > ($1.at, $1.number) }
        var filters = [AuditFilter()]
        for action in AuditAction.allCases.prefix(3) { filters.append(AuditFilter(action: action)) }
        for actor in actors { filters.append(AuditFilter(actor: actor.text, resource: "r1")) }
        filters.append(AuditFilter(from: .t0 + .seconds(40), to: .t0 + .seconds(90)))
        filters.append(AuditFilter(action: .login, from: .t0 + .seconds(10)))
        filters.append(AuditFilter(resource: "r2", to: .t0 + .seconds(100)))
        for filter in filters {
            let expected = entries.filter { entry in
                (filter.action.map { entry.action == $0.rawValue } ?? true)
                    && (filter.actor.map { entry.actor == $0 } ?? true)
                    && (filter.resource.map { entry.resource == $0 } ?? true)
                    && (filter.from.map { entry.at >= $0 } ?? true) && (filter.to.map { entry.at < $0 } ?? true)
            }
            for limit in [1, 7, 100] {
                var found: [AuditEntry] = []
                var after: String?
                repeat {
                    let page = try await world.stores.audit.page(filter, after: after, limit: limit, in: world.north)
                    found += page.elements
                    after = page.next
                } while after != nil
                #expect(found == expected, "\(filter)")
            }
        }
        #expect(try await world.stores.audit.page(limit: 99, in: world.south).elements.isEmpty)
        for key in ["x", "1.x", "."] {
            let code = await storageError { try await world.stores.audit.page(after: key, limit: 9, in: world.north) }
            #expect(code == .invalidKey)
        }
    }

    @Test func `no page of a chain walks through it`() async throws {
        let database = PlannedDatabase(try Engine.sqlite.database())
        let world = try await World(over: database)
        let key = "\(Instant.t0.microseconds).9"
        for action in [nil, AuditAction.config] {
            for actor in [nil, "server"] as [String?] {
                for resource in [nil, "r"] as [String?] {
                    for (from, to) in [(nil, nil), (.t0, .t0 + .seconds(9))] as [(Instant?, Instant?)] {
                        for after in [nil, key] {
                            let filter = AuditFilter(
                                action: action,
                                actor: actor,
                                resource: resource,
                                from: from,
                                to: to
                            )
                            _ = database.takePlans()
                            _ = try await world.stores.audit.page(filter, after: after, limit: 9, in: world.north)
                            let plan = try #require(database.takePlans().first)
                            #expect(plan.wide.isEmpty, "\(plan)")
                        }
                    }
                }
            }
        }
        _ = try await world.stores.audit.closePredictionMinutes(at: .t0, in: world.north)
        _ = try await world.stores.exportedAudit(in: .organization(world.north))
        for plan in database.takePlans() { #expect(plan.wide.isEmpty, "\(plan)") }
    }

    @Test(arguments: [
        "UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry", "UPDATE audit_head SET number = 9",
        "DELETE FROM audit_head", "UPDATE server_audit_entry SET at = 0",
        "DELETE FROM server_audit_entry WHERE number = 1",
        "UPDATE server_audit_head SET at = 0", "DELETE FROM server_audit_head",
        "REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE number = 1",
        "INSERT OR REPLACE INTO server_audit_entry SELECT * FROM server_audit_entry WHERE number = 2",
        "INSERT INTO server_audit_entry SELECT 9, at, actor, action, resource, metadata, hash, hash FROM server_audit_entry",
    ])
    func `the database itself refuses whatever is not the next entry`(statement: String) async throws {
        let world = try await World(.sqlite)
        let places: [AuditPlace] = [.organization(world.north), .server(world.system)]
        for place in places {
            for number in 1...2 { try await world.stores.audit.append(event("r\(number)"), at: .t0, in: place) }
            _ = try await world.stores.exportedAudit(in: place)
        }
        let code = await databaseError {
            try await world.stores.database.transaction { try $0.execute(SQL(stringLiteral: statement)) }
        }
        #expect(code == .constraint)
        for place in places {
            let report = try await world.stores.exportedAudit(in: place).report
            #expect(report.finding == nil)
            #expect(report.entryCount == 2)
        }
    }

    @Test(arguments: Engine.allCases)
    func `a chain goes with its organization, and no other goes with it`(engine: Engine) async throws {
        let world = try await World(engine)
        for scope in [world.north, world.south] {
            try await world.stores.audit.append(event("x"), at: .t0, in: scope)
            _ = try await world.stores.exportedAudit(in: .organization(scope))
        }
        let north = world.north
        world.faults.fail(at: [.commit(1)])
        #expect(
            await databaseError {
                try await world.stores.database.transaction { try OrganizationTables.eraseChain(in: north, $0) }
            } == .unavailable
        )
        world.faults.fail(at: [])
        #expect(try await world.stores.audit.page(limit: 9, in: north).elements.count == 1)
        try await world.stores.database.transaction { try OrganizationTables.eraseChain(in: north, $0) }
        #expect(try await world.stores.audit.page(limit: 9, in: north).elements.isEmpty)
        #expect(try await world.stores.audit.heads(limit: 9, in: north).elements.isEmpty)
        #expect(try await world.stores.exportedAudit(in: .organization(world.south)).report.entryCount == 1)
        // The leave to remove entries ended with the transaction.
        try await world.stores.audit.append(event("x"), at: .t0, in: north)
        let delete: SQL = "DELETE FROM audit_entry WHERE organization_id = \(north.id.description)"
        #expect(
            await databaseError { try await world.stores.database.transaction { try $0.execute(delete) } }
                == .constraint
        )
    }

    @Test(arguments: Engine.allCases)
    func `heads are signed after so many entries, and after so long`(engine: Engine) async throws {
        let world = try await World(engine)
        let identity = try ServerIdentity(rawKey: Array(1...32))
        let policy = AuditHeadPolicy(entryCountMax: 3, ageMax: .seconds(3_600))
        for place in [AuditPlace.organization(world.north), .server(world.system)] {
            func sign(_ seconds: Int) async throws -> Int64? {
                try await world.stores.audit.signHead(
                    by: policy,
                    at: .t0 + .seconds(seconds),
                    with: identity,
                    in: place
                )?.number
            }
            #expect(try await sign(9_999) == nil)
            try await world.stores.audit.append(event("x"), at: .t0, in: place)
            #expect(try await sign(3_599) == nil)
            #expect(try await sign(3_600) == 1)
            #expect(try await sign(99_999) == nil)
            for _ in 1...2 { try await world.stores.audit.append(event("x"), at: .t0 + .seconds(99_999), in: place) }
            #expect(try await sign(99_999) == nil)
            try await world.stores.audit.append(event("x"), at: .t0 + .seconds(99_999), in: place)
            #expect(try await sign(99_999) == 4)
            let report = try await world.stores.exportedAudit(in: place).report
            #expect(report.finding == nil)
            #expect(report.headCount == 3)
        }
        let heads = try await world.stores.audit.heads(limit: 1, in: world.north)
        #expect(heads.elements.map(\.number) == [4])
        #expect(heads.elements.allSatisfy { $0.isSigned })
        let rest = try await world.stores.audit.heads(after: heads.next, limit: 9, in: world.north)
        #expect(rest.elements.map(\.number) == [1])
        #expect(rest.next == nil)
    }

    @Test(arguments: Engine.allCases)
    func `an entry that another clock wrote, ahead of this one, is vouched for too`(engine: Engine) async throws {
        let world = try await World(engine)
        let place = AuditPlace.organization(world.north)
        try await world.stores.audit.append(event("x"), at: .t0 + .seconds(86_400 * 365), in: place)
        let head = try await world.stores.audit.signHead(
            by: AuditHeadPolicy(),
            at: .t0,
            with: ServerIdentity(rawKey: Array(1...32)),
            in: place
        )
        #expect(head?.number == 1)
    }

    @Test(arguments: Engine.allCases)
    func `a deployment and a training run are kept with their entries, or not at all`(engine: Engine) async throws {
        let world = try await World(engine)
        let stores = world.stores
        let version = try ModelVersion.test("a")
        let model = RegisteredModel(version: version, manifest: "{}", byteSize: 1, path: "x", registeredAt: .t0)
        _ = try await stores.models.register(model, in: world.north)
        func move() async throws -> [LedgerEntry] {
            try await stores.models.move(
                [AliasMove(.champion, to: version)],
                because: AliasReason(by: "ann", reason: "better"),
                at: .t0,
                in: world.north
            )
        }
        // The alias taken away, put back, the ledger, and then the entry.
        world.faults.fail(at: [.write(4)])
        #expect(await databaseError { try await move() } == .unavailable)
        world.faults.fail(at: [])
        #expect(try await stores.models.ledger(in: world.north).isEmpty)
        _ = try await move()
        let log = TrainingLog(id: ID(UUID()), cause: .request, requestedBy: "ann", queuedAt: .t0)
        try await stores.trainingLogs.enqueue(log, in: world.north)
        var claimed = try #require(
            try await stores.trainingLogs.claim(by: "me", at: .t0 + .seconds(1), in: world.north)
        )
        claimed.state = .failed
        claimed.failureReason = "too few failures"
        #expect(try await !stores.trainingLogs.finish(claimed, by: "another", in: world.north))
        #expect(try await stores.trainingLogs.finish(claimed, by: "me", at: .t0 + .seconds(2), in: world.north))
        let next = TrainingLog(id: ID(UUID()), cause: .schedule, queuedAt: .t0 + .seconds(3))
        try await stores.trainingLogs.enqueue(next, in: world.north)
        _ = try await stores.trainingLogs.cancel(next.id, by: "ann", at: .t0 + .seconds(4), in: world.north)
        let entries = try await stores.audit.page(limit: 99, in: world.north).elements.reversed()
        let states = entries.filter { $0.action == "TRAINING" }.compactMap { $0.metadata["state"] }
        #expect(states == ["QUEUED", "STARTED", "FAILED", "QUEUED", "CANCELLED"])
        let deployments = entries.filter { $0.action == "DEPLOYMENT" }
        #expect(deployments.map { $0.metadata["to"] } == [version.hash])
        #expect(deployments.map { $0.metadata["by"] } == ["ann"])
        #expect(try await stores.exportedAudit(in: .organization(world.north)).report.finding == nil)
        #expect(try await stores.audit.page(limit: 9, in: world.south).elements.isEmpty)
    }
}
