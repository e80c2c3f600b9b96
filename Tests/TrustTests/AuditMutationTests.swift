import FoundationEssentials
import Plant
import Testing
import Trust

/// Whatever is done to an export, it is found, and the first broken entry is named.
@Suite struct AuditMutationTests {
    private static let count = 203

    /// A chain, its export, and how far verifying had come before each line.
    private struct Made {
        let chain: TestChain
        let lines: [String]
        let places: [TestChain.Line]
        private let states: [AuditVerification]

        init() throws {
            chain = try TestChain(count: AuditMutationTests.count, seed: 7)
            lines = try chain.lines()
            places = chain.places
            var states = [chain.verification()]
            for line in lines {
                var next = states[states.count - 1]
                next.take(Array(line.utf8))
                states.append(next)
            }
            self.states = states
        }

        /// What is found in lines that begin as the export does.
        func finding(in mutated: [String]) -> AuditFinding? {
            let same = zip(lines, mutated).prefix { $0 == $1 }.count
            var verification = states[same]
            for line in mutated[same...] { verification.take(Array(line.utf8)) }
            return verification.finish().finding
        }
    }

    /// A head's line, before its signature and from there on.
    private static func parted(_ line: String) -> (rest: String, signature: String)? {
        line.firstRange(of: #""signature":"#).map { (String(line[..<$0.lowerBound]), String(line[$0.lowerBound...])) }
    }

    /// Lines of entries, by the entry's number.
    private func entryLines(_ places: [TestChain.Line]) -> [(line: Int, number: Int)] {
        places.enumerated().compactMap { line, place in
            if case .entry(let number) = place { (line, number) } else { nil }
        }
    }

    @Test func `every bit that flips in an entry or a head is found where it is`() throws {
        let chain = try TestChain(count: 7, seed: 11, headEvery: 3)
        let lines = try chain.lines().map { Array($0.utf8) }
        let places = chain.places.map(Optional.init) + [nil]
        var verification = chain.verification()
        var flipCount = 0
        for (line, place) in zip(lines.indices, places) {
            for position in lines[line].indices {
                for bit in 0..<8 {
                    var mutated = lines[line]
                    mutated[position] ^= 1 << UInt8(bit)
                    var mutant = verification
                    for part in mutated.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                        mutant.take(Array(part))
                    }
                    for rest in lines[(line + 1)...] { mutant.take(rest) }
                    let finding = try #require(mutant.finish().finding, "line \(line), byte \(position), bit \(bit)")
                    switch place {
                    case .entry(let number):
                        #expect(finding.entry == Int64(number))
                        #expect(finding.kind == .altered)
                    case .head(let number):
                        #expect([Int64(number), Int64(number) + 1].contains(finding.entry))
                        #expect([.altered, .badSignature].contains(finding.kind))
                    case nil:
                        #expect([7, 8].contains(finding.entry))
                        #expect([.altered, .badSignature].contains(finding.kind))
                    }
                    #expect(finding.line == line + 1)
                    flipCount += 1
                }
            }
            verification.take(lines[line])
        }
        #expect(flipCount > 20_000)
    }

