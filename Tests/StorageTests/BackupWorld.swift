import Database
import FoundationEssentials
import Plant
import TestSupport
import Testing
import Trust

@testable import Storage

/// Two organizations with something of all that is kept, and a data directory with files of both.
struct BackupWorld {
    let world: World
    let folder: TemporaryDirectory
    let north: Side
    let south: Side

    var stores: Stores { world.stores }
    var database: FaultyDatabase { world.faults }

    /// Random rows, that both have beside the others, by a seed.
    init(seed: UInt64 = 1) async throws {
        folder = try TemporaryDirectory()
        world = try await World(over: SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        north = try await Side(world, world.north, mark: "aurora-canary", digit: "a")
        south = try await Side(world, world.south, mark: "borealis-canary", digit: "b")
        var generator = SeededGenerator(seed: seed)
        for side in [north, south] {
            try await fill(side, using: &generator)
            try write("models/\(side.scope.id)/\(side.mark).eaglemodel", side.mark + " model")
            try write("models/\(side.scope.id)/empty", "")
            try write("models/\(side.scope.id)/.half-written", "no")
            try write("training/\(side.scope.id)/\(side.log.id)/report.json", side.mark + " report")
            try write("training/\(side.scope.id)/unfinished/rows", "no")
        }
    }

    func write(_ path: String, _ text: String) throws {
        let url = URL(filePath: folder.path(path))
        try FileManager.default.createDirectory(
            atPath: url.deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        try Data(text.utf8).write(to: url)
    }

    func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: folder.path(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Rows of all kinds of values, so many that there are several parts.
    private func fill(_ side: Side, using generator: inout SeededGenerator) async throws {
        let scope = side.scope
        let assets: [String] = try await database.query(
            "SELECT id FROM asset WHERE organization_id = \(scope.id) ORDER BY id"
        ).map { try $0.decode("id") }
        let asset = try #require(assets.first)
        var statements: [SQL] = []
        for number in 0..<200 {
            let probability = Double(bitPattern: generator.next() & 0xFFEF_FFFF_FFFF_FFFF)
            let component = Bool.random(using: &generator) ? "\(side.mark) ☃ \(number)" : nil
            statements.append(
                """
                INSERT INTO prediction (
                    organization_id, asset_id, instant, model_version, revision, probability, component, is_late,
                    is_corrected, is_current, made_at
                )
                VALUES (
                    \(scope.id), \(asset), \(Int64(number)), \(side.mark), 0, \(probability), \(component), 0, 1, 0,
                    \(Int64(bitPattern: generator.next()))
                )
                """
            )
        }
        let memories = assets.map { _ in
            Data((0..<1_600_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        }
        for (asset, memory) in zip(assets, memories) {
            statements.append(
                """
                INSERT INTO lane_memory (organization_id, asset_id, memory)
                VALUES (\(scope.id), \(asset), \(memory))
                ON CONFLICT (organization_id, asset_id) DO UPDATE SET memory = excluded.memory
                """
            )
        }
        statements.append(
            """
            UPDATE training_log
            SET artifacts_path = \("training/\(scope.id)/\(side.log.id)")
            WHERE organization_id = \(scope.id)
            """
        )
        let done = statements
        try await database.transaction { transaction in for statement in done { try transaction.execute(statement) } }
    }

    // MARK: - Acts

    @discardableResult
    func backUp(_ side: Side, to name: String = "north.eaglebackup", at now: Instant = .t0) async throws -> String {
        let path = folder.path(name)
        _ = try await BackupMaker(stores: stores, root: folder.path, version: "test").make(
            to: path,
            at: now,
            in: side.scope
        )
        return path
    }

    func restore(
        _ path: String,
        of side: Side,
        isReplacing: Bool = false,
        into stores: Stores? = nil
    ) async throws {
        _ = try await BackupRestorer(stores: stores ?? self.stores, root: folder.path).restore(
            path,
            isReplacing: isReplacing,
            in: side.scope,
            world.system
        )
    }

    /// As a lost disk does, and not an erasure: the keys stay.
    func lose(_ side: Side) async throws {
        let scope = side.scope
        try await database.transaction { _ = try OrganizationTables($0).deleteAll(in: scope, $0) }
        try OrganizationFolders(root: folder.path, in: scope).remove()
    }

    func dump(_ side: Side) async throws -> TableDump { try await TableDump(database, in: side.scope) }
}

/// What an operation throws, if it throws a backup's error.
func backupError(_ operation: () async throws -> Void) async -> BackupError? {
    do {
        try await operation()
        return nil
    } catch {
        return error as? BackupError
    }
}
