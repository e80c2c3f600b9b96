import Trust

/// The key by which the server signs: made at the first start, and kept beside the database.
enum ServerIdentityFile {
    /// - Throws: `KeyFileError` for a file that can't be read, is readable by others, or is no key.
    static func load(directory: String) throws -> ServerIdentity {
        let path = directory + "/identity.key"
        let bytes = try KeyFile(path: path).bytes {
            var generator = SystemRandomNumberGenerator()
            return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        do { return try ServerIdentity(rawKey: bytes) } catch {
            throw KeyFileError(message: "\(path) is no key of 32 bytes: restore it, or remove it to make another")
        }
    }
}
