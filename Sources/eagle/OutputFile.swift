import Connectors
import Foundation

/// Writes whole files: the old one stays until the new one is complete.
enum OutputFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw FileError(
                .notWritable,
                path: path,
                "can't be written (\(error.localizedDescription)): check that its folder exists and has room"
            )
        }
    }

    static func read(_ path: String) throws -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw FileError(.notFound, path: path, "can't be read: check the path")
        }
    }
}
