import FoundationEssentials

/// Sealed bytes, taken apart: what they say of themselves, and what only a key can say.
///
/// | bytes | what |
/// |---|---|
/// | 10 | magic, `EAGLESEAL` and a zero |
/// | 1 | format, 1 |
/// | 4 | the data key's version, big-endian |
/// | 8 | the data key's id |
/// | 1 + n | the kind's name, its length before it |
/// | 12 | nonce |
/// | any | ciphertext, as long as the plain bytes |
/// | 16 | tag |
///
/// AES-256-GCM (NIST SP 800-38D). All up to the nonce is authenticated with it, and after that whose it is and what it
/// is of, which stand nowhere in it.
package struct SealedArtifact: Hashable, Sendable {
    static let magic = Array("EAGLESEAL\0".utf8)
    static let format: UInt8 = 1
    static let nonceByteCount = 12
    static let tagByteCount = 16

    package let keyVersion: Int
    package let keyID: KeyID
    package let kind: SealedKind
    let nonce: ArraySlice<UInt8>
    let ciphertext: ArraySlice<UInt8>
    let tag: ArraySlice<UInt8>

    /// Whether the bytes begin as sealed ones do; whether they can be opened, the key says.
    package static func isSealed(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: magic) }

    /// The key's version as the bytes say it, of which their first 15 will do; nil for other bytes.
    package static func keyVersion(of bytes: some Collection<UInt8>) -> Int? {
        guard isSealed(bytes) else { return nil }
        let version = bytes.dropFirst(magic.count + 1).prefix(4)
        return version.count == 4 ? version.reduce(0) { $0 << 8 | Int($1) } : nil
    }

    /// - Throws: ``KeyError`` with `.notSealed` for other bytes, `.unknownFormat`, or `.tampered` where they are cut off
    ///   or say nonsense; never a trap, whatever the bytes.
    package init(bytes: [UInt8]) throws(KeyError) {
        guard Self.isSealed(bytes) else { throw KeyError(.notSealed, "it was not sealed") }
        var place = Self.magic.count
        func take(_ count: Int) throws(KeyError) -> ArraySlice<UInt8> {
            guard bytes.count - place >= count else { throw KeyError(.tampered, "what was sealed is cut off") }
            defer { place += count }
            return bytes[place..<place + count]
        }
        guard try take(1).first == Self.format else {
            throw KeyError(.unknownFormat, "it was sealed by a newer program, or was changed: start the newer program")
        }
        keyVersion = try take(4).reduce(0) { $0 << 8 | Int($1) }
        keyID = KeyID(bytes: try take(KeyID.byteCount))
        let name = try take(Int(take(1).first ?? 0))
        guard let text = String(validating: name, as: UTF8.self), let kind = SealedKind(rawValue: text) else {
            throw KeyError(.tampered, "what was sealed is of a kind that is not known here")
        }
        self.kind = kind
        nonce = try take(Self.nonceByteCount)
        ciphertext = try take(max(0, bytes.count - place - Self.tagByteCount))
        tag = try take(Self.tagByteCount)
    }

    init(
        keyVersion: Int,
        keyID: KeyID,
        kind: SealedKind,
        nonce: ArraySlice<UInt8>,
        ciphertext: ArraySlice<UInt8>,
        tag: ArraySlice<UInt8>
    ) {
        self.keyVersion = keyVersion
        self.keyID = keyID
        self.kind = kind
        self.nonce = nonce
        self.ciphertext = ciphertext
        self.tag = tag
    }

    package var bytes: [UInt8] {
        var bytes = Self.head(keyVersion: keyVersion, keyID: keyID, kind: kind)
        bytes.reserveCapacity(bytes.count + Self.nonceByteCount + ciphertext.count + Self.tagByteCount)
        bytes += nonce
        bytes += ciphertext
        bytes += tag
        return bytes
    }

    /// All that comes before the nonce.
    static func head(keyVersion: Int, keyID: KeyID, kind: SealedKind) -> [UInt8] {
        magic + [format] + UInt32(clamping: keyVersion).bigEndianBytes + keyID.bytes
            + [UInt8(clamping: kind.rawValue.utf8.count)] + kind.rawValue.utf8
    }

    /// What is authenticated with the plain bytes: each text has its length before it, so that no two places are alike.
    static func binding(
        keyVersion: Int,
        keyID: KeyID,
        kind: SealedKind,
        holder: KeyHolder,
        subject: String
    ) -> [UInt8] {
        head(keyVersion: keyVersion, keyID: keyID, kind: kind) + lengthPrefixed(holder.text)
            + lengthPrefixed(subject)
    }

    static func lengthPrefixed(_ text: String) -> [UInt8] {
        UInt32(clamping: text.utf8.count).bigEndianBytes + text.utf8
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
