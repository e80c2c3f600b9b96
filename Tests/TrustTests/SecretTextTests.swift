import FoundationEssentials
import Plant
import Testing
import Trust

/// What a log line would say of a secret that somebody put into it.
@Suite struct SecretTextTests {
    private struct Holder { let secret: any Sendable }

    @Test func `no secret is in its own description, nor in that of what holds it`() async throws {
        var generator = SeededGenerator(seed: 1)
        let key = SigningKey(using: &generator)
        let refresh = RefreshToken(using: &generator)
        let principal = Principal(user: ID(UUID()), organization: nil, role: .superAdmin)
        let access = try await AccessTokens(key: key).issue(for: principal, at: Instant(seconds: 1_750_000_000))
        let bytes = key.bytes.map { String($0) }.joined(separator: ", ")
        let secrets: [(any Sendable, String)] = [(key, bytes), (refresh, refresh.text), (access, access.text)]
        for (secret, text) in secrets {
            for said in ["\(secret)", String(reflecting: secret), "\(Holder(secret: secret))"] {
                #expect(!said.contains(text))
            }
        }
    }
}
