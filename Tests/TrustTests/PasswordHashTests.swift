import Testing
import Trust

@Suite struct PasswordHashTests {
    private func hash(_ password: String, seed: UInt64 = 1) throws -> PasswordHash {
        var generator = SeededGenerator(seed: seed)
        return try PasswordHash(of: password, cost: .weakest, using: &generator)
    }

    @Test func `only the password itself matches`() throws {
        let hash = try hash("korrekt-pferd-größe")
        #expect(try hash.matches("korrekt-pferd-größe"))
        for wrong in ["korrekt-pferd-grösse", "", "korrekt-pferd-größe ", String(repeating: "x", count: 5_000)] {
            #expect(try !hash.matches(wrong))
        }
    }

    @Test func `what is stored is read again, cost included`() throws {
        let cost = try #require(PasswordHash.Cost(logRounds: 2, blockSize: 2, parallelism: 1))
        var generator = SeededGenerator(seed: 2)
        let hash = try PasswordHash(of: "long enough", cost: cost, using: &generator)
        #expect(hash.text.hasPrefix("$scrypt$ln=2,r=2,p=1$"))
        let again = try #require(PasswordHash(text: hash.text))
        #expect(again.cost == cost)
        #expect(again.text == hash.text)
        #expect(try again.matches("long enough"))
        #expect(try !again.matches("long enouGh"))
    }

    /// RFC 7914, section 12, third vector: its first 32 bytes, which do not depend on how many follow.
    @Test func `the key is scrypt's own`() throws {
        let text = "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"
        let hash = try #require(PasswordHash(text: text))
        #expect(try hash.matches("pleaseletmein"))
    }

    @Test func `one password has another hash with another salt`() throws {
        #expect(try hash("same password", seed: 1).text != hash("same password", seed: 2).text)
    }

    @Test func `an unknown account's password never matches, not even the decoy's own`() throws {
        let decoy = try hash("decoy password")
        let own = try hash("own password")
        #expect(try !PasswordHash.check("decoy password", against: nil, decoy: decoy))
        #expect(try !PasswordHash.check("decoy password", against: own, decoy: decoy))
        #expect(try PasswordHash.check("own password", against: own, decoy: decoy))
    }

    @Test(arguments: ["", "short", String(repeating: "x", count: 1_025)])
    func `a password of no use is refused`(password: String) {
        #expect(throws: PasswordError.self) { try hash(password) }
    }

    @Test(arguments: [
        "", "$", "$scrypt$", "plain", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaA",
        "$scrypt$ln=40,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=1$$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$",
        "$scrypt$ln=14,r=8,p$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    ])
    func `a text that is no hash is none`(text: String) {
        #expect(PasswordHash(text: text) == nil)
    }

    @Test func `a cost beyond measure is none`() {
        #expect(PasswordHash.Cost(logRounds: 20, blockSize: 32) == nil)
        #expect(PasswordHash.Cost(logRounds: 0) == nil)
        #expect(PasswordHash.Cost(logRounds: 14) == .standard)
    }

    @Test func `it does not show itself`() throws {
        let hash = try hash("long enough")
        #expect(!"\(hash)".contains("$"))
    }
}
