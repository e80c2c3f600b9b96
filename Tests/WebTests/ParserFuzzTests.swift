import Alarms
import Connectors
import Foundation
import HTTPTypes
import Hummingbird
import Models
import NIOHTTP1
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// What reads tokens, queries, bodies and documents, asked directly: each input is refused with an error or read, and
/// none is taken for somebody else's.
///
/// `EAGLE_FUZZ` and `EAGLE_FUZZ_SEED` are explained at ``FuzzBudget``.
@Suite(.timeLimit(.minutes(180))) struct ParserFuzzTests {
    private static let share = FuzzBudget.inProcess / 4

    private static func seeds(_ worker: Int) -> Range<UInt64> {
        let first = FuzzBudget.firstSeed &+ UInt64(worker) << 48
        return first..<first + UInt64(share)
    }

    @Test func `a changed token is worth nothing`() async throws {
        let tokens = await AccessTokens(key: try SigningKey(bytes: (1...32).map { UInt8($0 * $0 % 251) }))
        let principal = Principal(user: ID(UUID()), organization: ID(UUID()), role: .operator)
        let good = try await tokens.issue(for: principal, at: .t0).text
        for seed in Self.seeds(0) {
            var generator = SeededGenerator(seed: seed)
            let token = TokenFuzzer.mutated(good, using: &generator)
            do throws(TokenError) {
                let proven = try await tokens.principal(of: token, at: .t0)
                // Base64 has more than one spelling of a last letter; whoever it is then, it is nobody else.
                #expect(proven == principal, "EAGLE_FUZZ_SEED=\(seed): \(token)")
            } catch {
                #expect(error.code == .invalid, "EAGLE_FUZZ_SEED=\(seed): \(token)")
            }
        }
    }

    @Test func `a changed key is none, or another key`() {
        var chance = SeededGenerator(seed: 5)
        let good = APIKeyText(for: .random(using: &chance), using: &chance)
        for seed in Self.seeds(4) {
            var generator = SeededGenerator(seed: seed)
            let text = TokenFuzzer.mutated(key: good.text, using: &generator)
            guard let key = APIKeyText(text) else { continue }
            // One key has one spelling.
            #expect(key.text == text, "EAGLE_FUZZ_SEED=\(seed): \(text)")
            let isGood = key.id == good.id && key.hash.isEqualInConstantTime(to: good.hash)
            #expect(isGood == (text == good.text), "EAGLE_FUZZ_SEED=\(seed): \(text)")
        }
    }

    @Test func `what stands in a request's line and head is read or refused`() async throws {
        let answer: @Sendable (Call) async throws -> Response = { _ in .noContent }
        let table = RouteTable(["/a/{id}", "/a/b", "/a/{id}/c"].map { Route(.get, $0, .open(answer)) })
        try await OffPool.run {
            for seed in Self.seeds(1) {
                var generator = SeededGenerator(seed: seed)
                let text = Self.text(from: "after=1&limit=20&asset=%C3%A9&open=true", using: &generator)
                if let query = try? Query(text) {
                    _ = try? query.integer("after", in: 0...Int64.max)
                    _ = try? query.number("limit", in: 0...1)
                    _ = try? query.instant("from")
                    _ = try? query.limit()
                    _ = try? AlarmFilter(query)
                }
                _ = table.match(.get, "/a/" + text)
                _ = MediaTypes.best(of: [MediaTypes.json, MediaTypes.csv], accept: text)
                _ = MediaTypes.bare(text)
                let name = RequestName.adopted(text)
                #expect((1...64).contains(name.utf8.count), "EAGLE_FUZZ_SEED=\(seed)")
                let head = HTTPRequestHead(
                    version: .http1_1,
                    method: .GET,
                    uri: "/api/v1/stream?" + text,
                    headers: ["Authorization": text, "Sec-WebSocket-Protocol": "bearer." + text]
                )
                _ = try? StreamRequest(head)
            }
        }
    }

    @Test func `pushed rows and recorded failures are read, set apart or refused`() async throws {
        let document = try SchemaFile.parse(json: Data(TestServer.schema("south").utf8))
        let sources: [(PushedRows.Format, String)] = [
            (.json, FuzzTarget.bodies["POST /api/v1/readings"] ?? ""), (.csv, FuzzTarget.csv),
            (.ndjson, #"{"machine":"m","timestamp":"2026-01-01T00:00:04Z","temp":20,"door":false}"#),
        ]
        try await OffPool.run {
            for seed in Self.seeds(2) {
                var generator = SeededGenerator(seed: seed)
                let (format, text) = sources[Int(seed % UInt64(sources.count))]
                let bytes = HostileValues.mutated(Array(text.utf8), using: &generator)
                var mapper = try PushMapper(schema: document.schema)
                if let rows = try? mapper.rows(in: bytes, as: format) {
                    let sum = rows.readings.count + rows.quarantined.count + rows.problems.count
                    #expect(sum == rows.rows, "EAGLE_FUZZ_SEED=\(seed): \(rows.rows) rows are \(sum)")
                    for reading in rows.readings {
                        #expect(Instant(reading.instant.description) == reading.instant, "EAGLE_FUZZ_SEED=\(seed)")
                    }
                }
                let failures = HostileValues.mutated(
                    Array("asset,timestamp,component,end\nm,2026-01-01T00:00:00Z,belt,2026-01-02T00:00:00Z\n".utf8),
                    using: &generator
                )
                _ = try? FailuresFile.read(failures, name: "body", schema: document.schema)
            }
        }
    }

    @Test func `schemas, rules and other documents are read or refused`() async throws {
        try await OffPool.run {
            for seed in Self.seeds(3) {
                var generator = SeededGenerator(seed: seed)
                if seed % 3 == 0 {
                    let yaml = Self.text(from: FuzzTarget.yaml, using: &generator)
                    if let document = try? SchemaFile.parse(yaml, path: "body", allowsAliases: false) {
                        #expect(document.schema.problems.isEmpty, "EAGLE_FUZZ_SEED=\(seed)")
                    }
                    continue
                }
                guard let key = FuzzTarget.bodies.keys.sorted().randomElement(using: &generator),
                    let text = FuzzTarget.bodies[key],
                    let tree = try? JSONDecoder().decode(Tree.self, from: Data(text.utf8))
                else { continue }
                let hostile = Data(HostileJSON(tree, rarity: 10, using: &generator).text.utf8)
                let decoder = JSONDecoder()
                _ = try? SchemaFile.parse(json: hostile)
                _ = try? decoder.decode(DeliveryPolicy.self, from: hostile)
                _ = try? decoder.decode(TrainingConfiguration.self, from: hostile)
                _ = try? decoder.decode(SourceSettings.self, from: hostile)
                _ = try? decoder.decode(QuotaSettings.self, from: hostile)
                _ = try? decoder.decode(DeliveryTargetDraft.self, from: hostile).problems()
            }
        }
    }

    @Test(arguments: [
        "horizonMinutes: 1:00:00:00:00:00:00:00:00:00:00:00", "horizonMinutes: 99999999999:59",
        "lagSeconds: [-1:-1:-1:-1:-1:-1:-1:-1:-1:-1:-1:-1]", "missedFailureCost: 1:1:1:1:1:1:1:1:1:1:1:1",
        "? 1:1:1:1:1:1\n: x",
    ])
    func `a number to the base of 60 without end is refused`(line: String) {
        let yaml = "organization: south\ncontinuousColumns: [temp]\n\(line)\n"
        #expect(throws: FileError.self) { try SchemaFile.parse(yaml, path: "body") }
    }

    @Test func `aliases that multiply are refused, and asterisks in texts are none`() throws {
        let list = "[" + (0..<1_000).map { "t\($0)" }.joined(separator: ",") + "]"
        let bomb =
            "organization: south\ncontinuousColumns: &all \(list)\ncomponents:\n"
            + (0..<20_000).map { "  c\($0): *all\n" }.joined()
        #expect(throws: FileError.self) { try SchemaFile.parse(bomb, path: "body", allowsAliases: false) }
        let plain = """
            organization: south
            continuousColumns: [temp]
            rules:
              - {id: a, kind: limit, tag: temp, high: 1, message: "valve &pump, see *note"}
            """
        let document = try SchemaFile.parse(plain, path: "body", allowsAliases: false)
        #expect(document.rules.count == 1)
        // Whoever reads a file of his own may write it as he likes.
        let own = "organization: south\ncontinuousColumns: &all [temp]\ncomponents: {heater: *all}\n"
        #expect(try SchemaFile.parse(own, path: "own.yaml").schema.components == ["heater": ["temp"]])
    }

    private static func text(from text: String, using generator: inout SeededGenerator) -> String {
        String(decoding: HostileValues.mutated(Array(text.utf8), using: &generator), as: UTF8.self)
    }
}
