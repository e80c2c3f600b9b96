import Crypto
import CryptoExtras
import FoundationEssentials

/// What is kept of a password: scrypt (RFC 7914) with its parameters and salt, as the PHC string format writes it.
///
/// `$scrypt$ln=14,r=8,p=1$<salt>$<key>`, both in base64 without padding.
package struct PasswordHash: Sendable {
    /// What one try costs; time and 128 · 2^logRounds · blockSize bytes of memory grow with it.
    package struct Cost: Hashable, Sendable {
        /// The base-2 logarithm of RFC 7914's N.
        package let logRounds: Int
        package let blockSize: Int
        package let parallelism: Int

        /// - Returns: Nil beyond 1 GiB of memory, 32 blocks or 16 lanes.
        package init?(logRounds: Int, blockSize: Int = 8, parallelism: Int = 1) {
            guard (1...20).contains(logRounds), (1...32).contains(blockSize), (1...16).contains(parallelism),
                128 << logRounds <= 1_073_741_824 / blockSize
            else { return nil }
            self.init(checked: logRounds, blockSize, parallelism)
        }

        private init(checked logRounds: Int, _ blockSize: Int, _ parallelism: Int) {
            self.logRounds = logRounds
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 40 ms and 16 MiB a try.
        package static let standard = Cost(checked: 14, 8, 1)
        /// For tests only: no protection at all.
        package static let weakest = Cost(checked: 1, 1, 1)
    }

    package let cost: Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    private static let keyByteCount = 32
    package static let saltByteCount = 16

    /// A fresh hash, its salt out of the caller's randomness.
    ///
    /// - Throws: ``PasswordError`` where the password is empty or longer than 1,024 bytes.
    /// - Complexity: One scrypt, which blocks its thread: keep it off the cooperative ones.
    package init(
        of password: String,
        cost: Cost = .standard,
        using generator: inout some RandomNumberGenerator
    ) throws(PasswordError) {
        guard PasswordError.lengths.contains(password.utf8.count) else { throw PasswordError(.length) }
        self.cost = cost
        salt = (0..<Self.saltByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        key = try Self.derivedKey(password, salt: salt, cost: cost)
    }

    /// Whether the password is the one; false for one that can't be.
    ///
    /// - Throws: ``PasswordError`` with `.derivation` where there is no memory to find out.
    /// - Complexity: One scrypt, whatever the answer, which blocks its thread: keep it off the cooperative ones.
    package func matches(_ password: String) throws(PasswordError) -> Bool {
        let isPossible = PasswordError.lengths.contains(password.utf8.count)
        let derived = try Self.derivedKey(isPossible ? password : "", salt: salt, cost: cost)
        return derived.isEqualInConstantTime(to: key) && isPossible
    }

    /// Whether the password is an account's, whose hash is nil where there is no such account.
    ///
    /// That takes as long then: it is spent on the decoy, any hash of the usual cost.
    package static func check(
        _ password: String,
        against hash: PasswordHash?,
        decoy: PasswordHash
    ) throws(PasswordError) -> Bool {
        let isMatch = try (hash ?? decoy).matches(password)
        return isMatch && hash != nil
    }

    private static func derivedKey(_ password: String, salt: [UInt8], cost: Cost) throws(PasswordError) -> [UInt8] {
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: Array(password.utf8),
                salt: salt,
                outputByteCount: keyByteCount,
                rounds: 1 << cost.logRounds,
                blockSize: cost.blockSize,
                parallelism: cost.parallelism,
                maxMemory: 2 * (128 << cost.logRounds) * cost.blockSize + 1_048_576
            )
            return key.withUnsafeBytes { Array($0) }
        } catch {
            throw PasswordError(.derivation)
        }
    }
}

extension PasswordHash: CustomStringConvertible {
    /// What is stored.
    package var text: String {
        "$scrypt$ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)$\(Self.base64(salt))$\(Self.base64(key))"
    }

    /// Never the hash itself, which has no place in a log.
    package var description: String { "a password's hash" }

    /// The hash that was stored; nil for any other text.
    package init?(text: some StringProtocol) {
        let fields = text.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt" else { return nil }
        let parameters = fields[2].split(separator: ",").map { $0.split(separator: "=") }
        guard parameters.count == 3, parameters.allSatisfy({ $0.count == 2 }),
            parameters.map(\.[0]) == ["ln", "r", "p"],
            let logRounds = Int(parameters[0][1]), let blockSize = Int(parameters[1][1]),
            let parallelism = Int(parameters[2][1]),
            let cost = Cost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism),
            let salt = Self.bytes(base64: fields[3]), salt.count >= 8,
            let key = Self.bytes(base64: fields[4]), key.count == Self.keyByteCount
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    private static func bytes(base64 text: some StringProtocol) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: String(text) + padding).map { Array($0) }
    }
}

/// Why no hash could be made of a password.
package struct PasswordError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        case length
        /// There is no memory for it.
        case derivation
    }

    /// Of the password's UTF-8.
    package static let lengths = 8...1_024

    package let code: Code

    init(_ code: Code) { self.code = code }
}

extension PasswordError: CustomStringConvertible {
    package var description: String {
        switch code {
        case .length: "a password has \(Self.lengths.lowerBound) to \(Self.lengths.upperBound) bytes"
        case .derivation: "the password could not be hashed: not enough memory for scrypt"
        }
    }
}
