/// Reads Swift source into tokens, so that a rule never trips over a comment or a string.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var tokens: [Token] = []
    private var tokenEnd = -1

    static func tokens(of source: String) -> [Token] {
        var lexer = Lexer(source)
        lexer.readCode()
        return lexer.tokens
    }

    private init(_ source: String) { bytes = Array(source.utf8) }

    private func peek(_ offset: Int = 0) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    /// Whether two bytes stand here one after the other.
    private func isNext(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        peek() == UInt8(ascii: first) && peek(1) == UInt8(ascii: second)
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    private mutating func append(_ kind: Token.Kind, from start: Int, line: Int) {
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        tokens.append(Token(kind: kind, text: text, line: line, isAttached: start == tokenEnd))
        tokenEnd = position
    }

    /// Reads to the end, or over the `)` that closes an interpolation.
    private mutating func readCode(inInterpolation: Bool = false) {
        var depth = 0
        while position < bytes.count {
            switch peek() {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): advance()
            case _ where isNext("/", "/"):
                while position < bytes.count, peek() != UInt8(ascii: "\n") { advance() }
            case _ where isNext("/", "*"): skipComment()
            case UInt8(ascii: "\""): readString(hashes: 0)
            case UInt8(ascii: "#") where hashesBeforeQuote > 0: readString(hashes: hashesBeforeQuote)
            case UInt8(ascii: "/") where startsRegex: skipRegex()
            case let byte where Self.isWord(byte) || byte == UInt8(ascii: "`"): readWord()
            case UInt8(ascii: ")") where inInterpolation && depth == 0:
                advance()
                return
            case let byte:
                depth += byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0
                let start = position
                advance()
                append(.mark, from: start, line: line)
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF: true
        case _: false
        }
    }

    private mutating func readWord() {
        let start = position
        if peek() == UInt8(ascii: "`") {
            advance()
            while position < bytes.count, peek() != UInt8(ascii: "`") { advance() }
            advance()
        } else {
            while position < bytes.count, Self.isWord(peek()) { advance() }
        }
        append(.word, from: start, line: line)
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if isNext("/", "*") {
                depth += 1
                advance(2)
            } else if isNext("*", "/") {
                depth -= 1
                advance(2)
            } else {
                advance()
            }
        } while depth > 0 && position < bytes.count
    }

    /// A slash opens a regular expression where no operand stands before it and no space after it.
    private var startsRegex: Bool {
        guard let last = tokens.last, peek(1) != UInt8(ascii: " "), peek(1) != UInt8(ascii: "\n") else { return false }
        return last.kind == .mark && ["(", ",", "=", ":", "[", "{", "!", "&", "|", "?"].contains(last.text)
    }

    private mutating func skipRegex() {
        advance()
        while position < bytes.count, peek() != UInt8(ascii: "/"), peek() != UInt8(ascii: "\n") {
            advance(peek() == UInt8(ascii: "\\") ? 2 : 1)
        }
        advance()
    }
}

extension Lexer {
    /// How many `#` stand before a quote here; 0 where it is not a raw string's start.
    private var hashesBeforeQuote: Int {
        var count = 0
        while peek(count) == UInt8(ascii: "#") { count += 1 }
        return peek(count) == UInt8(ascii: "\"") ? count : 0
    }

    private mutating func readString(hashes: Int) {
        let firstLine = line
        let isAttached = position == tokenEnd
        advance(hashes)
        let quotes = isNext("\"", "\"") && peek(2) == UInt8(ascii: "\"") ? 3 : 1
        advance(quotes)
        let index = tokens.count
        var text: [UInt8] = []
        var interpolations: [String] = []
        while position < bytes.count, !closesString(quotes: quotes, hashes: hashes) {
            guard peek() == UInt8(ascii: "\\"), hasHashes(hashes, after: 1) else {
                text.append(peek())
                advance()
                continue
            }
            if peek(1 + hashes) == UInt8(ascii: "(") {
                advance(2 + hashes)
                let start = position
                readCode(inInterpolation: true)
                interpolations.append(String(decoding: bytes[start..<max(start, position - 1)], as: UTF8.self))
                text += Array("\\()".utf8)
            } else {
                text += [peek(), peek(1 + hashes)]
                advance(2 + hashes)
            }
        }
        advance(quotes + hashes)
        let string = String(decoding: text, as: UTF8.self)
        tokens.insert(
            Token(
                kind: .string,
                text: string,
                line: firstLine,
                isAttached: isAttached,
                interpolations: interpolations
            ),
            at: index
        )
        tokenEnd = position
    }

    private func hasHashes(_ count: Int, after offset: Int) -> Bool {
        (0..<count).allSatisfy { peek(offset + $0) == UInt8(ascii: "#") }
    }

    private func closesString(quotes: Int, hashes: Int) -> Bool {
        guard peek() == UInt8(ascii: "\"") else { return false }
        return (0..<quotes).allSatisfy { peek($0) == UInt8(ascii: "\"") } && hasHashes(hashes, after: quotes)
    }
}
