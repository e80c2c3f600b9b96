import Plant
import Testing

@testable import Trust

@Suite struct TOTPTests {
    private func secret(_ byteCount: Int) throws -> TOTPSecret {
        try #require(TOTPSecret(bytes: (0..<byteCount).map { UInt8(ascii: "0") + UInt8(($0 + 1) % 10) }))
    }

    /// RFC 4226, appendix D.
    @Test func `codes by counter are those of the standard`() throws {
        let totp = TOTP(try secret(20))
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
        ]
        #expect((0..<10).map { totp.code(at: $0) } == codes)
    }

    /// RFC 6238, appendix B.
    @Test(
        arguments: [
            (59, "94287082", "46119246", "90693936"), (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"), (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"), (20_000_000_000, "65353130", "77737706", "47863826"),
        ] as [(Int64, String, String, String)]
    )
    func `codes by time are those of the standard`(seconds: Int64, sha1: String, sha256: String, sha512: String) throws
    {
        let step = TOTP.step(at: Instant(seconds: seconds))
        #expect(TOTP(try secret(20), digitCount: 8).code(at: step) == sha1)
        #expect(TOTP(try secret(32), algorithm: .sha256, digitCount: 8).code(at: step) == sha256)
        #expect(TOTP(try secret(64), algorithm: .sha512, digitCount: 8).code(at: step) == sha512)
    }

    @Test(arguments: [(-2, false), (-1, true), (0, true), (1, true), (2, false)] as [(Int64, Bool)])
    func `a code is good one step early and one step late`(offset: Int64, isGood: Bool) throws {
        let totp = TOTP(try secret(20))
        let now = Instant(seconds: 1_111_111_111)
        let step = TOTP.step(at: now) + offset
        #expect(totp.step(of: totp.code(at: step), at: now, after: nil) == (isGood ? step : nil))
    }

    @Test func `a code is good once, and none before it afterwards`() throws {
        let totp = TOTP(try secret(20))
        let now = Instant(seconds: 1_111_111_111)
        let step = TOTP.step(at: now)
        #expect(totp.step(of: totp.code(at: step), at: now, after: step) == nil)
        #expect(totp.step(of: totp.code(at: step - 1), at: now, after: step) == nil)
        #expect(totp.step(of: totp.code(at: step + 1), at: now, after: step) == step + 1)
    }

    @Test(arguments: ["", "1", "0504710", "05047", "o50471", "０５０４７１", "-50471", " 50471"])
    func `what is no code of the step is none`(text: String) throws {
        #expect(TOTP(try secret(20)).step(of: text, at: Instant(seconds: 1_111_111_111), after: nil) == nil)
    }

    @Test func `steps go on before 1970`() {
        #expect(TOTP.step(at: Instant(seconds: -1)) == -1)
        #expect(TOTP.step(at: Instant(seconds: -30)) == -1)
        #expect(TOTP.step(at: Instant(seconds: -31)) == -2)
        #expect(TOTP.step(at: Instant(seconds: 0)) == 0)
    }
}

@Suite struct TOTPSecretTests {
    /// RFC 4648, section 10, without the padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI"),
    ])
    func `base32 is that of the standard`(plain: String, text: String) {
        #expect(Base32.text(Array(plain.utf8)) == text)
        #expect(Base32.bytes(text) == Array(plain.utf8))
        #expect(Base32.bytes(text.lowercased() + "===") == Array(plain.utf8))
    }

    @Test func `a secret is typed back as it was shown`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            let secret = TOTPSecret(using: &generator)
            #expect(secret.base32.count == 32)
            #expect(try #require(TOTPSecret(base32: secret.base32)).bytes == secret.bytes)
        }
        #expect(TOTPSecret(base32: "MZXW6YTBOI") == nil)
        #expect(TOTPSecret(base32: String(repeating: "1", count: 32)) == nil)
    }

    @Test func `authenticators are given all that they ask for`() throws {
        let secret = try #require(TOTPSecret(bytes: Array("12345678901234567890".utf8)))
        #expect(
            secret.uri(account: "ann+b@north.example", issuer: "Eagle")
                == "otpauth://totp/Eagle:ann%2Bb%40north.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Eagle"
                + "&algorithm=SHA1&digits=6&period=30"
        )
        #expect(!"\(secret)".contains("GEZD"))
    }
}

@Suite struct RecoveryCodeTests {
    @Test func `a code is known again however it is typed`() throws {
        var generator = SeededGenerator(seed: 7)
        let code = RecoveryCode(using: &generator)
        #expect(code.text.count == 19)
        for text in [code.text, code.text.uppercased(), code.text.replacing("-", with: ""), " \(code.text) "] {
            #expect(RecoveryCode(text: text)?.hash == code.hash)
        }
        #expect(!"\(code)".contains(code.text.prefix(4)))
    }

    @Test(arguments: ["", "123456", "abcd-efgh-jkmn", "abcd-efgh-jkmn-pqr0", "abcd-efgh-jkmn-pqrs-tuvw"])
    func `what can't be one is none`(text: String) {
        #expect(RecoveryCode(text: text) == nil)
    }

    @Test func `no two are alike`() {
        var generator = SeededGenerator(seed: 3)
        #expect(Set((0..<1_000).map { _ in RecoveryCode(using: &generator).hash }).count == 1_000)
    }
}
