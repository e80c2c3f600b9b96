import Foundation

/// The package's own files, read once.
enum House {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Swift file under `Sources` and `Tests`, sorted by path.
    static let swift: [SourceFile] = files(under: "Sources", "Tests", "Benchmarks").filter {
        $0.path.hasSuffix(".swift")
    }

    static let sources = swift.filter { $0.path.hasPrefix("Sources/") }

    /// All text that a clone holds, sorted by path.
    static let texts: [SourceFile] = files(
        under: "Sources",
        "Tests",
        "Benchmarks",
        "docs",
        "scripts",
        ".ci",
        "Makefile",
        "README.md",
        "CHANGELOG.md",
        "Package.swift"
    )

    static var rooms: [String] {
        let folders = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path)
        return (folders ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    private static func files(under places: String...) -> [SourceFile] {
        places.flatMap { place -> [SourceFile] in
            if let file = file(place) { return [file] }
            let paths = FileManager.default.subpaths(atPath: root.appending(path: place).path) ?? []
            return paths.filter { !$0.split(separator: "/").contains(where: isBuilt) }.sorted()
                .compactMap { file("\(place)/\($0)") }
        }
    }

    private static func isBuilt(_ folder: Substring) -> Bool { folder.hasPrefix(".build") || folder == "__pycache__" }

    private static func file(_ path: String) -> SourceFile? {
        guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else { return nil }
        return SourceFile(path: path, text: text)
    }
}
