import FoundationEssentials
import Plant
import Testing
import Trust

/// A certificate of erasure is checked by anybody, and nothing of it can be changed.
@Suite struct ErasureCertificateTests {
    private let identity: ServerIdentity
    private let other: ServerIdentity

    init() throws {
        var generator = SeededGenerator(seed: 17)
        identity = try ServerIdentity(rawKey: ServerIdentity.fresh(using: &generator))
        other = try ServerIdentity(rawKey: ServerIdentity.fresh(using: &generator))
    }

    private func statement(compactedAt: Instant? = Instant(seconds: 1_750_000_300)) -> ErasureStatement {
        ErasureStatement(
            organization: ID(UUID()),
            slug: "harbor",
            askedBy: "terminal",
            askedAt: Instant(seconds: 1_750_000_000),
            keys: [.init(id: "data", version: 1), .init(id: "data", version: 2)],
            keysDestroyedAt: Instant(seconds: 1_750_000_001),
            tables: ["reading": 1_000_000, "organization": 1],
            folders: [.init(folder: "models/a/b", files: 2, bytes: 9)],
            auditChain: .init(number: 7, hash: "00ff"),
            endedAt: Instant(seconds: 1_750_000_200),
            compactedAt: compactedAt,
            version: "0.1.0"
        )
    }

    private func code(_ text: String, key: [UInt8]? = nil) -> CertificateError.Code? {
        do {
            _ = try ErasureCertificate(checking: text, against: key)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a certificate is good as it was written, and with other spaces between its parts`() throws {
        for compactedAt in [Instant(seconds: 1_750_000_300), nil] {
            let certificate = try ErasureCertificate(statement(compactedAt: compactedAt), by: identity)
            let text = try certificate.text()
            #expect(code(text) == nil)
            #expect(code(text, key: identity.publicKey) == nil)
            #expect(code(text.replacing("\n", with: "\r\n\t")) == nil)
            #expect(try ErasureCertificate(checking: text) == certificate)
            #expect(text.contains("models/a/b"))
        }
    }

    @Test func `another server's certificate is named as such`() throws {
        let text = try ErasureCertificate(statement(), by: other).text()
        #expect(code(text) == nil)
        #expect(code(text, key: identity.publicKey) == .otherKey)
    }

    /// Each byte that is no space, turned into another one, as far as the text stays UTF-8.
    @Test func `no byte of it can be changed`() throws {
        let text = try ErasureCertificate(statement(), by: identity).text()
        let bytes = Array(text.utf8)
        var count = 0
        for index in bytes.indices where ![0x20, 0x0A].contains(bytes[index]) {
            var changed = bytes
            changed[index] = bytes[index] == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
            #expect(code(String(decoding: changed, as: UTF8.self)) != nil, "byte \(index)")
            count += 1
        }
        #expect(count > 500)
    }

    @Test func `nothing can be added, left out or put elsewhere`() throws {
        let text = try ErasureCertificate(statement(), by: identity).text()
        let added = text.replacing("\"slug\"", with: "\"note\" : \"and harbour\",\n    \"slug\"")
        #expect(code(added) == .altered)
        let doubled = text.replacing("\"slug\" : \"harbor\"", with: "\"slug\" : \"harbor\", \"slug\" : \"harbor\"")
        #expect(doubled != text)
        #expect(code(doubled) != nil)
        let fewer = text.replacing("1000000", with: "999999")
        #expect(code(fewer) == .forged)
        let without = text.replacing(#/"slug" : "harbor",\n/#, with: "")
        #expect(without != text)
        #expect(code(without) == .unreadable)
        #expect(code("no certificate") == .unreadable)
        #expect(code("{}") == .unreadable)
    }

    @Test func `what the server signs otherwise is no certificate`() throws {
        let honest = try ErasureCertificate(statement(), by: identity)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // The same bytes, signed without saying what for.
        let signature = Data(try identity.sign(Array(try encoder.encode(honest.statement)))).base64EncodedString()
        let text = try honest.text().replacing(honest.signature, with: signature)
        #expect(code(text) == .forged)
    }
}
