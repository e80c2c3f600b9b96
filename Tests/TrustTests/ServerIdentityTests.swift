import Testing
import Trust

/// What the server signs can be checked with its public key, and nothing else can.
@Suite struct ServerIdentityTests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap { $0.hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// RFC 8032, section 7.1, tests 1 to 3: secret key, public key, message, signature.
    private static let vectors: [(key: String, publicKey: String, message: String, signature: String)] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                + "387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                + "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ]

    @Test(arguments: 0..<3)
    func `it signs as RFC 8032 says`(_ number: Int) throws {
        let vector = Self.vectors[number]
        let identity = try ServerIdentity(rawKey: Self.bytes(vector.key))
        #expect(identity.publicKey == Self.bytes(vector.publicKey))
        let signature = Self.bytes(vector.signature)
        #expect(
            ServerIdentity.isValid(
                signature,
                for: Self.bytes(vector.message),
                publicKey: Self.bytes(vector.publicKey)
            )
        )
        #expect(try identity.sign(Self.bytes(vector.message)) == signature)
    }

    @Test func `a changed message, signature or key is found`() throws {
        var generator = SeededGenerator(seed: 6)
        let identity = try ServerIdentity(rawKey: ServerIdentity.fresh(using: &generator))
        let other = try ServerIdentity(rawKey: ServerIdentity.fresh(using: &generator))
        let message = (0..<100).map { UInt8($0) }
        let signature = try identity.sign(message)
        #expect(signature.count == ServerIdentity.signatureByteCount)
        #expect(ServerIdentity.isValid(signature, for: message, publicKey: identity.publicKey))
        #expect(!ServerIdentity.isValid(signature, for: message, publicKey: other.publicKey))
        #expect(!ServerIdentity.isValid(signature, for: Array(message.dropLast()), publicKey: identity.publicKey))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!ServerIdentity.isValid(changed, for: message, publicKey: identity.publicKey))
        }
        #expect(!ServerIdentity.isValid([], for: message, publicKey: identity.publicKey))
        #expect(!ServerIdentity.isValid(signature, for: message, publicKey: [1, 2, 3]))
    }

    @Test func `a weak key is refused, and none is shown`() throws {
        #expect(throws: ServerIdentityError.length(byteCount: 31)) {
            try ServerIdentity(rawKey: Array(repeating: 1, count: 31))
        }
        #expect(throws: ServerIdentityError.uniform) {
            try ServerIdentity(rawKey: Array(repeating: 7, count: 32))
        }
        let identity = try ServerIdentity(rawKey: Array(1...32))
        #expect("\(identity)" == "a server's identity")
        #expect(String(reflecting: identity) == "a server's identity")
    }
}
