import Database
import Foundation

/// A directory that is gone with the value.
final class Scratch {
    let path: String

    init() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("eagle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.path
    }

    deinit {
        // What can't be removed is left to the system's own cleaning of its temporary files.
        _ = try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}

extension SQLDatabase {
    func run(_ statements: SQL...) async throws {
        try await transaction { transaction in
            for statement in statements { try transaction.execute(statement) }
        }
    }

    func count(of table: String) async throws -> Int {
        try await query("SELECT COUNT(*) AS count FROM \(identifier: table)").first?.decode("count") ?? -1
    }
}

/// Why a body gave up, in tests.
struct GivenUp: Error, Hashable {}

/// What an operation throws, if it throws a database's error.
func databaseError(_ operation: () async throws -> some Any) async -> DatabaseError? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error as? DatabaseError
    }
}
