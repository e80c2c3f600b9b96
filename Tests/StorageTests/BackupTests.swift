import Alarms
import Database
import Foundation
import Plant
import TestSupport
import Testing
import Trust

@testable import Storage

/// What an organization has comes back bit for bit, for it alone.
@Suite(.timeLimit(.minutes(60))) struct BackupTests {
    @Test(arguments: [1, 2] as [UInt64])
    func `what was backed up comes back bit for bit, and changes nothing of another's`(seed: UInt64) async throws {
        let world = try await BackupWorld(seed: seed)
        let (before, other) = (try await world.dump(world.north), try await world.dump(world.south))
        #expect(before.tables.values.filter { !$0.isEmpty }.count > 25)
        let path = try await world.backUp(world.north)
        #expect(try await world.dump(world.north) == before)
        try await world.lose(world.north)
        #expect(try await world.dump(world.north).rowCount == 0)
        try await world.restore(path, of: world.north)
        let after = try await world.dump(world.north)
        #expect(after.withoutCredentials == before.withoutCredentials, "\(after.differences(to: before))")
        for table in OrganizationTables.credentials { #expect(after.tables[table]?.isEmpty ?? true) }
        #expect(try await world.dump(world.south) == other)
        let folder = "\(world.north.scope.id)"
        #expect(world.text("models/\(folder)/aurora-canary.eaglemodel") == "aurora-canary model")
        #expect(world.text("models/\(folder)/empty") == "")
        #expect(world.text("training/\(folder)/\(world.north.log.id)/report.json") == "aurora-canary report")
        // What was only just being made was no part of that state.
        #expect(world.text("models/\(folder)/.half-written") == nil)
        #expect(world.text("training/\(folder)/unfinished/rows") == nil)
        #expect(world.text("models/\(world.south.scope.id)/borealis-canary.eaglemodel") == "borealis-canary model")
    }

    @Test func `a restored organization goes on working`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        try await world.lose(world.north)
        try await world.restore(path, of: world.north)
        let receipt = try await world.world.append(world.world.readings(10...12), in: world.north.scope)
        #expect(receipt.accepted == 3)
        let account = try await world.stores.users.byEmail("aurora-canary@example.com", in: world.world.system)
        #expect(account?.user.id == world.north.user.id)
        guard case .scrypt(let hash) = account?.password else {
            Issue.record("the password's hash is gone")
            return
        }
        #expect(try hash.matches("aurora-canary password"))
    }

    @Test func `a backup holds nothing of another organization, sealed or not`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        let archive = try BackupArchive(path)
        var plain: [UInt8] = []
        while let part = try await archive.next(world.stores.keyring, in: world.north.scope) { plain += part }
        func holds(_ bytes: [UInt8], _ text: String) -> Bool { bytes.firstRange(of: Array(text.utf8)) != nil }
        #expect(holds(plain, "aurora-canary"))
        let file = try world.folder.bytes("north.eaglebackup")
        for secret in ["borealis", "\(world.south.scope.id)", "\(world.south.user.id)"] {
            #expect(!holds(plain, secret), "\(secret)")
            #expect(!holds(file, secret), "\(secret)")
        }
        // In the clear stands the header alone.
        #expect(!holds(file, "aurora-canary password"))
        #expect(!holds(file, "scrypt"))
        #expect(!holds(file, "aurora-canary@example.com"))
    }

    @Test func `it is one state, whatever is written meanwhile`() async throws {
        let world = try await BackupWorld()
        let before = try await world.dump(world.north)
        let scope = world.north.scope
        let path = world.folder.path("busy.eaglebackup")
        let maker = BackupMaker(stores: world.stores, root: world.folder.path, version: "test")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await maker.make(to: path, at: .t0, in: scope) }
            for second in 100..<140 { try await world.world.append(world.world.readings(second...second), in: scope) }
            try await group.waitForAll()
        }
        let busy = try await world.dump(world.north)
        #expect(busy != before)
        try await world.lose(world.north)
        try await world.restore(path, of: world.north)
        // Rows of one commit came together or not at all: the numbers have no gap.
        let after = try await world.dump(world.north)
        let sequences = try await world.database.query(
            "SELECT sequence FROM reading WHERE organization_id = \(scope.id) ORDER BY sequence"
        ).map { try $0.decode("sequence", as: Int64.self) }
        #expect(sequences == Array(1...Int64(sequences.count)))
        #expect(try await world.stores.readings.lastSequence(in: scope) == Int64(sequences.count))
        #expect(after.rowCount <= busy.rowCount)
    }

    @Test func `what is there is not overwritten, unless one says so`() async throws {
        let world = try await BackupWorld()
        let before = try await world.dump(world.north)
        let path = try await world.backUp(world.north)
        try await world.world.append(world.world.readings(50...60), in: world.north.scope)
        try world.write("models/\(world.north.scope.id)/later.eaglemodel", "later")
        let changed = try await world.dump(world.north)
        let refused = await backupError { try await world.restore(path, of: world.north) }
        #expect(refused?.code == .exists)
        #expect(refused?.message.contains("--replace") == true)
        #expect(try await world.dump(world.north) == changed)
        let other = try await world.dump(world.south)
        try await world.restore(path, of: world.north, isReplacing: true)
        let after = try await world.dump(world.north)
        #expect(after.withoutCredentials == before.withoutCredentials, "\(after.differences(to: before))")
        #expect(world.text("models/\(world.north.scope.id)/later.eaglemodel") == nil)
        #expect(try await world.dump(world.south) == other)
    }

    @Test func `a name or an address that is another's now is named, and nothing is restored`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        try await world.lose(world.north)
        let successor = try await world.stores.organizations.create(
            slug: "north",
            name: "Another north",
            at: .t0,
            in: world.world.system
        )
        let taken = await backupError { try await world.restore(path, of: world.north) }
        #expect(taken?.code == .exists)
        #expect(taken?.message.contains("'north'") == true)
        let heir = OrganizationScope(provenFor: successor.id)
        try await world.database.transaction { _ = try OrganizationTables($0).deleteAll(in: heir, $0) }
        var generator = SeededGenerator(seed: 9)
        _ = try await world.stores.users.create(
            email: "Aurora-Canary@example.com",
            passwordHash: try PasswordHash(of: "another's password", cost: .weakest, using: &generator),
            role: .admin,
            at: .t0,
            in: world.south.scope
        )
        let address = await backupError { try await world.restore(path, of: world.north) }
        #expect(address?.code == .exists)
        #expect(address?.message.contains("e-mail address") == true)
        #expect(try await world.dump(world.north).rowCount == 0)
        #expect(world.text("models/\(world.north.scope.id)/aurora-canary.eaglemodel") == nil)
    }

    @Test func `a name whose organization was erased here is given to none that a backup brings`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        let (organizations, erasures) = (world.stores.organizations, world.stores.erasures)
        try await world.lose(world.north)
        let other = try await organizations.create(slug: "north", name: "Other", at: .t0, in: world.world.system)
        _ = try await erasures.begin(other.id, by: .terminal, at: .t0, in: world.world.system)
        try await erasures.deleteRest(at: .t0, in: OrganizationScope(provenFor: other.id))
        for isReplacing in [false, true] {
            let error = await backupError { try await world.restore(path, of: world.north, isReplacing: isReplacing) }
            #expect(error?.code == .exists)
            #expect(error?.message.contains("'north'") == true && error?.message.contains("erased here") == true)
        }
        #expect(try await world.dump(world.north).rowCount == 0)
        #expect(world.text("models/\(world.north.scope.id)/aurora-canary.eaglemodel") == nil)
    }

    @Test func `an organization that has an erased one's name from before is put back all the same`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        try await world.database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO erasure (organization_id, slug, begun_at, progress, ended_at)
                VALUES (
                    \(ID<Organization>(UUID())), 'north', \(Instant.t0), '{"askedBy":"terminal","tables":{}}',
                    \(Instant.t0)
                )
                """
            )
        }
        try await world.restore(path, of: world.north, isReplacing: true)
        #expect(try await world.stores.organizations.bySlug("north", in: world.world.system) != nil)
    }

    @Test func `a disk that fails at the end leaves nothing of it`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        try await world.lose(world.north)
        for fault in [FaultyDatabase.Fault.commit(1), .write(1), .write(100)] {
            world.database.fail(at: [fault])
            let code = await databaseError { try await world.restore(path, of: world.north) }
            world.database.fail(at: [])
            #expect(code == .unavailable, "\(fault)")
            #expect(try await world.dump(world.north).rowCount == 0)
        }
        try await world.restore(path, of: world.north)
        #expect(try await world.dump(world.north).rowCount > 0)
    }

    // MARK: - Tables that changed

    @Test func `what an earlier version's backup has in the open is sealed once it is restored`() async throws {
        let world = try await BackupWorld()
        let (stores, scope, id) = (world.stores, world.north.scope, ID<DeliveryTarget>(UUID()))
        let webhook = DeliveryTarget(id: id, name: "hook", channel: .webhook(server: "https://a.example"))
        let secret = DeliverySecret(signingKeys: ["whsec_a"])
        try await stores.deliveryTargets.put(webhook, secret: secret, by: "a", at: .t0, in: scope)
        let own = try await world.backUp(world.north)
        let later = Migrations.all.filter { $0.number >= BackupHeader.migrationSealed }
        try await world.database.transaction { transaction in
            try transaction.execute("INSERT INTO keyring (number, id, sealed_at) VALUES (1, 'k', \(Instant.t0))")
            try transaction.execute(
                #"UPDATE delivery_target SET channel = '{"kind":"webhook","url":"https://a.example/x"}' WHERE id = \#(id)"#
            )
            try transaction.execute("DELETE FROM schema_migration WHERE number >= \(BackupHeader.migrationSealed)")
        }
        let former = try await world.backUp(world.north, to: "former.eaglebackup")
        try await world.database.transaction { transaction in
            for migration in later {
                try transaction.execute(
                    "INSERT INTO schema_migration (number, name) VALUES (\(migration.number), \(migration.name))"
                )
            }
        }
        try await world.restore(own, of: world.north, isReplacing: true)
        #expect(try await stores.keyringMark.sealedAt() == .t0)
        try await world.restore(former, of: world.north, isReplacing: true)
        #expect(try await stores.keyringMark.sealedAt() == nil)
        #expect(try await stores.deliveryTargets.sealURLs(in: scope).count == 1)
        #expect(try await stores.deliveryTargets.secret(of: id, in: scope).url == "https://a.example/x")
    }

    @Test func `it is told of in both chains, or nothing is restored`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        let before = try await world.dump(world.north)
        let (scope, system) = (world.north.scope, world.world.system)
        let restorer = BackupRestorer(stores: world.stores, root: world.folder.path)
        let note = BackupRestorer.Note(AuditEvent(.config, by: .terminal, on: "organization:restored"), at: .t0)
        func told() async throws -> [Int] {
            try await world.database.query(
                """
                SELECT COUNT(*) AS count FROM audit_entry
                WHERE organization_id = \(scope.id) AND resource = 'organization:restored'
                UNION ALL
                SELECT COUNT(*) AS count FROM server_audit_entry WHERE resource = 'organization:restored'
                """
            ).map { try $0.decode("count") }
        }
        // The server's chain takes none: neither does the organization's, and what was there is there.
        try await world.database.transaction { transaction in
            try transaction.execute(
                """
                CREATE TRIGGER held BEFORE INSERT ON server_audit_entry
                BEGIN
                    SELECT RAISE(ABORT, 'held');
                END
                """
            )
        }
        let error = await backupError {
            _ = try await restorer.restore(path, isReplacing: true, noting: note, in: scope, system)
        }
        #expect(error != nil)
        #expect(try await world.dump(world.north) == before)
        try await world.database.transaction { try $0.execute("DROP TRIGGER held") }
        _ = try await restorer.restore(path, isReplacing: true, noting: note, in: scope, system)
        #expect(try await told() == [1, 1])
    }

    @Test func `a file is not written through a link that somebody put in its way`() throws {
        let folder = try TemporaryDirectory()
        let victim = try folder.write("mine", to: "victim")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(".backup.\(ProcessInfo.processInfo.processIdentifier).partial"),
            withDestinationPath: victim
        )
        let file = try SafeFile(folder.path("backup"))
        try file.write([1, 2, 3])
        try file.finish()
        #expect(try folder.bytes("victim") == Array("mine".utf8))
        #expect(try folder.bytes("backup") == [1, 2, 3])
    }

    @Test func `columns that came later have their defaults`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        try await world.lose(world.north)
        try await world.database.transaction { transaction in
            try transaction.execute("ALTER TABLE asset ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")
            try transaction.execute("ALTER TABLE asset ADD COLUMN site TEXT")
        }
        try await world.restore(path, of: world.north)
        let scope = world.north.scope
        let rows = try await world.database.query(
            "SELECT colour, site FROM asset WHERE organization_id = \(scope.id)"
        )
        #expect(!rows.isEmpty)
        for row in rows { #expect(row.values == [.text("grey"), .null]) }
    }

    @Test func `tables into which it does not fit are named`() async throws {
        let world = try await BackupWorld()
        let header = try BackupArchive(try await world.backUp(world.north)).header
        let known = try await world.database.read { try OrganizationTables($0) }
        func plan(migration: Int? = nil, _ change: (BackupHeader.Table) -> BackupHeader.Table?) -> BackupError? {
            let changed = BackupHeader(
                id: header.id,
                organization: header.organization,
                slug: header.slug,
                madeAt: header.madeAt,
                version: header.version,
                migration: migration ?? header.migration,
                keyVersions: header.keyVersions,
                tables: header.tables.compactMap(change),
                files: header.files
            )
            do {
                _ = try RestorePlan(changed, known, migration: header.migration)
                return nil
            } catch {
                return error
            }
        }
        #expect(plan { $0 } == nil)
        let newer = plan(migration: header.migration + 1) { $0 }
        #expect(newer?.code == .otherTables)
        #expect(newer?.message.contains("newer program") == true)
        #expect(plan(migration: 3) { $0 }?.code == .otherTables)
        let missing = plan { table in
            guard table.name == "asset" else { return table }
            return BackupHeader.Table(name: "asset", columns: table.columns.filter { $0 != "name" }, rows: table.rows)
        }
        #expect(missing?.message.contains("no column 'name'") == true)
        let stranger = plan { table in
            BackupHeader.Table(name: table.name, columns: table.columns + ["former"], rows: table.rows)
        }
        #expect(stranger?.message.contains("'former'") == true)
        let gone = plan { BackupHeader.Table(name: "former_\($0.name)", columns: $0.columns, rows: $0.rows) }
        #expect(gone?.message.contains("former_") == true)
    }
}
