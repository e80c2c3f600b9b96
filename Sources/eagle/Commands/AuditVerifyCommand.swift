import ArgumentParser
import Foundation
import Plant
import Storage
import Trust

/// Goes over an export, and names the first broken entry.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check an export, and name the first broken entry.",
        discussion: """
            Needs the file alone, no server. With --predictions it also compares what the chain says of predictions with \
            those that a data directory keeps. Exit code 0 where all is whole, 3 where something is not.
            """
    )

    @Argument(help: ArgumentHelp("The export.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The server's public key, as 'eagle audit key' prints it.", valueName: "file"))
    var key: String?

    @Flag(help: "Compute the PREDICTION entries anew, from the predictions in --data.")
    var predictions = false

    @OptionGroup var directory: DataDirectory

    @Flag(help: "Print the report as JSON.")
    var json = false

    func validate() throws {
        guard predictions == (directory.path != nil) else {
            throw ValidationError("--predictions and --data go together")
        }
    }

    func run() async throws {
        let export = AuditFile(path: file)
        // Whose chain it is, the signed end says better than a first line that may be another's.
        let end = try export.end()
        var verification = AuditVerification(of: end?.chain, publicKey: try publicKey())
        let kept = try await keptPredictions(of: end?.chain)
        let progress = ProgressBar()
        try await export.forEachLine { line, isTerminated, share in
            progress.show("verify", share: share)
            guard let entry = verification.take(line, isTerminated: isTerminated), let kept else { return }
            try await compare(entry, with: kept, &verification)
        }
        ProgressBar.clearLine()
        let report = verification.finish()
        if json { try Console.writeJSON(report) } else { Console.write(AuditText.verdict(report)) }
        if !report.isWhole { throw ExitCode.wanting }
    }

    private func publicKey() throws -> [UInt8]? {
        guard let key else { return nil }
        let text = String(decoding: try OutputFile.read(key), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = AuditHexadecimal.bytes(text), bytes.count == 32 else {
            throw CommandError("\(key) holds no public key: 64 hexadecimal digits, as 'eagle audit key' prints them")
        }
        return bytes
    }

    private typealias Kept = (stores: Stores, scope: OrganizationScope)

    private func keptPredictions(of chain: AuditChain?) async throws -> Kept? {
        guard predictions else { return nil }
        guard case .organization(let id)? = chain else {
            throw CommandError("\(file) does not end as an organization's export: there are no predictions to compare")
        }
        let (stores, scopes) = try await directory.openForReading(organization: nil)
        guard let scope = scopes.first(where: { $0.id == id }) else {
            throw CommandError("the data directory has no organization \(id)")
        }
        return (stores, scope)
    }

    private func compare(_ entry: AuditEntry, with kept: Kept, _ verification: inout AuditVerification) async throws {
        guard let found = try await kept.stores.audit.recomputedPredictions(of: entry, in: kept.scope) else { return }
        let count = entry.metadata["count"] ?? ""
        guard String(found.count) != count || found.hash.hexadecimal != entry.metadata["sha256"] else { return }
        let detail =
            String(found.count) == count
            ? "the \(count) predictions that are kept are not those it tells of"
            : "it tells of \(count) predictions, \(found.count) are kept"
        verification.find(.predictionsDiffer, entry: entry.number, detail)
    }
}
