import Crypto
import Foundation
import Plant
import Testing

@testable import Trust

/// AES-256-GCM and what is built of it, against vectors that others have computed.
@Suite struct DataKeyTests {
    static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// Test cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", 2005.
    @Test(arguments: [
        (
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12), plain: "", binding: "",
            ciphertext: "", tag: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        (
            key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
            plain: String(repeating: "00", count: 16), binding: "",
            ciphertext: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        (
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            plain: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            binding: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ])
    func `the cipher is AES-256-GCM`(
        vector: (key: String, nonce: String, plain: String, binding: String, ciphertext: String, tag: String)
    ) throws {
        let (ciphertext, tag) = try DataKey.encrypt(
            Self.bytes(vector.plain),
            under: SymmetricKey(data: Self.bytes(vector.key)),
            nonce: Self.bytes(vector.nonce),
            binding: Self.bytes(vector.binding)
        )
        #expect(ciphertext == Self.bytes(vector.ciphertext))
        #expect(tag == Self.bytes(vector.tag))
    }

    private static let holder = KeyHolder(text: "00000000-0000-4000-8000-00000000000A") ?? .server
    private static let key = DataKey(of: holder, version: 7, bytes: Array(100..<132))

    /// Computed with Python's `cryptography` after the format's description.
    @Test func `the format is the one that is written down`() throws {
        let sealed = try Self.key.seal(Array("a plant's secret".utf8), as: .source, named: "s1", nonce: Array(0..<12))
        let expected = Self.bytes(
            "4541474c455345414c000100000007bb6c3f6269a140ae06736f75726365000102030405060708090a0b"
                + "fe8b4820dc23b5ceee33edadf5e8edc6f314258491d6cd80b301086794fa6fac"
        )
        #expect(sealed == expected)
        let opened = try Self.key.open(SealedArtifact(bytes: expected), as: .source, named: "s1")
        #expect(opened == Array("a plant's secret".utf8))
        #expect(SealedArtifact.keyVersion(of: expected.prefix(15)) == 7)
        #expect(SealedArtifact.keyVersion(of: expected.prefix(14)) == nil)
    }

    @Test func `a key that was wrapped elsewhere is unwrapped, for its holder and version and master alone`() throws {
        let master = try MasterKey(
            bytes: Self.bytes("9ade97adbb5f361a30821281b2f522e243c683c57e6b16cb3e470aa69a9da9b0")
        )
        #expect(master.id.hexadecimal == "e58111405bda2eee")
        let wrapped = Self.bytes(
            "000102030405060708090a0b1ce9df2dd1af4871a7ae9b6cfacf90a8615605416b296649ae76e155ac52667b"
                + "2262e8d7f8b837fc438950fdacf43934"
        )
        let key = try DataKey(unwrapping: wrapped, of: Self.holder, version: 7, by: master)
        #expect(key.id == Self.key.id && key.bytes == Self.key.bytes)
        var generator = SeededGenerator(seed: 4)
        let other = MasterKey(using: &generator)
        for (holder, version, master) in [
            (KeyHolder.server, 7, master), (Self.holder, 8, master), (Self.holder, 7, other), (Self.holder, 0, master),
        ] {
            let error = #expect(throws: KeyError.self) {
                try DataKey(unwrapping: wrapped, of: holder, version: version, by: master)
            }
            #expect(error?.code == .tampered)
        }
        for index in wrapped.indices {
            var changed = wrapped
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(throws: KeyError.self) {
                try DataKey(unwrapping: changed, of: Self.holder, version: 7, by: master)
            }
        }
        for count in 0..<wrapped.count {
            #expect(throws: KeyError.self) {
                try DataKey(unwrapping: Array(wrapped.prefix(count)), of: Self.holder, version: 7, by: master)
            }
        }
    }

    @Test func `the same bytes sealed twice have nothing in common but their head`() throws {
        var generator = SystemRandomNumberGenerator()
        let plain = [UInt8](repeating: 0, count: 64)
        let nonces = try (0..<1_000).map { _ in
            let sealed = try Self.key.seal(plain, as: .model, named: "a", using: &generator)
            return Array(try SealedArtifact(bytes: sealed).nonce)
        }
        #expect(Set(nonces).count == 1_000)
    }

    @Test func `a key seals as often as it may, in blocks, and no more`() {
        let limits = KeyLimits(usesMax: 10, blockSize: 4)
        #expect(limits.decision(reserved: 0) == .reserve(4))
        #expect(limits.decision(reserved: 8) == .reserve(2))
        #expect(limits.decision(reserved: 10) == .rotate)
        #expect(KeyLimits(usesMax: 3).blockSize == 3)
        #expect(KeyLimits.standard.usesMax <= 1 << 28)
    }
}
