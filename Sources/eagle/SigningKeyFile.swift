import Foundation
import Trust

/// The key that signs access tokens: from the environment, or made at the first start and kept beside the database.
enum SigningKeyFile {
    static let variable = "EAGLE_SIGNING_KEY"

    /// - Throws: `SigningKeyError` for a weak key, `KeyFileError` for a file that can't be read or is readable by others.
    static func load(directory: String) throws -> SigningKey {
        if let text = ProcessInfo.processInfo.environment[variable] { return try SigningKey(bytes: Array(text.utf8)) }
        let bytes = try KeyFile(path: directory + "/signing.key").bytes {
            var generator = SystemRandomNumberGenerator()
            return SigningKey(using: &generator).bytes
        }
        return try SigningKey(bytes: bytes)
    }
}