    @Test func `each member of an entry that is changed is found`() throws {
        let made = try Made()
        let (chain, lines, places) = (made.chain, made.lines, made.places)
        for (line, number) in entryLines(places) where number.isMultiple(of: 13) {
            let entry = chain.entries[number - 1]
            let other = AuditHash(of: [1])
            let changes: [AuditEntry] = [
                entry.changed(resource: entry.resource + " ", isHashed: false),
                entry.changed(previous: other, isHashed: false),
                AuditEntry(
                    AuditEvent(.erasure, by: .terminal, on: "x", ["y": "z"]),
                    after: entry.number,
                    other,
                    at: entry.at + .seconds(1),
                    in: .server
                ),
            ]
            let texts =
                changes.map { AuditLine.entry($0).text } + [
                    lines[line] + " ", "", "{}", "null", String(lines[line].dropLast()),
                    lines[line].replacing(#""type":"entry""#, with: #""type":"end""#),
                    lines[line].replacing(#","actor""#, with: #","actor":"server","actor""#),
                    lines[line].replacing(#","hash""#, with: #","more":1,"hash""#),
                ]
            for text in texts {
                var mutated = lines
                mutated[line] = text
                let finding = try #require(made.finding(in: mutated), "\(text)")
                #expect(finding.entry == Int64(number), "\(text)")
                #expect([.altered, .foreign].contains(finding.kind), "\(text)")
            }
        }
    }

    @Test func `an entry that is dropped is missing`() throws {
        let made = try Made()
        let (lines, places) = (made.lines, made.places)
        for (line, number) in entryLines(places) {
            var mutated = lines
            mutated.remove(at: line)
            let finding = made.finding(in: mutated)
            #expect(finding?.kind == .missing)
            #expect(finding?.entry == Int64(number))
        }
    }

    @Test func `entries that change places are out of order`() throws {
        let made = try Made()
        let (lines, places) = (made.lines, made.places)
        let entries = entryLines(places)
        var generator = SeededGenerator(seed: 5)
        var pairs = zip(entries, entries.dropFirst()).map { ($0, $1) }
        for _ in 0..<200 {
            let chosen = [entries.randomElement(using: &generator), entries.randomElement(using: &generator)]
                .compactMap(\.self).sorted { $0.number < $1.number }
            if chosen[0].number != chosen[1].number { pairs.append((chosen[0], chosen[1])) }
        }
        for (first, second) in pairs {
            var mutated = lines
            mutated.swapAt(first.line, second.line)
            let finding = made.finding(in: mutated)
            #expect(finding?.kind == .outOfOrder, "\(first.number) and \(second.number)")
            #expect(finding?.entry == Int64(first.number))
            #expect(finding?.line == first.line + 1)
        }
    }

    @Test func `a head that is moved before its entry shows`() throws {
        let made = try Made()
        let (lines, places) = (made.lines, made.places)
        for (line, place) in places.enumerated() {
            guard case .head(let number) = place else { continue }
            var mutated = lines
            mutated.swapAt(line - 1, line)
            #expect(made.finding(in: mutated)?.kind == .outOfOrder)
            #expect(made.finding(in: mutated)?.entry == Int64(number))
        }
        var mutated = lines
        mutated.swapAt(lines.count - 1, lines.count - 2)
        #expect(made.finding(in: mutated)?.entry == Int64(Self.count))
    }

    @Test func `an entry that stands twice is named`() throws {
        let made = try Made()
        let (lines, places) = (made.lines, made.places)
        let entries = entryLines(places)
        var generator = SeededGenerator(seed: 6)
        for (line, number) in entries {
            let later = Int.random(in: line + 1..<lines.count, using: &generator)
            for place in [line + 1, later] {
                var mutated = lines
                mutated.insert(lines[line], at: place)
                let finding = made.finding(in: mutated)
                #expect(finding?.kind == .doubled)
                #expect(finding?.entry == Int64(number))
                #expect(finding?.line == place + 1)
            }
            // Before its place it stands in another's.
            let earlier = Int.random(in: 0...line, using: &generator)
            guard case .entry(let displaced) = places[earlier], displaced < number else { continue }
            var mutated = lines
            mutated.insert(lines[line], at: earlier)
            #expect(made.finding(in: mutated)?.kind == .outOfOrder)
            #expect(made.finding(in: mutated)?.entry == Int64(displaced))
        }
    }

    @Test func `an export that is cut off anywhere is cut off`() throws {
        let made = try Made()
        let (lines, places) = (made.lines, made.places)
        for length in 0..<lines.count {
            let finding = made.finding(in: Array(lines.prefix(length)))
            let whole = places.prefix(length).reduce(0) { count, place in
                if case .entry = place { count + 1 } else { count }
            }
            #expect(finding?.kind == .truncated, "\(length)")
            #expect(finding?.entry == Int64(whole) + 1)
        }
        let small = try TestChain(count: 4, seed: 2, headEvery: 2)
        let bytes = Array(try small.lines().joined(separator: "\n").utf8) + [UInt8(ascii: "\n")]
        #expect(small.report(of: bytes).isWhole)
        for length in 0..<bytes.count - 1 {
            #expect(small.report(of: Array(bytes.prefix(length))).finding?.kind == .truncated, "\(length)")
        }
    }

    @Test func `another organization's entry, or its head, is foreign`() throws {
        let made = try Made()
        let (chain, lines, places) = (made.chain, made.lines, made.places)
        let other = try TestChain(count: Self.count, seed: 8)
        #expect(other.chain != chain.chain)
        let foreign = try other.lines()
        for (line, number) in entryLines(places) where number.isMultiple(of: 7) || number == 1 {
            for isInserted in [false, true] {
                var mutated = lines
                if isInserted { mutated.insert(foreign[line], at: line) } else { mutated[line] = foreign[line] }
                let finding = made.finding(in: mutated)
                #expect(finding?.kind == .foreign)
                #expect(finding?.entry == Int64(number))
            }
        }
        let ended = Array(lines.dropLast()) + [foreign[foreign.count - 1]]
        #expect(made.finding(in: ended)?.kind == .foreign)
        #expect(made.finding(in: foreign)?.entry == 1)
    }

    @Test func `an entry that was changed and hashed anew is found by its neighbours`() throws {
        let made = try Made()
        let (chain, lines, places) = (made.chain, made.lines, made.places)
        for (line, number) in entryLines(places) {
            let entry = chain.entries[number - 1]
            var mutated = lines
            mutated[line] = AuditLine.entry(entry.changed(resource: "changed", isHashed: true)).text
            let finding = try #require(made.finding(in: mutated))
            if number.isMultiple(of: chain.headEvery) || number == Self.count {
                // Between it and the head there is nobody to tell them apart.
                #expect(finding.kind == .rewritten)
                #expect(finding.entry == Int64((number - 1) / chain.headEvery * chain.headEvery + 1))
            } else {
                #expect(finding.kind == .altered)
                #expect(finding.entry == Int64(number))
            }
            guard number > 1 else { continue }
            mutated[line] = AuditLine.entry(entry.changed(previous: AuditHash(of: [9]), isHashed: true)).text
            let severed = made.finding(in: mutated)
            #expect(severed?.kind == .altered)
            #expect(severed?.entry == Int64(number))
        }
    }

    @Test func `a chain that was hashed anew from some entry on lacks the server's signature`() throws {
        let made = try Made()
        let (chain, lines, places) = (made.chain, made.lines, made.places)
        let forger = try ServerIdentity(rawKey: Array(101...132))
        for number in [1, 2, 49, 50, 51, 99, 100, 137, 199, 200] {
            let forged = try chain.rechained(changing: number)
            // The old heads are left.
            var mutated = lines
            for (line, entry) in entryLines(places) where entry >= number {
                mutated[line] = AuditLine.entry(forged.entries[entry - 1]).text
            }
            let left = try #require(made.finding(in: mutated))
            #expect(left.kind == .rewritten)
            let section = (number - 1) / chain.headEvery * chain.headEvery + 1
            #expect(left.entry == Int64(section))
            // Heads of another key are put in their place.
            for (line, place) in places.enumerated() {
                if case .head(let head) = place, head >= number {
                    mutated[line] = try forged.head(.head, of: head, by: forger).text
                }
            }
            mutated[mutated.count - 1] = try forged.head(.end, of: Self.count, by: forger).text
            let signed = try #require(made.finding(in: mutated))
            #expect(signed.kind == .badSignature)
            #expect(signed.entry >= Int64(number))
            // Heads without any key, with a signature that was seen elsewhere.
            let seen = try #require(Self.parted(lines[lines.count - 1])).signature
            for (line, place) in places.enumerated() {
                if case .head = place { mutated[line] = (Self.parted(mutated[line])?.rest ?? "") + seen }
            }
            #expect(made.finding(in: mutated)?.kind == .badSignature)
        }
    }

    @Test func `an entry that nobody signed for is found before and behind the end`() throws {
        let made = try Made()
        let (chain, lines) = (made.chain, made.lines)
        var longer = chain
        longer.append(AuditEvent(.config, by: .terminal, on: "forged"))
        let forged = AuditLine.entry(longer.entries[Self.count]).text
        for place in [lines.count - 1, lines.count] {
            var mutated = lines
            mutated.insert(forged, at: place)
            let finding = made.finding(in: mutated)
            #expect(finding?.kind == .added)
            #expect(finding?.entry == Int64(Self.count + 1))
        }
    }

    @Test func `an export of another server is not this one's`() throws {
        let stranger = try ServerIdentity(rawKey: Array(101...132))
        let chain = try TestChain(count: 20, seed: 3, headEvery: 50)
        let lines = Array(try chain.lines().dropLast()) + [try chain.head(.end, of: 20, by: stranger).text]
        #expect(chain.report(of: lines).finding?.kind == .badSignature)
        let believed = chain.report(of: lines, knowsKey: false)
        #expect(believed.isWhole)
        #expect(!believed.isKeyKnown)
        #expect(believed.publicKey == AuditHexadecimal.text(stranger.publicKey))
    }
}
