import ArgumentParser
import Plant
import Serving
import Storage
import Trust

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write all that an organization has into one file, sealed under its key.",
        discussion: """
            Works while the server runs, and holds nobody up: it is one state of the organization, however long that \
            takes. The keyring is not in it: keep that elsewhere, since nothing else opens the file. Sessions and keys of \
            machines are not in it either; see docs/backup.md.
            """
    )

    @OptionGroup var place: OrganizationOnDisk

    @Option(help: ArgumentHelp("The backup to write.", valueName: "file"))
    var output: String

    @Flag(help: "Print what was written as JSON.")
    var json = false

    func run() async throws {
        let (stores, scope) = try await place.open()
        let bar = ProgressBar()
        let maker = BackupMaker(stores: stores, root: try place.directory.folder(), version: Version.text)
        let record = TerminalRecord(stores, in: scope)
        let header = try await record.of("backup", on: "organization:\(scope.id)", as: .export) {
            try await maker.make(to: output, at: SystemTime().now, in: scope) { progress in
                bar.show("writing", share: Double(progress.done) / Double(max(1, progress.total)))
            }
        } telling: {
            ["backup": "\($0.id)"]
        }
        ProgressBar.clearLine()
        try BackupReport(header, file: output).write(asJSON: json)
    }
}

/// What a backup holds, for who made or restored one.
struct BackupReport: Encodable {
    let file: String
    let backup: ID<Backup>
    let organization: ID<Organization>
    let slug: String
    let madeAt: Instant
    let rows: Int
    let files: Int
    let fileBytes: Int
    let tables: [String: Int]

    init(_ header: BackupHeader, file: String) {
        self.file = file
        backup = header.id
        organization = header.organization
        slug = header.slug
        madeAt = header.madeAt
        rows = header.rowCount
        files = header.files.count
        fileBytes = header.fileByteCount
        tables = Dictionary(uniqueKeysWithValues: header.tables.map { ($0.name, $0.rows) })
    }

    func write(asJSON json: Bool) throws {
        if json { return try Console.writeJSON(self) }
        Console.write("\(slug) as of \(madeAt): \(rows) rows, \(files) files (\(fileBytes) bytes)")
    }
}
