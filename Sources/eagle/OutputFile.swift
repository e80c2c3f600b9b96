import Connectors
import Foundation

/// Writes whole files: the old one stays until the new one is complete.
enum OutputFile {
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            // A device or a pipe, such as /dev/stdout, can't be replaced; a link's file is, and not the link.
            let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
            let kind = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
            if let kind, kind != .typeRegular {
                try FileHandle(forWritingTo: url).write(contentsOf: Data(bytes))
            } else {
                try Data(bytes).write(to: url, options: .atomic)
            }
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
