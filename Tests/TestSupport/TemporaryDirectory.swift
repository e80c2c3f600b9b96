import Foundation

/// A folder of a test's own, removed with its last user.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eagle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path a file of that name has in it.
    package func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file into it.
    ///
    /// - Returns: The file's path.
    package func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// Writes a text into it, UTF-8.
    ///
    /// - Returns: The file's path.
    package func write(_ text: String, to name: String) throws -> String { try write(text.utf8, to: name) }

    /// What a file in it holds.
    package func bytes(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path(name))))
    }
}
