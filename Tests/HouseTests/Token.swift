/// A word, mark or string literal of Swift source.
struct Token: Equatable {
    enum Kind: Equatable {
        /// An identifier, keyword or number.
        case word
        /// One character of punctuation.
        case mark
        /// A string's text without its quotes; an interpolation stands in it as `\()`, and its code follows as tokens.
        case string
    }

    let kind: Kind
    let text: String
    /// From 1.
    let line: Int
    /// Whether nothing, not even a space, stands between it and the token before.
    let isAttached: Bool
    /// The code of a string's interpolations, in their order.
    var interpolations: [String] = []

    func isMark(_ mark: String) -> Bool { kind == .mark && text == mark }
    func isWord(_ word: String) -> Bool { kind == .word && text == word }
}

extension [Token] {
    /// Where `words` stand one after the other, as words or marks.
    func starts(of words: String...) -> [Int] {
        indices.filter { start in
            start + words.count <= count
                && words.indices.allSatisfy { self[start + $0].text == words[$0] && self[start + $0].kind != .string }
        }
    }
}
