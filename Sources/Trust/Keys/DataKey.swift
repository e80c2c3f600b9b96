import Crypto
import FoundationEssentials

/// One version of the key under which an organization's things are sealed; it is kept wrapped under a master key.
package struct DataKey: Sendable {
    package static let byteCount = 32
    /// As many as four bytes can say.
    package static let versions = 1...Int(UInt32.max)

    package let holder: KeyHolder
    package let version: Int
    package let id: KeyID
    private let key: SymmetricKey

    /// A fresh key out of the caller's randomness.
    package init(of holder: KeyHolder, version: Int, using generator: inout some RandomNumberGenerator) {
        let bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.init(of: holder, version: version, bytes: bytes)
    }

    /// - Parameters:
    ///   - holder: Whose it is.
    ///   - version: One of ``versions``.
    ///   - bytes: As many as ``byteCount``.
    init(of holder: KeyHolder, version: Int, bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount && Self.versions.contains(version), "a data key has 32 bytes")
        self.holder = holder
        self.version = version
        id = KeyID(of: bytes, use: "data")
        key = SymmetricKey(data: bytes)
    }

    /// For the process that is handed it over, and nobody else.
    var bytes: [UInt8] { key.withUnsafeBytes { Array($0) } }

    // MARK: - Sealing

    /// Sealed bytes that open only with this key, as this kind, and named so.
    ///
    /// - Parameters:
    ///   - plain: Any bytes, none among them.
    ///   - kind: What they are.
    ///   - subject: What they are of.
    ///   - generator: Draws the nonce; who calls counts the key's uses.
    /// - Returns: ``SealedArtifact``'s bytes.
    /// - Throws: ``KeyError`` with `.exhausted` for more bytes than AES-GCM takes.
    package func seal(
        _ plain: [UInt8],
        as kind: SealedKind,
        named subject: String,
        using generator: inout some RandomNumberGenerator
    ) throws(KeyError) -> [UInt8] {
        try seal(plain, as: kind, named: subject, nonce: Self.nonce(using: &generator))
    }

    func seal(_ plain: [UInt8], as kind: SealedKind, named subject: String, nonce: [UInt8]) throws(KeyError) -> [UInt8]
    {
        let binding = SealedArtifact.binding(
            keyVersion: version,
            keyID: id,
            kind: kind,
            holder: holder,
            subject: subject
        )
        let (ciphertext, tag) = try Self.encrypt(plain, under: key, nonce: nonce, binding: binding)
        return SealedArtifact(
            keyVersion: version,
            keyID: id,
            kind: kind,
            nonce: nonce[...],
            ciphertext: ciphertext[...],
            tag: tag[...]
        ).bytes
    }

    /// The plain bytes.
    ///
    /// - Throws: ``KeyError`` with `.wrongKey` or `.tampered`.
    func open(_ artifact: SealedArtifact, as kind: SealedKind, named subject: String) throws(KeyError) -> [UInt8] {
        guard artifact.keyVersion == version, artifact.keyID == id else {
            throw KeyError(.wrongKey, "it was sealed under another key: it is another organization's or server's")
        }
        guard artifact.kind == kind else {
            throw KeyError(.tampered, "it was sealed as \(artifact.kind.rawValue) and not as \(kind.rawValue)")
        }
        let binding = SealedArtifact.binding(
            keyVersion: version,
            keyID: id,
            kind: kind,
            holder: holder,
            subject: subject
        )
        guard let plain = Self.decrypt(artifact, under: key, binding: binding) else {
            throw KeyError(.tampered, "what was sealed was changed, or stands in the wrong place")
        }
        return plain
    }

    // MARK: - Wrapping

    /// The key as it is kept: nonce, ciphertext and tag, bound to its holder and version.
    package func wrapped(
        by master: MasterKey,
        using generator: inout some RandomNumberGenerator
    ) throws(KeyError) -> [UInt8] {
        let nonce = Self.nonce(using: &generator)
        let (ciphertext, tag) = try Self.encrypt(
            bytes,
            under: master.key,
            nonce: nonce,
            binding: Self.wrapping(holder, version, master)
        )
        return nonce + ciphertext + tag
    }

    /// The key that was kept so.
    ///
    /// - Throws: ``KeyError`` with `.tampered` where it was not wrapped for that holder and version by that master key.
    package init(unwrapping wrapped: [UInt8], of holder: KeyHolder, version: Int, by master: MasterKey) throws(KeyError)
    {
        let nonceCount = SealedArtifact.nonceByteCount
        guard Self.versions.contains(version),
            wrapped.count == nonceCount + Self.byteCount + SealedArtifact.tagByteCount,
            let box = try? AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: wrapped[..<nonceCount]),
                ciphertext: wrapped[nonceCount..<nonceCount + Self.byteCount],
                tag: wrapped[(nonceCount + Self.byteCount)...]
            ),
            let bytes = try? AES.GCM.open(
                box,
                using: master.key,
                authenticating: Self.wrapping(holder, version, master)
            )
        else { throw KeyError(.tampered, "a wrapped key in the keyring was changed: restore the keyring") }
        self.init(of: holder, version: version, bytes: [UInt8](bytes))
    }

    private static func wrapping(_ holder: KeyHolder, _ version: Int, _ master: MasterKey) -> [UInt8] {
        SealedArtifact.lengthPrefixed("eagle wrapped key") + SealedArtifact.lengthPrefixed(holder.text)
            + UInt32(clamping: version).bigEndianBytes + master.id.bytes
    }

    // MARK: - AES-256-GCM

    private static func nonce(using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<SealedArtifact.nonceByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    static func encrypt(
        _ plain: [UInt8],
        under key: SymmetricKey,
        nonce: [UInt8],
        binding: [UInt8]
    ) throws(KeyError) -> (ciphertext: [UInt8], tag: [UInt8]) {
        do {
            let box = try AES.GCM.seal(
                plain,
                using: key,
                nonce: AES.GCM.Nonce(data: nonce),
                authenticating: binding
            )
            return ([UInt8](box.ciphertext), [UInt8](box.tag))
        } catch {
            throw KeyError(.exhausted, "\(plain.count) bytes are more than can be sealed at once")
        }
    }

    private static func decrypt(
        _ artifact: SealedArtifact,
        under key: SymmetricKey,
        binding: [UInt8]
    ) -> [UInt8]? {
        guard
            let box = try? AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: artifact.nonce),
                ciphertext: artifact.ciphertext,
                tag: artifact.tag
            )
        else { return nil }
        return (try? AES.GCM.open(box, using: key, authenticating: binding)).map { [UInt8]($0) }
    }
}

extension DataKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the key itself.
    package var description: String { "the data key \(id)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
