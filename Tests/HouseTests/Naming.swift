/// A file bears its type's name, an extension's the type's and its concept's.
///
/// Beside the suites, tests keep what they like.
enum Naming {
    private static let declarers: Set<String> = [
        "actor", "class", "enum", "extension", "protocol", "struct", "typealias",
    ]

    static func violations(in file: SourceFile) -> [Violation] {
        let stem = file.name.dropLast(".swift".count)
        guard !file.isGenerated, stem != "main" else { return [] }
        guard file.path.hasPrefix("Sources/") || stem.hasSuffix("Tests") else { return [] }
        let type = String(stem.prefix { $0 != "+" })
        let function = type.prefix(1).lowercased() + type.dropFirst()
        let tokens = file.tokens
        let isDeclared = tokens.indices.dropFirst().contains { index in
            let word = tokens[index - 1]
            return (tokens[index].text == type && Self.declarers.contains(word.text) && word.kind == .word)
                || (tokens[index].text == function && word.isWord("func"))
                || (tokens[index].text == type && isNested(at: index, in: tokens))
                // `SQLConvertible+Values.swift` makes values conform to the protocol.
                || (stem.contains("+") && tokens[index].text == type && word.isMark(":"))
        }
        return isDeclared ? [] : [file.violation(at: 1, "declares no \(type): name the file after its type")]
    }

    /// Whether the name is the last of `extension Outer.Name`.
    private static func isNested(at index: Int, in tokens: [Token]) -> Bool {
        var start = index
        while start >= 2, tokens[start - 1].isMark("."), tokens[start - 2].kind == .word { start -= 2 }
        return start < index && start > 0 && tokens[start - 1].isWord("extension")
    }
}
