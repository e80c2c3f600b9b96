/// A string literal that is SQL, as words and marks; what is bound stands as `?`.
struct SQLText {
    /// Lower-cased, without quotes around names; comments and quoted text are left out.
    let words: [String]

    private static let openers: Set<Substring> = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE", "ALTER", "DROP", "REPLACE", "MERGE", "TRUNCATE",
    ]

    /// - Parameters:
    ///   - literal: The text, without its quotes.
    ///   - asPart: Whether a part of a statement will do; else nil where the literal doesn't begin as one does.
    init?(_ literal: String, asPart: Bool) {
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
        words = Self.words(of: literal)
    }

    private static func words(of text: String) -> [String] {
        var words: [String] = []
        for line in text.split(separator: "\n") {
            var rest = line.prefix(upTo: line.firstRange(of: "--")?.lowerBound ?? line.endIndex)
            while let first = rest.first {
                if rest.hasPrefix("\\()") {
                    words.append("?")
                    rest = rest.dropFirst(3)
                } else if first == "'" {
                    rest = rest.dropFirst().drop { $0 != "'" }.dropFirst()
                } else if isPartOfWord(first) {
                    let word = rest.prefix { isPartOfWord($0) }
                    words.append(word.lowercased())
                    rest = rest.dropFirst(word.count)
                } else {
                    if !first.isWhitespace && first != "\"" { words.append(String(first)) }
                    rest = rest.dropFirst()
                }
            }
        }
        return words
    }

    private static func isPartOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "$"
    }

    /// The statements between semicolons.
    var statements: [SQLStatement] { words.split(separator: ";").map { SQLStatement(words: Array($0)) } }
}
