import Foundation
import Trust

/// The key that signs access tokens: from the environment, or made at the first start and kept beside the database.
enum SigningKeyFile {
    static let variable = "EAGLE_SIGNING_KEY"

    /// - Throws: `SigningKeyError` for a weak key, `KeyFileError` for a file that can't be read or is readable by others.
    static func load(directory: String) throws -> SigningKey {
        if let text = ProcessInfo.processInfo.environment[variable] { return try SigningKey(bytes: Array(text.utf8)) }
        let path = directory + "/signing.key"
        if let data = FileManager.default.contents(atPath: path) {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            guard let mode, mode.intValue & 0o077 == 0 else {
                throw KeyFileError(message: "\(path) can be read by others: chmod 600 \(path)")
            }
            return try SigningKey(bytes: [UInt8](data))
        }
        var generator = SystemRandomNumberGenerator()
        let key = SigningKey(using: &generator)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: Data(key.bytes), attributes: attributes) else {
            throw KeyFileError(message: "\(path) can't be written: check the folder's rights")
        }
        return key
    }
}

struct KeyFileError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
