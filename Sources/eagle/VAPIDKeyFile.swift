import Delivery

/// The key by which push services know the server: made at the first start, and kept beside the database.
///
/// Whoever has another key can't reach the browsers that subscribed with this one: it belongs into backups.
enum VAPIDKeyFile {
    /// - Throws: `KeyFileError` for a file that can't be read, is readable by others, or is no key.
    static func load(directory: String, contact: String?) throws -> VAPIDKey {
        let path = directory + "/vapid.key"
        let bytes = try KeyFile(path: path).bytes { VAPIDKey().bytes }
        do { return try VAPIDKey(bytes: bytes, contact: contact) } catch {
            throw KeyFileError(message: "\(path) is no key of 32 bytes: restore it, or remove it to make another")
        }
    }
}
