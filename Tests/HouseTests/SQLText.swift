/// A string literal that is SQL, as words and marks; what is interpolated stands as `?` with its code: `?scope.id`.
struct SQLText {
    /// Lower-cased, without quotes around names; comments and quoted text are left out.
    let words: [String]

    private static let openers: Set<Substring> = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE", "ALTER", "DROP", "REPLACE", "MERGE", "TRUNCATE",
    ]

    /// - Parameters:
    ///   - literal: The text, without its quotes; an interpolation stands in it as `\()`.
    ///   - interpolations: Their code, in their order.
    ///   - asPart: Whether a part of a statement will do; else nil where the literal doesn't begin as one does.
    init?(_ literal: String, interpolations: [String] = [], asPart: Bool) {
        if asPart {
            let isSQL = literal.split { !$0.isLetter }.contains {
                Self.openers.contains($0) || ["FROM", "INTO", "JOIN"].contains($0)
            }
            guard isSQL else { return nil }
        } else {
            let trimmed = literal.drop(while: \.isWhitespace)
            let opener = trimmed.prefix(while: \.isLetter)
            guard Self.openers.contains(opener), trimmed.dropFirst(opener.count).first?.isWhitespace ?? false else {
                return nil
            }
        }
        words = Self.words(of: literal, interpolations)
    }

    private static func words(of text: String, _ interpolations: [String]) -> [String] {
        var words: [String] = []
        var interpolations = interpolations[...]
        // Each gets a sign of its own first: one in a comment or in quotes is passed over like all else there.
        let (sign, placeholder) = ("\u{1}" as Character, "\\()")
        let text = text.replacing(placeholder, with: String(sign))
        for line in text.split(separator: "\n") {
            let comment = line.firstRange(of: "--")?.lowerBound ?? line.endIndex
            var rest = line[..<comment]
            while let first = rest.first {
                if first == sign {
                    words.append("?" + (interpolations.popFirst() ?? ""))
                    rest = rest.dropFirst()
                } else if first == "'" {
                    let quoted = rest.dropFirst().prefix { $0 != "'" }
                    interpolations = interpolations.dropFirst(quoted.count { $0 == sign })
                    rest = rest.dropFirst(quoted.count + 2)
                } else if isPartOfWord(first) {
                    let word = rest.prefix { isPartOfWord($0) }
                    words.append(word.lowercased())
                    rest = rest.dropFirst(word.count)
                } else {
                    if !first.isWhitespace && first != "\"" { words.append(String(first)) }
                    rest = rest.dropFirst()
                }
            }
            interpolations = interpolations.dropFirst(line[comment...].count { $0 == sign })
        }
        return words
    }

    private static func isPartOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    /// The statements between semicolons.
    var statements: [SQLStatement] { words.split(separator: ";").map { SQLStatement(words: Array($0)) } }
}
