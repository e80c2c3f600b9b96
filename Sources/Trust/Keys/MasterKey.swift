import Crypto
import FoundationEssentials

/// The secret under which all data keys are wrapped: whoever has it and the keyring can read all that is sealed.
package struct MasterKey: Sendable {
    package static let byteCount = 32

    package let id: KeyID
    let key: SymmetricKey

    /// - Throws: ``KeyError`` with `.masterWeak` for what is not 32 bytes of chance, as far as one can see that.
    package init(bytes: [UInt8]) throws(KeyError) {
        if let weakness = Self.weakness(of: bytes) {
            throw KeyError(.masterWeak, "the master key \(weakness): make one with '\(Self.recipe)'")
        }
        self.init(sound: bytes)
    }

    /// The same from base64 (RFC 4648, section 4).
    package init(base64 text: some StringProtocol) throws(KeyError) {
        guard let data = Data(base64Encoded: String(text)) else {
            throw KeyError(.masterWeak, "the master key is not base64: make one with '\(Self.recipe)'")
        }
        try self.init(bytes: [UInt8](data))
    }

    /// A fresh key out of the caller's randomness.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(sound: (0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    private init(sound bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
        id = KeyID(of: bytes, use: "master")
    }

    /// How a person makes one.
    package static let recipe = "openssl rand -base64 32"

    /// As it is given and kept; for the file that holds it, and nobody else.
    package var base64: String { key.withUnsafeBytes { Data($0).base64EncodedString() } }

    /// What is wrong with a key; nil for one that may be chance.
    private static func weakness(of bytes: [UInt8]) -> String? {
        guard bytes.count == byteCount else { return "has \(bytes.count) bytes and needs \(byteCount)" }
        return KeyWeakness(of: bytes)?.text
    }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the key itself.
    package var description: String { "the master key \(id)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The master keys that a server was given: the first wraps, all of them unwrap.
package struct MasterKeys: Sendable {
    package let first: MasterKey
    private let keys: [KeyID: MasterKey]

    package init(_ first: MasterKey, formerly others: [MasterKey] = []) {
        self.first = first
        keys = Dictionary((others + [first]).map { ($0.id, $0) }) { $1 }
    }

    /// Keys in base64, a line each, the one that wraps first.
    ///
    /// - Throws: ``KeyError`` with `.masterWeak` for the first that is none.
    package init(text: String) throws(KeyError) {
        var keys: [MasterKey] = []
        for part in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            keys.append(try MasterKey(base64: part))
        }
        guard let first = keys.first else {
            throw KeyError(.masterWeak, "there is no master key in it: make one with '\(MasterKey.recipe)'")
        }
        self.init(first, formerly: Array(keys.dropFirst()))
    }

    package subscript(id: KeyID) -> MasterKey? { keys[id] }

    /// In no order.
    package var ids: Set<KeyID> { Set(keys.keys) }

    /// These, and behind them those that were there before.
    package func followed(by former: MasterKeys) -> MasterKeys {
        MasterKeys(first, formerly: Array(former.keys.values) + keys.values)
    }
}

extension MasterKeys: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(keys.count) master keys" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
