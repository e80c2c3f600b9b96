/// A file of the house, as a rule sees it.
struct SourceFile {
    /// From the package's root, with slashes.
    let path: String
    let text: String
    let tokens: [Token]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        tokens = path.hasSuffix(".swift") ? Lexer.tokens(of: text) : []
    }

    var name: Substring { path.split(separator: "/").last ?? "" }
    var isGenerated: Bool { name.hasSuffix(".pb.swift") }

    /// The target's folder under `Sources` or `Tests`.
    var room: Substring {
        let folders = path.split(separator: "/")
        return folders.count > 2 ? folders[1] : ""
    }

    func violation(at line: Int, _ message: String) -> Violation { Violation(path: path, line: line, message: message) }
}

/// Where a file breaks a rule of the house, and what to do instead.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
