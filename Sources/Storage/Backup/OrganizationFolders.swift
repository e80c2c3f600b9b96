import Foundation
package import Plant
package import Trust

/// The folders in which an organization's files lie, below the server's data directory.
package struct OrganizationFolders: Sendable {
    /// The data directory.
    package let root: String
    package let organization: ID<Organization>

    package init(root: String, in scope: OrganizationScope) {
        self.root = root
        organization = scope.id
    }

    /// Relative to the data directory.
    static func paths(of organization: ID<Organization>) -> [String] {
        ["models/\(organization)", "training/\(organization)"]
    }

    /// All files there are, by path, but for those that are only just being written.
    func files() throws -> [BackupHeader.File] {
        try Self.paths(of: organization).flatMap { folder in
            try contents(of: folder).filter { !$0.path.split(separator: "/").contains { $0.hasPrefix(".") } }
        }.sorted { $0.path < $1.path }
    }

    /// What is in each folder that is there.
    package func summary() throws -> [ErasureStatement.Folder] {
        try Self.paths(of: organization).compactMap { folder in
            guard FileManager.default.fileExists(atPath: root + "/" + folder) else { return nil }
            let files = try contents(of: folder)
            return ErasureStatement.Folder(
                folder: folder,
                files: files.count,
                bytes: files.reduce(0) { $0 + $1.bytes }
            )
        }
    }

    /// Removes all of them, for good.
    package func remove() throws {
        for folder in Self.paths(of: organization) {
            let path = root + "/" + folder
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.removeItem(atPath: path)
            try SafeFile.synchronize(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
    }

    /// Regular files, however deep.
    private func contents(of folder: String) throws -> [BackupHeader.File] {
        let path = root + "/" + folder
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.subpathsOfDirectory(atPath: path).compactMap { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
            guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else { return nil }
            return BackupHeader.File(
                path: folder + "/" + name,
                bytes: (attributes[.size] as? NSNumber)?.intValue ?? 0
            )
        }
    }
}
