import FoundationEssentials
import Plant
import Testing
import Trust

@Suite struct AccessTokensTests {
    let now = Instant(seconds: 1_750_000_000)
    let operatorPrincipal = Principal(user: ID(UUID()), organization: ID(UUID()), role: .operator)

    private func tokens(seed: UInt64 = 1) async -> AccessTokens {
        var generator = SeededGenerator(seed: seed)
        return await AccessTokens(key: SigningKey(using: &generator))
    }

    @Test(arguments: [Role.superAdmin, .admin, .operator])
    func `a token speaks for whom it was made`(role: Role) async throws {
        let tokens = await tokens()
        let principal = Principal(
            user: ID(UUID()),
            organization: role == .superAdmin ? nil : ID(UUID()),
            role: role,
            session: ID(UUID())
        )
        let token = try await tokens.issue(for: principal, at: now)
        #expect(token.expiresAt == now + .seconds(900))
        #expect(try await tokens.principal(of: token.text, at: now) == principal)
    }

    @Test func `a machine has its key, and gets no token`() async throws {
        let machine = Principal(apiKey: ID(UUID()), organization: ID(UUID()), limitedTo: [.readAlarms])
        let tokens = await tokens()
        await #expect(throws: TokenError.self) { try await tokens.issue(for: machine, at: now) }
    }

    @Test(arguments: [(899, true), (900, false), (100_000, false)])
    func `a token is good up to its expiry`(seconds: Int, isGood: Bool) async throws {
        let tokens = await tokens()
        let token = try await tokens.issue(for: operatorPrincipal, at: now)
        let principal = try? await tokens.principal(of: token.text, at: now + .seconds(seconds))
        #expect((principal != nil) == isGood)
        if !isGood {
            await #expect(throws: TokenError.self) {
                try await tokens.principal(of: token.text, at: now + .seconds(seconds))
            }
        }
    }

    @Test func `another key's token is worth nothing`() async throws {
        let token = try await tokens(seed: 2).issue(for: operatorPrincipal, at: now)
        #expect(await code { try await tokens(seed: 1).principal(of: token.text, at: now) } == .invalid)
    }

    @Test func `a token that was changed anywhere is worth nothing`() async throws {
        let tokens = await tokens()
        let text = try await tokens.issue(for: operatorPrincipal, at: now).text
        for index in stride(from: 0, to: text.count - 1, by: 7) {
            var characters = Array(text)
            characters[index] = characters[index] == "A" ? "B" : "A"
            let changed = String(characters)
            #expect(await code { try await tokens.principal(of: changed, at: now) } == .invalid)
        }
    }

    @Test func `a token without a signature is worth nothing`() async throws {
        let tokens = await tokens()
        let parts = try await tokens.issue(for: operatorPrincipal, at: now).text.split(separator: ".")
        // {"alg":"none","typ":"JWT"}
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.\(parts[1])."
        for text in [unsigned, "", ".", "a.b.c", "\(parts[0]).\(parts[1])"] {
            #expect(await code { try await tokens.principal(of: text, at: now) } == .invalid)
        }
    }

    private func code(_ operation: () async throws -> Principal) async -> TokenError.Code? {
        do {
            _ = try await operation()
            return nil
        } catch {
            return (error as? TokenError)?.code
        }
    }
}

@Suite struct SigningKeyTests {
    @Test(arguments: [0, 1, 31])
    func `a short key is refused`(byteCount: Int) {
        #expect(throws: SigningKeyError.tooShort(byteCount: byteCount)) {
            try SigningKey(bytes: (0..<byteCount).map { UInt8($0) })
        }
    }

    @Test(arguments: [
        (String(repeating: "k", count: 64), "is one byte over and over"),
        (String(repeating: "password", count: 4), "has only 7 different bytes"),
        ("correct horse battery correct horse", "has only 11 different bytes"),
        ("the quick brown fox the quick brown fox", "is a text with only 16 different characters"),
        (String(repeating: "0f1e2d3c", count: 8), "has only 4 different bytes"),
    ])
    func `a key that can be guessed is refused, and told why without itself`(text: String, said: String) {
        let error = #expect(throws: SigningKeyError.self) { try SigningKey(bytes: Array(text.utf8)) }
        #expect(error?.description.contains(said) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(text) == false)
    }

    @Test func `a key that only counts is refused`() {
        #expect(throws: SigningKeyError.weak("only counts")) { try SigningKey(bytes: Array(0..<32)) }
    }

    @Test func `half as many bytes in hexadecimal are too few`() {
        let text = "9f86d081884c7d659a2feaa0c55ad015"
        #expect(throws: SigningKeyError.tooShort(byteCount: 16)) { try SigningKey(bytes: Array(text.utf8)) }
    }

    @Test(arguments: [
        // Of 'openssl rand -base64 32' and 'openssl rand -hex 32'.
        "xKwr3dXnqNfV0m8uR5hTzG2oYbLkEaP7sJ1cQ9iW4gM=",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ])
    func `a text of chance is a good key`(text: String) throws {
        #expect(try SigningKey(bytes: Array(text.utf8)).bytes == Array(text.utf8))
    }

    @Test func `a good key is kept, and not shown`() throws {
        var generator = SeededGenerator(seed: 7)
        let bytes = SigningKey(using: &generator).bytes
        let key = try SigningKey(bytes: bytes)
        #expect(key.bytes == bytes)
        #expect("\(key)" == "a signing key of 32 bytes")
    }
}
