import Delivery
import Foundation

/// The key by which push services know the server: made at the first start, and kept beside the database.
///
/// Whoever has another key can't reach the browsers that subscribed with this one: it belongs into backups.
enum VAPIDKeyFile {
    /// - Throws: `KeyFileError` for a file that can't be read, is readable by others, or is no key.
    static func load(directory: String, contact: String?) throws -> VAPIDKey {
        let path = directory + "/vapid.key"
        if let data = FileManager.default.contents(atPath: path) {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            guard let mode, mode.intValue & 0o077 == 0 else {
                throw KeyFileError(message: "\(path) can be read by others: chmod 600 \(path)")
            }
            do { return try VAPIDKey(bytes: [UInt8](data), contact: contact) } catch {
                throw KeyFileError(message: "\(path) is no key of 32 bytes: restore it, or remove it to make another")
            }
        }
        let key = VAPIDKey(contact: contact)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: path, contents: Data(key.bytes), attributes: attributes) else {
            throw KeyFileError(message: "\(path) can't be written: check the folder's rights")
        }
        return key
    }
}
