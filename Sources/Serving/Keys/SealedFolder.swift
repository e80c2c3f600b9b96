import Foundation
import Glibc
import Models
import Plant
import Storage
import Trust

/// A file that is sealed, and as what.
struct SealedFile: Hashable, Sendable {
    let path: String
    let kind: SealedKind
    let subject: String

    /// The version of the key that it needs; 0 where it lies open, nil where it is gone.
    ///
    /// - Throws: `POSIXError` where it is there and can't be read: which key it needs is not known then.
    func keyVersion() throws -> Int? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw Self.trouble() }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &head, head.count)
        guard count >= 0 else { throw Self.trouble() }
        return SealedArtifact.keyVersion(of: head.prefix(count)) ?? 0
    }

    private static func trouble() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

    /// The plain bytes; those of a file that lies open as they are.
    ///
    /// - Throws: `KeyError`; `POSIXError` where the file can't be read.
    func open(with keys: KeyBundle) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw POSIXError(.ENOENT) }
        let bytes = [UInt8](data)
        return SealedArtifact.isSealed(bytes) ? try keys.open(bytes, as: kind, named: subject) : bytes
    }

    /// Puts the bytes in the place of what is there, sealed.
    func seal(_ plain: [UInt8], under key: DataKey) throws {
        var generator = SystemRandomNumberGenerator()
        let sealed = try key.seal(plain, as: kind, named: subject, using: &generator)
        try DurableFile(path).write(sealed, onlyReplacing: true)
    }
}

/// An organization's files below the server's data directory.
///
/// | folder | what |
/// |---|---|
/// | `models/<organization>` | artifacts, named by the hash of their plain bytes |
/// | `training/<organization>/<run>` | what a run left |
struct SealedFolder: Sendable {
    /// The data directory.
    let root: String

    func models(in scope: OrganizationScope) throws -> [SealedFile] {
        let folder = "\(root)/models/\(scope.id)"
        return try Self.names(in: folder).compactMap { name in
            guard name.hasSuffix(".eaglemodel"), let version = ModelVersion(hash: String(name.dropLast(11))) else {
                return nil
            }
            return SealedFile(path: "\(folder)/\(name)", kind: .model, subject: version.hash)
        }
    }

    func runs(in scope: OrganizationScope) throws -> [ID<TrainingLog>] {
        try Self.names(in: "\(root)/training/\(scope.id)").compactMap { ID<TrainingLog>($0) }
    }

    func artifacts(of run: ID<TrainingLog>, in scope: OrganizationScope) throws -> [SealedFile] {
        try Self.artifacts(of: run, in: "\(root)/training/\(scope.id)/\(run)")
    }

    static func artifacts(of run: ID<TrainingLog>, in folder: String) throws -> [SealedFile] {
        try names(in: folder).map {
            SealedFile(path: "\(folder)/\($0)", kind: .trainingArtifact, subject: "\(run)/\($0)")
        }
    }

    /// In order; what is being written is no file yet, and a folder that can't be looked into is not taken for empty.
    private static func names(in folder: String) throws -> [String] {
        if access(folder, F_OK) != 0, errno == ENOENT { return [] }
        let all = try FileManager.default.contentsOfDirectory(atPath: folder)
        return all.filter { !$0.hasPrefix(".") }.sorted()
    }
}
