/// An issuer's public keys (RFC 7517), as far as they can sign what is accepted here.
package struct JSONWebKeySet: Hashable, Sendable {
    struct Key: Hashable, Sendable {
        /// As base64url, sizes checked.
        enum Material: Hashable, Sendable {
            case rsa(modulus: String, exponent: String)
            case p256(x: String, y: String)
        }

        let id: String?
        let material: Material

        var algorithm: IDTokenAlgorithm {
            switch material {
            case .rsa: .rs256
            case .p256: .es256
            }
        }
    }

    /// How many are looked at.
    package static let countMax = 64
    /// 2,048 to 8,192 bits.
    private static let modulusByteCounts = 256...1_024

    let keys: [Key]

    /// Keys of other kinds and for other uses are left out.
    ///
    /// - Throws: ``OpenIDError`` with `.issuerUnavailable` for what is no set of keys.
    package init(json: [UInt8]) throws(OpenIDError) {
        guard let document = try? JSONValue.decoded(json), case .list(let values) = document["keys"] else {
            throw OpenIDError(.issuerUnavailable, "the issuer's keys can't be read")
        }
        keys = values.prefix(Self.countMax).compactMap(Self.key)
    }

    /// The key that a token names; where it names none, the only one there is of the algorithm.
    func key(id: String?, for algorithm: IDTokenAlgorithm) -> Key? {
        let candidates = keys.filter { $0.algorithm == algorithm && (id == nil || $0.id == id) }
        return candidates.count == 1 ? candidates[0] : nil
    }

    private static func key(_ value: JSONValue) -> Key? {
        guard value["use"].map({ $0 == .text("sig") }) ?? true,
            value["key_ops"].map({ $0.texts.contains("verify") }) ?? true, let material = material(value)
        else { return nil }
        let key = Key(id: value["kid"]?.text, material: material)
        guard value["alg"].map({ $0 == .text(key.algorithm.rawValue) }) ?? true else { return nil }
        return key
    }

    private static func material(_ value: JSONValue) -> Key.Material? {
        switch value["kty"]?.text {
        case "RSA":
            guard let modulus = value["n"]?.text, let exponent = value["e"]?.text,
                let modulusBytes = Base64URL.bytes(modulus), let exponentBytes = Base64URL.bytes(exponent),
                modulusByteCounts.contains(modulusBytes.drop { $0 == 0 }.count), (1...4).contains(exponentBytes.count)
            else { return nil }
            return .rsa(modulus: modulus, exponent: exponent)
        case "EC":
            guard value["crv"] == .text("P-256"), let x = value["x"]?.text, let y = value["y"]?.text,
                Base64URL.bytes(x)?.count == 32, Base64URL.bytes(y)?.count == 32
            else { return nil }
            return .p256(x: x, y: y)
        default: return nil
        }
    }
}
