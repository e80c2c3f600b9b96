package import Foundation

/// The public data that tests are run on where it is there: `EAGLE_DATA`, else `../shared/data` beside the package.
package enum SharedData {
    /// The folder; nil where it is absent.
    package static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["EAGLE_DATA"].map { URL(fileURLWithPath: $0) }
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let beside = root.deletingLastPathComponent().appendingPathComponent("shared/data")
        return [named, beside].compactMap(\.self).first {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent("README.md").path)
        }
    }()

    /// For `.enabled(if:)`.
    package static var isThere: Bool { folder != nil }

    /// The path of a file in it, such as `azure-pdm/failures.csv`.
    package static func path(_ name: String) throws -> String {
        guard let file = folder?.appendingPathComponent(name), FileManager.default.fileExists(atPath: file.path) else {
            throw Missing(name: name)
        }
        return file.path
    }

    package struct Missing: Error, CustomStringConvertible {
        package let name: String

        package var description: String { "no \(name) in the shared data: set EAGLE_DATA to its folder" }
    }
}
