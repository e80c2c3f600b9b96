/// What another system kept of a password: bcrypt, `$2b$10$<salt><key>`.
///
/// Provos and Mazières, "A Future-Adaptable Password Scheme" (1999). Only read, so that people keep their passwords;
/// whoever signs in has an scrypt hash from then on. Of `$2a$`, `$2b$` and `$2y$` each means the same algorithm; `$2x$`
/// means a faulty one, and is none here.
package struct BcryptHash: Sendable {
    /// The base-2 logarithm of the rounds: up to a second and a half, so that no import holds the server up.
    package static let costs = 4...14

    package let cost: Int
    private let version: Substring
    private let salt: [UInt8]
    private let key: [UInt8]

    /// bcrypt looks at no more of a password.
    private static let passwordByteCountMax = 72
    private static let keyByteCount = 23
    /// "OrpheanBeholderScryDoubt", most significant byte first.
    private static let plain: [UInt32] = [
        0x4F72_7068, 0x6561_6E42, 0x6568_6F6C, 0x6465_7253, 0x6372_7944, 0x6F75_6274,
    ]

    /// A hash that nothing matches, to be tried where there is no other.
    package init(decoyCost cost: Int) {
        self.cost = min(max(cost, Self.costs.lowerBound), Self.costs.upperBound)
        version = "2b"
        salt = [UInt8](repeating: 0, count: 16)
        key = []
    }

    /// Whether the password is the one, by its first 72 bytes.
    ///
    /// - Complexity: 2^(cost + 1) key schedules of Blowfish, whatever the answer: keep it off the cooperative threads.
    package func matches(_ password: String) -> Bool {
        // The byte 0 that ends a string in C is part of the key.
        let bytes = Array((Array(password.utf8) + [0]).prefix(Self.passwordByteCountMax))
        var cipher = Blowfish()
        cipher.expand(key: bytes, salt: salt)
        for _ in 0..<(1 << cost) {
            cipher.expand(key: bytes)
            cipher.expand(key: salt)
        }
        var words = Self.plain
        for index in stride(from: 0, to: words.count, by: 2) {
            var (left, right) = (words[index], words[index + 1])
            for _ in 0..<64 { cipher.encrypt(&left, &right) }
            (words[index], words[index + 1]) = (left, right)
        }
        let derived = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
        return derived.prefix(Self.keyByteCount).isEqualInConstantTime(to: key)
    }
}

extension BcryptHash: CustomStringConvertible {
    /// What is stored.
    package var text: String {
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return "$\(version)$\(digits)$\(Self.base64(salt))\(Self.base64(key))"
    }

    /// Never the hash itself, which has no place in a log.
    package var description: String { "a password's hash" }

    /// The hash that another system stored.
    ///
    /// - Throws: ``BcryptError``, which says what is wrong with it.
    package init(text: some StringProtocol) throws(BcryptError) {
        let fields = String(text).split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 4, fields[0].isEmpty else { throw .notBcrypt }
        guard ["2a", "2b", "2y"].contains(fields[1]) else { throw .version }
        guard fields[2].utf8.count == 2, let cost = Int(fields[2]) else { throw .notBcrypt }
        guard Self.costs.contains(cost) else { throw .cost }
        guard fields[3].utf8.count == 53, let salt = Self.bytes(base64: fields[3].prefix(22)),
            let key = Self.bytes(base64: fields[3].dropFirst(22))
        else { throw .notBcrypt }
        self.cost = cost
        version = fields[1]
        self.salt = salt
        self.key = key
    }

    private static let letters = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// Most significant bits first, without padding, in bcrypt's own order of letters.
    private static func base64(_ bytes: [UInt8]) -> String {
        var letters: [UInt8] = []
        var (bits, bitCount): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                letters.append(Self.letters[Int(bits >> bitCount & 63)])
            }
        }
        if bitCount > 0 { letters.append(Self.letters[Int(bits << (6 - bitCount) & 63)]) }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Whole bytes; the last letter's bits beyond them say nothing.
    private static func bytes(base64 text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, bitCount): (UInt32, UInt32) = (0, 0)
        for letter in text.utf8 {
            guard let value = letters.firstIndex(of: letter) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            guard bitCount >= 8 else { continue }
            bitCount -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
        }
        return bytes
    }
}

/// Why a text is no hash that can be taken over.
package enum BcryptError: Error, Hashable, Sendable {
    case notBcrypt
    case version
    case cost
}

extension BcryptError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notBcrypt: "is no bcrypt hash, such as $2b$10$ followed by 53 letters"
        case .version: "is no bcrypt hash of the versions 2a, 2b and 2y: give the user a new password"
        case .cost:
            "has a cost outside of \(BcryptHash.costs.lowerBound) to \(BcryptHash.costs.upperBound): "
                + "give the user a new password"
        }
    }
}
