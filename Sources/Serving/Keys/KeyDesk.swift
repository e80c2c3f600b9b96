import Foundation
package import Plant
package import Storage
package import Trust

/// Changes an organization's data key while the server goes on, and seals what earlier versions had left open.
///
/// One thing after the other is opened and sealed anew, each put in the place of the former whole: whoever reads
/// meanwhile finds the one or the other, both of which open. What broke off is begun again where it was.
package struct KeyDesk: Sendable {
    package typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    /// What a rotation came to.
    package struct Report: Hashable, Sendable {
        /// The version that seals now.
        package let version: Int
        package var resealed = 0
        /// Former versions that are gone for good.
        package var retired: [Int] = []
        /// What can't be opened, and why; it stays as it is, and the keys that it names stay with it.
        package var failures: [String] = []
        /// Whether some of those may open once the server has what it lacks: they are to be tried again.
        package var mayOpenLater = false

        fileprivate mutating func add(_ outcome: SealedRows.Outcome) {
            resealed += outcome.count
            failures += outcome.failures
            mayOpenLater = mayOpenLater || outcome.mayOpenLater
        }
    }

    private let stores: Stores
    private let folder: SealedFolder
    private let settling: Duration
    private let work = BlockingWork(label: "eagle.keys")

    /// - Parameters:
    ///   - stores: With the keyring.
    ///   - dataDirectory: Below which the organizations' files lie.
    ///   - settling: For so long after a rotation the former key stays whatever is asked: somebody may be in the midst
    ///     of sealing under it.
    package init(stores: Stores, dataDirectory: String, settling: Duration = .seconds(600)) {
        self.stores = stores
        folder = SealedFolder(root: dataDirectory)
        self.settling = settling
    }

    /// Makes a new version of an organization's key and seals all that it has anew.
    ///
    /// - Parameters:
    ///   - scope: Whose key.
    ///   - isRetiring: Whether former versions that nothing here needs any more are destroyed; backups need them.
    ///   - progress: Told how many things are done, and of how many.
    /// - Returns: What it came to.
    /// - Throws: `KeyError`, `DatabaseError`, `StorageError` with `.full`; what was sealed anew stays so.
    package func rotate(
        in scope: OrganizationScope,
        retiring isRetiring: Bool = false,
        progress: @escaping Progress = { _, _ in }
    ) async throws -> Report {
        let version = try await stores.keyring.rotate(in: scope)
        var report = Report(version: version.version)
        try await reseal(in: scope, sealingPlain: false, into: &report, progress: progress)
        if isRetiring { report.retired = try await retire(in: scope) }
        return report
    }

    /// The same for the server's own key, under which the second factors of those who run it are sealed; its former
    /// versions stay.
    ///
    /// - Throws: As ``rotate(in:retiring:progress:)``.
    package func rotate(in scope: SystemScope) async throws -> Report {
        let version = try await stores.keyring.rotate(in: scope)
        var report = Report(version: version.version)
        report.add(try await stores.sealedRows.reseal(in: scope))
        return report
    }

    /// How many things need each version of the server's own key.
    package func references(in scope: SystemScope) async throws -> [Int: Int] {
        try await stores.sealedRows.references(in: scope)
    }

    /// Seals what lies open or is under a former version, as after a rotation that broke off.
    ///
    /// - Throws: As ``rotate(in:retiring:progress:)``.
    package func reseal(
        in scope: OrganizationScope,
        progress: @escaping Progress = { _, _ in }
    ) async throws -> Report {
        var report = Report(version: try await stores.keyring.keys(in: scope).current?.version ?? 0)
        try await reseal(in: scope, sealingPlain: true, into: &report, progress: progress)
        return report
    }

    /// How many of an organization's things need each version of its key; those that lie open count under 0.
    ///
    /// - Throws: `POSIXError` for a file that can't be read, `DatabaseError`.
    package func references(in scope: OrganizationScope) async throws -> [Int: Int] {
        let counts = try await stores.sealedRows.references(in: scope)
        return try await work.run { [folder] in
            let files =
                try folder.models(in: scope)
                + folder.runs(in: scope).flatMap { try folder.artifacts(of: $0, in: scope) }
            return try files.compactMap { try $0.keyVersion() }.reduce(into: counts) { $0[$1, default: 0] += 1 }
        }
    }

    /// Destroys the former versions that nothing here needs any more, and that have not sealed for a while.
    ///
    /// - Returns: Which those were.
    /// - Throws: As ``references(in:)``: where it is not known what is needed nothing is destroyed.
    package func retire(in scope: OrganizationScope) async throws -> [Int] {
        let former = Set(try await stores.keyring.versions(in: scope).filter { !$0.isCurrent }.map(\.version))
        let needed = Set(try await references(in: scope).keys)
        return try await stores.keyring.retire(former.subtracting(needed), settling: settling, in: scope)
    }

    private func reseal(
        in scope: OrganizationScope,
        sealingPlain sealsPlain: Bool,
        into report: inout Report,
        progress: @escaping Progress
    ) async throws {
        let current = try await stores.keyring.keys(in: scope).current?.version ?? 0
        var files: [SealedFile] = []
        for file in try await self.files(in: scope) {
            do {
                guard let version = try file.keyVersion() else { continue }
                if version == 0 ? sealsPlain : version != current { files.append(file) }
            } catch {
                report.failures.append("\(file.kind.rawValue) \(file.subject): it can't be read (\(error))")
                report.mayOpenLater = true
            }
        }
        let fileCount = files.count
        let rows = try await stores.sealedRows.reseal(in: scope, sealingPlain: sealsPlain) { done, total in
            progress(done, total + fileCount)
        }
        report.add(rows)
        if sealsPlain { report.add(try await stores.deliveryTargets.sealURLs(in: scope)) }
        for (index, file) in files.enumerated() {
            progress(rows.count + index, rows.count + files.count)
            let keys = try await stores.keyring.keys(in: scope)
            let key = try await stores.keyring.sealingKey(in: scope)
            do {
                try await work.run { try file.seal(file.open(with: keys), under: key) }
                report.resealed += 1
            } catch let error as POSIXError where error.code == .ENOENT {
                continue  // It was removed meanwhile.
            } catch let error as KeyError {
                report.failures.append("\(file.kind.rawValue) \(file.subject): \(error.message)")
                if error.isOfServer { report.mayOpenLater = true }
            }
        }
        progress(rows.count + files.count, rows.count + files.count)
    }

    /// All but those of runs that go on, which are still written.
    private func files(in scope: OrganizationScope) async throws -> [SealedFile] {
        var files = try folder.models(in: scope)
        for run in try folder.runs(in: scope) {
            guard try await stores.trainingLogs.byID(run, in: scope)?.state == .completed else { continue }
            files += try folder.artifacts(of: run, in: scope)
        }
        return files
    }
}

extension KeyDesk.Report {
    /// For the audit trail.
    package var metadata: [String: String] {
        [
            "act": "rotate", "version": String(version), "resealed": String(resealed),
            "retired": retired.map(String.init).joined(separator: ","), "failures": String(failures.count),
        ]
    }
}
