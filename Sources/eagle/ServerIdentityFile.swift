import Trust

/// The key by which the server signs what others must be able to check: made at the first start, and kept beside the
/// database.
///
/// Whoever has another key signs as another server: it belongs into backups of the server.
enum ServerIdentityFile {
    /// - Throws: `KeyFileError` for a file that can't be read, is readable by others, or is no key.
    static func load(directory: String) throws -> ServerIdentity {
        let path = directory + "/identity.key"
        let bytes = try KeyFile(path: path).bytes {
            var generator = SystemRandomNumberGenerator()
            return ServerIdentity.fresh(using: &generator)
        }
        do { return try ServerIdentity(rawKey: bytes) } catch {
            throw KeyFileError(message: "\(path): \(error): restore it, or remove it to make another")
        }
    }
}
