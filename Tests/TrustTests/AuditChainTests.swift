import FoundationEssentials
import Plant
import Testing
import Trust

@Suite struct AuditChainTests {
    @Test func `an entry's hash is the SHA-256 of its length-prefixed texts`() {
        let event = AuditEvent(.config, by: .terminal, on: "audit", ["b": "2", "a": "é"])
        let entry = AuditEntry(event, after: 0, .none, at: Instant(seconds: 1_767_225_600), in: .server)
        // Computed with Python's hashlib.
        #expect(entry.hash.hexadecimal == "e2992fcbb9b37f4ecbe7f41ae7f0cdca63c08b548b51cdf7abad6ea9ef9f6166")
        #expect(
            AuditLine.entry(entry).text
                == #"{"type":"entry","chain":"server","number":1,"at":"2026-01-01T00:00:00Z","actor":"terminal","#
                + #""action":"CONFIG","resource":"audit","metadata":{"a":"é","b":"2"},"previous":""#
                + String(repeating: "0", count: 64) + #"","hash":"\#(entry.hash.hexadecimal)"}"#
        )
    }

    @Test func `no two lists of texts are hashed alike`() {
        func hash(_ texts: String...) -> AuditHash {
            var fields = AuditFields("test")
            for text in texts { fields.add(text) }
            return fields.hash
        }
        let hashes = [
            hash("ab", "c"), hash("a", "bc"), hash("abc"), hash("abc", ""), hash("", "abc"), hash("", "ab", "c"),
            hash(),
        ]
        #expect(Set(hashes).count == hashes.count)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `every chain that was made by the rules is whole`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let chain = try TestChain(
            count: Int.random(in: 0...120, using: &generator),
            seed: seed,
            headEvery: Int.random(in: 1...40, using: &generator),
            chain: seed.isMultiple(of: 5) ? .server : nil
        )
        for knowsKey in [true, false] {
            let report = chain.report(of: try chain.lines(), knowsKey: knowsKey)
            #expect(report.finding == nil)
            #expect(report.isWhole)
            #expect(report.isKeyKnown == knowsKey)
            #expect(report.entryCount == Int64(chain.entries.count))
            #expect(report.chain == chain.chain.text)
            #expect(report.publicKey == AuditHexadecimal.text(chain.identity.publicKey))
            #expect(report.firstAt == chain.entries.first?.at)
            #expect(report.lastAt == chain.entries.last?.at)
        }
        for line in try chain.lines() {
            let read = try #require(AuditLine(Array(line.utf8)))
            #expect(read.text == line)
            #expect(!line.utf8.contains(UInt8(ascii: "\n")))
        }
    }

    @Test func `a chain without entries has an end too`() throws {
        let chain = try TestChain(count: 0, seed: 1)
        #expect(chain.report(of: [try chain.end()]).isWhole)
        #expect(chain.report(of: [String]()).finding?.kind == .truncated)
    }

    @Test func `what is long is cut, and what no column keeps is replaced`() {
        let event = AuditEvent(
            .config,
            by: .server,
            on: String(repeating: "é", count: 400),
            ["a\0b": "c\0d", "long": String(repeating: "x", count: 10_000)]
        )
        #expect(event.resource.utf8.count <= AuditEvent.textByteCountMax)
        #expect(event.resource.hasSuffix("\u{2026}"))
        #expect(event.resource.hasPrefix("ééé"))
        #expect(event.metadata["a\u{FFFD}b"] == "c\u{FFFD}d")
        #expect(event.metadata["long"]?.utf8.count == AuditEvent.textByteCountMax)
        let exact = String(repeating: "x", count: AuditEvent.textByteCountMax)
        #expect(AuditEvent(.config, by: .server, on: exact).resource == exact)
        let zeros = AuditEvent(.config, by: .server, on: String(repeating: "\0", count: 400)).resource
        #expect(zeros.utf8.count <= AuditEvent.textByteCountMax)
        let many = Dictionary(uniqueKeysWithValues: (0..<100).map { ("key\($0)", "value") })
        #expect(AuditEvent(.config, by: .server, on: "x", many).metadata.count == AuditEvent.metadataCountMax)
    }

    @Test(arguments: [
        "organization:", "organization:x", "Server", "", "organization:0F8FAD5B-D9CB-469F-A165-70867728950E",
        "organization:0f8fad5b-d9cb-469f-a165-70867728950e ",
    ])
    func `a chain has one name only`(text: String) {
        #expect(AuditChain(text: text) == nil)
    }

    @Test func `actors are written and read back`() {
        var generator = SeededGenerator(seed: 3)
        let actors: [Actor] = [
            .user(.random(using: &generator)), .apiKey(.random(using: &generator)), .server, .terminal,
        ]
        for actor in actors { #expect(Actor(text: actor.text) == actor) }
        for text in ["", "user:", "user:x", "nobody", "apikey"] { #expect(Actor(text: text) == nil) }
    }
}
