import FoundationEssentials
import Plant
import Trust

/// A chain of random entries with signed heads in between, as an export has it.
struct TestChain {
    /// Where a chain's line stands, and of which entry it tells.
    enum Line: Hashable {
        case entry(Int)
        case head(Int)
    }

    let chain: AuditChain
    let identity: ServerIdentity
    private(set) var entries: [AuditEntry] = []
    let headEvery: Int

    init(
        count: Int,
        seed: UInt64,
        headEvery: Int = 50,
        chain: AuditChain? = nil,
        identity: ServerIdentity? = nil
    ) throws {
        var generator = SeededGenerator(seed: seed)
        self.chain = chain ?? .organization(.random(using: &generator))
        self.identity = try identity ?? ServerIdentity(rawKey: Array(1...32))
        self.headEvery = headEvery
        for _ in 0..<count { append(Self.event(using: &generator), seconds: Int.random(in: 0...9, using: &generator)) }
    }

    mutating func append(_ event: AuditEvent, seconds: Int = 1) {
        entries.append(
            AuditEntry(
                event,
                after: entries.last?.number ?? 0,
                entries.last?.hash ?? .none,
                at: (entries.last?.at ?? Instant(seconds: 1_767_225_600)) + .microseconds(seconds * 1_000_001),
                in: chain
            )
        )
    }

    /// Texts of all kinds: quotes, line ends, controls, scripts, emoji.
    private static func text(using generator: inout SeededGenerator) -> String {
        let alphabet: [Character] = [
            "a", "Z", "0", "\"", "\\", "/", "\n", "\r", "\t", "\u{1}", "\u{7F}", "\u{85}", "é", "ß", "猫", "\u{2028}",
            "🦅",
            " ", "{", "}", ":", ",",
        ]
        return String(
            (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? "a"
            }
        )
    }

    private static func event(using generator: inout SeededGenerator) -> AuditEvent {
        let actors: [Actor] = [
            .user(.random(using: &generator)), .apiKey(.random(using: &generator)), .server, .terminal,
        ]
        let pairs = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            (text(using: &generator), text(using: &generator))
        }
        return AuditEvent(
            AuditAction.allCases.randomElement(using: &generator) ?? .config,
            by: actors.randomElement(using: &generator) ?? .server,
            on: text(using: &generator),
            Dictionary(pairs) { first, _ in first }
        )
    }

    /// The export's lines, the end among them.
    func lines() throws -> [String] { try places.map { try line(at: $0) } + [end()] }

    /// What stands in each line but the last.
    var places: [Line] {
        entries.indices.flatMap { index -> [Line] in
            (index + 1).isMultiple(of: headEvery) ? [.entry(index + 1), .head(index + 1)] : [.entry(index + 1)]
        }
    }

    private func line(at place: Line) throws -> String {
        switch place {
        case .entry(let number): AuditLine.entry(entries[number - 1]).text
        case .head(let number): try head(.head, of: number).text
        }
    }

    func end() throws -> String { try head(.end, of: entries.count).text }

    func head(_ purpose: AuditHead.Purpose, of number: Int, by other: ServerIdentity? = nil) throws -> AuditLine {
        let last = number == 0 ? nil : entries[number - 1]
        return .head(
            try AuditHead(
                purpose,
                of: chain,
                number: Int64(number),
                hash: last?.hash ?? .none,
                at: last?.at ?? Instant(seconds: 0),
                signedBy: other ?? identity
            )
        )
    }

    /// The same chain with another event at a number, and all hashes from there on as they then are.
    func rechained(changing number: Int) throws -> TestChain {
        var changed = self
        changed.entries = Array(entries.prefix(number - 1))
        for entry in entries[(number - 1)...] {
            let resource = entry.number == Int64(number) ? entry.resource + "x" : entry.resource
            changed.entries.append(
                AuditEntry(
                    chain: chain,
                    number: entry.number,
                    at: entry.at,
                    actor: entry.actor,
                    action: entry.action,
                    resource: resource,
                    metadata: entry.metadata,
                    previous: changed.entries.last?.hash ?? .none,
                    hash: .none
                ).hashed
            )
        }
        return changed
    }

    /// What verifying some lines says, by whoever knows chain and key.
    func report(of lines: [String], knowsKey: Bool = true) -> AuditReport {
        var verification = verification(knowsKey: knowsKey)
        for line in lines { verification.take(Array(line.utf8)) }
        return verification.finish()
    }

    /// The same of a file's bytes.
    func report(of bytes: [UInt8]) -> AuditReport {
        var verification = verification()
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for line in lines.dropLast() { verification.take(Array(line)) }
        if let rest = lines.last, !rest.isEmpty { verification.take(Array(rest), isTerminated: false) }
        return verification.finish()
    }

    func verification(knowsKey: Bool = true) -> AuditVerification {
        AuditVerification(of: chain, publicKey: knowsKey ? identity.publicKey : nil)
    }
}

extension AuditEntry {
    /// The same with something else in it, and, if it is to be so, with the hash of that.
    func changed(resource: String? = nil, previous: AuditHash? = nil, isHashed: Bool) -> AuditEntry {
        let changed = AuditEntry(
            chain: chain,
            number: number,
            at: at,
            actor: actor,
            action: action,
            resource: resource ?? self.resource,
            metadata: metadata,
            previous: previous ?? self.previous,
            hash: hash
        )
        return isHashed ? changed.hashed : changed
    }
}
