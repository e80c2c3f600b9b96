import Database
import FoundationEssentials
import Plant
import TestSupport
import Testing
import Trust

@testable import Storage

/// A backup that was changed, cut, mixed or that nobody may read any more says so, and nothing of it is restored.
@Suite(.timeLimit(.minutes(60))) struct BackupSealTests {
    /// A backup's file, part by part.
    private struct Anatomy {
        var start: [UInt8]
        var parts: [[UInt8]]

        init(_ bytes: [UInt8]) throws {
            let magic = BackupMaker.magic.count
            let headerCount = bytes[magic..<magic + 4].reduce(0) { $0 << 8 | Int($1) }
            start = Array(bytes.prefix(magic + 4 + headerCount))
            parts = []
            var rest = bytes.dropFirst(start.count)
            while !rest.isEmpty {
                let count = rest.dropFirst(25).prefix(8).reduce(0) { $0 << 8 | Int($1) }
                parts.append(Array(rest.prefix(BackupFrame.byteCount + count)))
                rest = rest.dropFirst(BackupFrame.byteCount + count)
            }
        }

        var bytes: [UInt8] { start + parts.flatMap(\.self) }
    }

    private func outcome(_ world: BackupWorld, _ bytes: [UInt8]) async throws -> BackupError? {
        let path = try world.folder.write(bytes, to: "changed.eaglebackup")
        return await backupError { try await world.restore(path, of: world.north) }
    }

    @Test func `each way to change it is found and named`() async throws {
        let world = try await BackupWorld()
        try await world.backUp(world.north)
        try await world.backUp(world.north, to: "later.eaglebackup", at: .t0 + .seconds(60))
        let whole = try Anatomy(try world.folder.bytes("north.eaglebackup"))
        let later = try Anatomy(try world.folder.bytes("later.eaglebackup"))
        try await world.lose(world.north)
        let last = whole.parts.count - 1
        #expect(last >= 3)

        var changed = whole
        changed.parts.swapAt(1, 2)
        #expect(try await outcome(world, changed.bytes)?.code == .rearranged)
        changed = whole
        changed.parts.remove(at: 2)
        #expect(try await outcome(world, changed.bytes)?.code == .rearranged)
        changed = whole
        changed.parts.insert(whole.parts[1], at: 1)
        #expect(try await outcome(world, changed.bytes)?.code == .rearranged)
        changed = whole
        changed.parts.append(whole.parts[last])
        #expect(try await outcome(world, changed.bytes)?.code == .rearranged)

        changed = whole
        changed.parts[2] = later.parts[2]
        #expect(try await outcome(world, changed.bytes)?.code == .mixed)
        // With the frame of its place the seal finds it still.
        changed.parts[2].replaceSubrange(0..<16, with: whole.parts[2].prefix(16))
        #expect(try await outcome(world, changed.bytes)?.code == .tampered)

        for count in 0..<last {
            changed = whole
            changed.parts.removeLast(count + 1)
            #expect(try await outcome(world, changed.bytes)?.code == .truncated, "\(count + 1) parts less")
        }
        // The last but one says that it is the last.
        changed = whole
        changed.parts.removeLast()
        changed.parts[last - 1][24] = 1
        #expect(try await outcome(world, changed.bytes)?.code == .tampered)
        for cut in [1, 40, whole.parts[last].count - 1] {
            #expect(try await outcome(world, Array(whole.bytes.dropLast(cut)))?.code == .truncated)
        }
        for place in [10, BackupFrame.byteCount + 3, BackupFrame.byteCount + 200, whole.parts[1].count - 1] {
            changed = whole
            changed.parts[1][place] ^= 1
            let error = try await outcome(world, changed.bytes)
            #expect(error != nil, "byte \(place)")
        }
        #expect(try await outcome(world, [])?.code == .unreadable)
        #expect(try await outcome(world, Array("something else, much longer".utf8))?.code == .unreadable)
        #expect(try await world.dump(world.north).rowCount == 0)
        // The test's own doing changes nothing where nothing is changed.
        #expect(try await outcome(world, whole.bytes) == nil)
        #expect(try await world.dump(world.north).rowCount > 0)
    }

    @Test func `a changed header is found`() async throws {
        let world = try await BackupWorld()
        try await world.backUp(world.north)
        let bytes = try world.folder.bytes("north.eaglebackup")
        try await world.lose(world.north)
        let slug = try #require(bytes.firstRange(of: Array(#""slug":"north""#.utf8)))
        var changed = bytes
        changed.replaceSubrange(slug, with: Array(#""slug":"nurth""#.utf8))
        #expect(try await outcome(world, changed)?.code == .tampered)
        // Of another organization: the keys chosen by it do not open it.
        let id = try #require(bytes.firstRange(of: Array("\(world.north.scope.id)".utf8)))
        changed = bytes
        changed.replaceSubrange(id, with: Array("\(world.south.scope.id)".utf8))
        #expect(try await outcome(world, changed) != nil)
        let path = world.folder.path("changed.eaglebackup")
        let other = await backupError { try await world.restore(path, of: world.south, isReplacing: true) }
        #expect(other != nil)
        #expect(try await world.stores.organizations.organization(in: world.south.scope).slug == "south")
    }

    @Test(arguments: ["../../../etc/passwd", "models/../x", "/etc/passwd", "training/x/y", "models//x"])
    func `a path that leads elsewhere is refused`(path: String) async throws {
        let world = try await BackupWorld()
        let header = try BackupArchive(try await world.backUp(world.north)).header
        let changed = BackupHeader(
            id: header.id,
            organization: header.organization,
            slug: header.slug,
            madeAt: header.madeAt,
            version: header.version,
            migration: header.migration,
            keyVersions: header.keyVersions,
            tables: header.tables,
            files: [.init(path: path, bytes: 1)]
        )
        #expect(throws: BackupError.self) { try BackupHeader(decoding: try changed.encoded()) }
        #expect(try BackupHeader(decoding: try header.encoded()) == header)
    }

    @Test func `once the keys are destroyed nobody reads it any more, and it says so`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        let other = try await world.backUp(world.south, to: "south.eaglebackup")
        try await world.lose(world.north)
        _ = try await world.stores.keyring.destroyKeys(in: world.north.scope, at: .t0)
        let error = await backupError { try await world.restore(path, of: world.north) }
        #expect(error?.code == .destroyed)
        #expect(error?.message.contains("keys were destroyed") == true)
        #expect(try await world.dump(world.north).rowCount == 0)
        // Another's is as good as before.
        try await world.lose(world.south)
        try await world.restore(other, of: world.south)
        #expect(try await world.dump(world.south).rowCount > 0)
    }

    @Test func `what was erased is not restored, also where a former keyring has its keys`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        try await world.lose(world.north)
        let (erasures, system) = (world.stores.erasures, world.world.system)
        // The store alone knows of it: the keyring is one from before.
        try await world.database.transaction { transaction in
            try transaction.execute(
                """
                INSERT INTO erasure (organization_id, slug, begun_at, progress)
                VALUES (
                    \(world.north.scope.id), 'north', \(Instant.t0), '{"askedBy":"terminal","tables":{}}'
                )
                """
            )
        }
        #expect(try await world.stores.keyring.destruction(in: world.north.scope) == nil)
        let begun = await backupError { try await world.restore(path, of: world.north) }
        #expect(begun?.code == .destroyed && begun?.message.contains("is being erased") == true)
        try await erasures.end("a certificate", at: .t0, in: world.north.scope)
        for isReplacing in [false, true] {
            let error = await backupError { try await world.restore(path, of: world.north, isReplacing: isReplacing) }
            #expect(error?.code == .destroyed && error?.message.contains("keys were destroyed") == true)
        }
        #expect(try await world.dump(world.north).rowCount == 0)
        #expect(try await erasures.list(in: system).count == 1)
    }

    @Test func `with another keyring it can't be read, and it says what is missing`() async throws {
        let world = try await BackupWorld()
        let path = try await world.backUp(world.north)
        let elsewhere = try await Stores.open(SQLiteDatabase(.memory))
        let error = await backupError { try await world.restore(path, of: world.north, into: elsewhere) }
        #expect(error?.code == .keyMissing)
        #expect(error?.message.contains("keyring") == true)
        #expect(try await elsewhere.organizations.all(in: world.world.system).isEmpty)
    }
}
