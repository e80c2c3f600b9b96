import Foundation
package import Plant
package import Storage
import Trust

/// What training runs leave: open while a run goes on, sealed when it is over.
package struct RunArtifacts: Sendable {
    private let keyring: Keyring
    private let work = BlockingWork(label: "eagle.artifacts")

    package init(keyring: Keyring) { self.keyring = keyring }

    /// Seals every file in a run's folder.
    ///
    /// - Throws: `KeyError`, or what the disk says; those that were sealed before stay so.
    package func seal(_ run: ID<TrainingLog>, in folder: String, in scope: OrganizationScope) async throws {
        let files = try SealedFolder.artifacts(of: run, in: folder)
        for file in files where try file.keyVersion() == 0 {
            let key = try await keyring.sealingKey(in: scope)
            let keys = try await keyring.keys(in: scope)
            try await work.run { try file.seal(file.open(with: keys), under: key) }
        }
    }

    /// What a run left, opened, by name.
    ///
    /// - Throws: `KeyError`, or what the disk says.
    package func opened(
        _ run: ID<TrainingLog>,
        in folder: String,
        in scope: OrganizationScope
    ) async throws -> [(name: String, bytes: [UInt8])] {
        let keys = try await keyring.keys(in: scope)
        return try await work.run {
            try SealedFolder.artifacts(of: run, in: folder).map {
                (name: URL(fileURLWithPath: $0.path).lastPathComponent, bytes: try $0.open(with: keys))
            }
        }
    }
}
