import FoundationEssentials
import Plant
import Testing
import Trust

@Suite struct RefreshTokenTests {
    let now = Instant(seconds: 1_750_000_000)

    private func session(usedAt: Instant? = nil, revokedAt: Instant? = nil) -> RefreshSession {
        var generator = SeededGenerator(seed: 1)
        return RefreshSession(
            hash: RefreshToken(using: &generator).hash,
            family: ID(UUID()),
            user: ID(UUID()),
            issuedAt: now,
            expiresAt: now + .seconds(60),
            usedAt: usedAt,
            revokedAt: revokedAt
        )
    }

    @Test func `a token has 256 random bits and is kept by its hash only`() throws {
        var generator = SeededGenerator(seed: 1)
        let tokens = (0..<1_000).map { _ in RefreshToken(using: &generator) }
        #expect(Set(tokens.map(\.text)).count == 1_000)
        #expect(Set(tokens.map(\.hash)).count == 1_000)
        for token in tokens {
            #expect(token.text.utf8.count == 43)
            #expect(token.text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
            #expect(RefreshToken(text: token.text)?.hash == token.hash)
            #expect(!"\(token)".contains(token.text))
        }
        #expect(RefreshToken(text: "short") == nil)
    }

    /// FIPS 180-4's SHA-256, of 43 letters a, as `sha256sum` gives it.
    @Test func `the hash is SHA-256`() {
        let token = RefreshToken(text: String(repeating: "a", count: 43))
        let expected = "66d34fba71f8f450f7e45598853e53bfc23bbd129027cbb131a2f4ffd7878cd0"
        #expect(token?.hash.hexadecimal == expected)
        #expect(TokenHash(hexadecimal: token?.hash.hexadecimal ?? "") == token?.hash)
        #expect(TokenHash(hexadecimal: "XYZ") == nil)
    }

    @Test func `a token is worth one rotation, in its time`() {
        #expect(session().decision(at: now) == .rotate)
        #expect(session().decision(at: now + .seconds(59)) == .rotate)
        #expect(session().decision(at: now + .seconds(60)) == .expired)
        #expect(session(usedAt: now).decision(at: now) == .reused)
        #expect(session(usedAt: now).decision(at: now + .seconds(3_600)) == .reused)
        #expect(session(usedAt: now, revokedAt: now).decision(at: now) == .revoked)
        #expect(session(revokedAt: now).decision(at: now) == .revoked)
    }

    @Test func `a successor is of the same family and user, and unused`() throws {
        let hash = try #require(TokenHash(hexadecimal: String(repeating: "ab", count: 32)))
        let first = session(usedAt: now)
        let next = first.successor(hash: hash, at: now + .seconds(5), expiresAt: now + .seconds(65))
        #expect(next.family == first.family)
        #expect(next.user == first.user)
        #expect(next.hash == hash)
        #expect(next.decision(at: now + .seconds(64)) == .rotate)
        #expect(next.issuedAt == now + .seconds(5))
    }
}
