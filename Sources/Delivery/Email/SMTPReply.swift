import Alarms

/// What a mail server says to one command, lines joined.
struct SMTPReply: Hashable, Sendable {
    let code: Int
    /// Without the code, in order.
    let lines: [String]

    /// For people: bounded, and the server's own words.
    var text: String { "\(code) \(lines.joined(separator: " "))".singleLine(countMax: 200) }
}

/// Puts replies together of what comes over the wire (RFC 5321, 4.2).
struct SMTPReplyReader: Sendable {
    /// RFC 5321 allows 512 with the line's end; some servers do more.
    static let lineByteCountMax = 2_000
    static let lineCountMax = 100

    struct Nonsense: Error {}

    private var line: [UInt8] = []
    private var code: Int?
    private var lines: [String] = []

    /// Whether something has come that is no whole reply yet.
    var isAmidReply: Bool { !line.isEmpty || code != nil }

    /// - Throws: ``Nonsense`` for what is no reply, or beyond the bounds; the reader is of no use afterwards.
    mutating func replies(in bytes: some Sequence<UInt8>) throws(Nonsense) -> [SMTPReply] {
        var replies: [SMTPReply] = []
        for byte in bytes {
            guard byte == 10 else {
                guard line.count < Self.lineByteCountMax else { throw Nonsense() }
                line.append(byte)
                continue
            }
            if line.last == 13 { line.removeLast() }
            if let reply = try endLine() { replies.append(reply) }
        }
        return replies
    }

    /// The reply that the line ends, if it does.
    private mutating func endLine() throws(Nonsense) -> SMTPReply? {
        defer { line.removeAll(keepingCapacity: true) }
        guard let number = Self.code(of: line), code == nil || code == number, lines.count < Self.lineCountMax else {
            throw Nonsense()
        }
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        guard line.count > 3, line[3] == 45 else {
            guard line.count == 3 || line[3] == 32 else { throw Nonsense() }
            let reply = SMTPReply(code: number, lines: lines)
            code = nil
            lines = []
            return reply
        }
        code = number
        return nil
    }

    private static func code(of line: [UInt8]) -> Int? {
        guard line.count >= 3, (50...53).contains(line[0]), line[1...2].allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return line.prefix(3).reduce(0) { $0 * 10 + Int($1) - 48 }
    }
}
