import Testing

@testable import Trust

/// Against the vectors that Openwall's crypt_blowfish publishes, and against Debian's libxcrypt.
@Suite struct BcryptHashTests {
    private static let cut = String(repeating: "x", count: 71)

    private static let vectors: [(password: String, text: String)] = [
        // Published: crypt_blowfish 1.3, wrapper.c.
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        (
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
            "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
        ),
        // libxcrypt 4.4: bytes above 127, which a fault of 2011 took for negative.
        ("£", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.crQZGxQ7hWEf.fNKRjrYcudfgPvGbVK"),
        ("größe-ÿ€😀", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.df65jQnBfhZ.Xj3SgHj6efMjnzkWt3u"),
        ("größe-ÿ€😀", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.df65jQnBfhZ.Xj3SgHj6efMjnzkWt3u"),
        // libxcrypt 4.4: around the 72 bytes, far behind them, and another cost.
        (cut, "$2b$04$abcdefghijklmnopqrstuu.gc7UY/21CSNJGJg21jJzx9QiOpJ9bO"),
        (cut + "x", "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"),
        (cut + "xx", "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"),
        (String(repeating: "x", count: 300), "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"),
        ("furnace-7", "$2b$06$abcdefghijklmnopqrstuu/X4.D1u0P8.9IWANKGLpMQMV/R.lWNO"),
    ]

    @Test(arguments: vectors)
    func `the hash is bcrypt's own`(password: String, text: String) throws {
        let hash = try BcryptHash(text: text)
        #expect(hash.matches(password))
        #expect(!hash.matches("U" + password))
        #expect(hash.text == text)
    }

    @Test func `the cipher begins with the digits of pi`() {
        let words = PiDigits.fraction(wordCount: 1_042)
        #expect(words.prefix(4) == [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344])
        #expect(words.suffix(2) == [0x578F_DFE3, 0x3AC3_72E6])
    }

    /// Schneier's vectors for key and block of zeros and ones.
    @Test(arguments: [
        ([UInt8](repeating: 0, count: 8), UInt32(0), UInt32(0), UInt32(0x4EF9_9745), UInt32(0x6198_DD78)),
        ([UInt8](repeating: 255, count: 8), .max, .max, 0x5186_6FD5, 0xB85E_CB8A),
    ])
    func `the cipher is Blowfish`(key: [UInt8], left: UInt32, right: UInt32, first: UInt32, second: UInt32) {
        var cipher = Blowfish()
        cipher.expand(key: key)
        var block = (left, right)
        cipher.encrypt(&block.0, &block.1)
        #expect(block == (first, second))
    }

    private static let refused: [(text: String, error: BcryptError)] = [
        ("", .notBcrypt), ("plain", .notBcrypt), ("$2b$10$", .notBcrypt),
        ("$2b$4$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", .notBcrypt),
        ("$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0", .notBcrypt),
        ("$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0!", .notBcrypt),
        ("$2x$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", .version),
        ("$1$abcdefgh$abcdefghijklmnopqrstuu", .version),
        ("$2b$03$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", .cost),
        ("$2b$15$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", .cost),
        ("$2b$31$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", .cost),
        ("$2b$-4$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i", .cost),
    ]

    @Test(arguments: refused)
    func `a text that can't be taken over says why, and hangs nobody`(text: String, error: BcryptError) {
        #expect(throws: error) { try BcryptHash(text: text) }
    }

    @Test func `nothing matches a decoy, and nothing shows itself`() {
        let decoy = BcryptHash(decoyCost: 4)
        #expect(!decoy.matches(""))
        #expect(!decoy.matches("any"))
        #expect(!"\(decoy)".contains("$"))
    }
}

@Suite struct StoredPasswordTests {
    @Test func `our own hash and one that was brought along are told apart`() throws {
        var generator = SeededGenerator(seed: 1)
        let own = try PasswordHash(of: "long enough", cost: .weakest, using: &generator)
        let stored = try #require(StoredPassword(text: own.text))
        #expect(stored.importedCost == nil)
        #expect(try stored.matches("long enough"))
        let brought = try #require(
            StoredPassword(text: "$2b$06$abcdefghijklmnopqrstuu/X4.D1u0P8.9IWANKGLpMQMV/R.lWNO")
        )
        #expect(brought.importedCost == 6)
        #expect(try brought.matches("furnace-7"))
        #expect(StoredPassword(text: "plain") == nil)
        #expect(!"\(stored)\(brought)".contains("$"))
    }

    /// Counted, not timed.
    @Test func `a check costs the same for every account and for none`() throws {
        var generator = SeededGenerator(seed: 1)
        let own = try PasswordHash(of: "long enough", cost: .weakest, using: &generator)
        let decoy = try PasswordHash(of: "decoy password", cost: .weakest, using: &generator)
        let check = PasswordCheck(decoy: decoy)
        let cheap = try BcryptHash(text: "$2b$04$abcdefghijklmnopqrstuuQ/ig/53nfhpWP/626Po8k2yw.g40W3i")
        let dear = try BcryptHash(text: "$2b$06$abcdefghijklmnopqrstuu/X4.D1u0P8.9IWANKGLpMQMV/R.lWNO")
        let accounts: [(StoredPassword?, String)] = [
            (.scrypt(own), "long enough"), (.bcrypt(cheap), "password-one"), (.bcrypt(dear), "furnace-7"),
            (nil, "decoy password"),
        ]
        for importedCost in [nil, 6] {
            for (stored, password) in accounts where importedCost != nil || stored?.importedCost == nil {
                for isRight in [true, false] {
                    var work = PasswordCheck.Work()
                    let found = try check.isRight(
                        isRight ? password : "not the password",
                        for: stored,
                        importedCost: importedCost,
                        counting: &work
                    )
                    #expect(found == (isRight && stored != nil))
                    #expect(work.scryptCount == 1)
                    #expect(work.bcryptRoundCount == (importedCost == nil ? 0 : 64))
                }
            }
        }
    }
}
