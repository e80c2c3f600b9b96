import Foundation
import Models
import ONNXRuntime
import Plant
import Storage
import Trust

/// The models' files: each sealed under its organization's key, as of the hash of its plain bytes.
extension ModelRegistry {
    /// What a version's file below a folder holds, proven; on a thread that may wait.
    static func load(
        _ key: ModelKey,
        below folder: String,
        keyring: Keyring
    ) throws(ModelError) -> LoadedModel {
        let path = path(of: key.version, below: folder, in: key.organization)
        let bytes = try bytes(of: key.version, path: path, keyring: keyring, in: key.scope)
        return try LoadedModel(ModelArtifact(bytes: bytes), version: key.version, runtime: runtime())
    }

    /// The plain bytes of a version's file, whole; on a thread that may wait.
    func fileBytes(of version: ModelVersion, in scope: OrganizationScope) throws(ModelError) -> [UInt8] {
        try Self.bytes(of: version, path: path(of: version, in: scope), keyring: stores.keyring, in: scope)
    }

    private static func bytes(
        of version: ModelVersion,
        path: String,
        keyring: Keyring,
        in scope: OrganizationScope
    ) throws(ModelError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelError(.artifactMissing, "the model's file is gone: upload it again or roll back")
        }
        let bytes = try opened([UInt8](data), of: version, keyring: keyring, in: scope)
        guard ModelArtifact.version(of: bytes) == version else { throw changed }
        return bytes
    }

    /// One that lies open, as earlier versions left them, is known by its hash like any other.
    private static func opened(
        _ stored: [UInt8],
        of version: ModelVersion,
        keyring: Keyring,
        in scope: OrganizationScope
    ) throws(ModelError) -> [UInt8] {
        guard SealedArtifact.isSealed(stored) else { return stored }
        do {
            let keys = try BlockingWork.waiting { try await keyring.keys(in: scope) }
            return try keys.open(stored, as: .model, named: version.hash)
        } catch let error as KeyError where !error.isOfServer {
            guard error.code != .destroyed else {
                throw ModelError(.artifactMissing, "the model's key was destroyed: nobody can read it", cause: error)
            }
            throw ModelError(changed.code, changed.message, cause: error)
        } catch {
            throw ModelError(.runtimeFailed, "the model's key can't be had", cause: error)
        }
    }

    private static var changed: ModelError {
        ModelError(.artifactCorrupt, "the model's file was changed: upload it again or roll back")
    }

    /// Writes a version's file, sealed.
    func keep(_ bytes: [UInt8], as version: ModelVersion, in scope: OrganizationScope) async throws {
        let key = try await stores.keyring.sealingKey(in: scope)
        let path = path(of: version, in: scope)
        try await work.run {
            var generator = SystemRandomNumberGenerator()
            let sealed = try key.seal(bytes, as: .model, named: version.hash, using: &generator)
            try DurableFile(path).write(sealed, makingFolder: true)
        }
    }

    func path(of version: ModelVersion, in scope: OrganizationScope) -> String {
        Self.path(of: version, below: folder, in: scope.id)
    }

    private static func path(
        of version: ModelVersion,
        below folder: String,
        in organization: ID<Organization>
    ) -> String {
        "\(folder)/\(organization)/\(version.hash).eaglemodel"
    }
}
