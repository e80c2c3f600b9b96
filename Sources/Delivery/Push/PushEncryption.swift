import Crypto
import Foundation

/// A message that only the subscribed browser can read: RFC 8291, in the encoding of RFC 8188 (`aes128gcm`).
struct PushEncryption {
    /// The browser's public key, uncompressed: 65 bytes.
    let receiver: [UInt8]
    /// The secret that the browser shares with whoever it gave the subscription to: 16 bytes.
    let auth: [UInt8]

    /// One record, and push services take 4,096 bytes of body: 86 of head, 16 of tag and one delimiter are not text.
    static let plaintextByteCountMax = 3_993
    private static let recordSize: UInt32 = 4_096

    /// - Parameters:
    ///   - plaintext: At most `plaintextByteCountMax` bytes.
    ///   - sender: A key of this message's own.
    ///   - salt: 16 bytes of this message's own.
    /// - Returns: The body to post.
    /// - Throws: `CryptoKitError` for a receiver's key that is no point of the curve.
    func body(
        for plaintext: [UInt8],
        sender: P256.KeyAgreement.PrivateKey = P256.KeyAgreement.PrivateKey(),
        salt: [UInt8]
    ) throws -> [UInt8] {
        precondition(plaintext.count <= Self.plaintextByteCountMax && salt.count == 16)
        let receiverKey = try P256.KeyAgreement.PublicKey(x963Representation: receiver)
        let senderPublic = [UInt8](sender.publicKey.x963Representation)
        // RFC 8291, 3.4.
        let shared = try sender.sharedSecretFromKeyAgreement(with: receiverKey)
        let input = shared.hkdfDerivedSymmetricKey(
            using: SHA256.self,
            salt: auth,
            sharedInfo: Array("WebPush: info\0".utf8) + receiver + senderPublic,
            outputByteCount: 32
        )
        // RFC 8188, 2.2 and 2.3; the first record's nonce is the nonce itself.
        let key = Self.derived(from: input, salt: salt, info: "Content-Encoding: aes128gcm\0", byteCount: 16)
        let nonce = Self.derived(from: input, salt: salt, info: "Content-Encoding: nonce\0", byteCount: 12)
        let sealed = try AES.GCM.seal(
            plaintext + [2],  // Delimits the last record.
            using: key,
            nonce: AES.GCM.Nonce(data: nonce.withUnsafeBytes { Array($0) })
        )
        let size = withUnsafeBytes(of: Self.recordSize.bigEndian) { Array($0) }
        var body = salt + size
        body.append(UInt8(senderPublic.count))
        body += senderPublic
        body += sealed.ciphertext
        body += sealed.tag
        return body
    }

    private static func derived(from key: SymmetricKey, salt: [UInt8], info: String, byteCount: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key,
            salt: salt,
            info: Array(info.utf8),
            outputByteCount: byteCount
        )
    }
}
