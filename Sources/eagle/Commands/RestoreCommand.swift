import ArgumentParser
import Plant
import Serving
import Storage
import Trust

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring an organization back from its backup, all of it or nothing.",
        discussion: """
            While no server runs. The whole file is checked before anything is written. Where the organization is there, \
            nothing is restored, unless --replace puts what the backup holds in the place of what it has now. All sign in \
            anew afterwards, and machines need new keys.
            """
    )

    @Argument(help: ArgumentHelp("The backup.", valueName: "file"))
    var file: String

    @Flag(help: "Replace what the organization has now.")
    var replace = false

    @OptionGroup var directory: DataDirectory

    @Flag(help: "Print what was restored as JSON.")
    var json = false

    func run() async throws {
        // What it says of itself is checked before it is believed; this only chooses the keys to check it with.
        let header = try BackupArchive(file).header
        let scope = directory.scope(of: header.organization)
        let system = SystemScope(for: .administration)
        let stores = try await directory.stores()
        let lock = try DirectoryLock(directory.folder())
        let bar = ProgressBar()
        let wasThere = try await stores.organizations.byID(header.organization, in: system) != nil
        _ = try await BackupRestorer(stores: stores, root: directory.folder()).restore(
            file,
            isReplacing: replace,
            noting: Self.note(header, wasThere: wasThere),
            in: scope,
            system,
            checked: { bar.show("checking", share: Double($0.done) / Double(max(1, $0.total))) },
            restored: { bar.show("restoring", share: Double($0.done) / Double(max(1, $0.total))) }
        )
        ProgressBar.clearLine()
        // What an earlier version's backup has in the open.
        try await Assembly.sealWhatLiesOpen(stores, directory.folder())
        try BackupReport(header, file: file).write(asJSON: json)
        withExtendedLifetime(lock) {}
    }

    /// In the organization's own chain, which ends where the backup did, and in the server's, which does not forget.
    private static func note(_ header: BackupHeader, wasThere: Bool) -> BackupRestorer.Note {
        let event = AuditEvent(
            .config,
            by: .terminal,
            on: "organization:\(header.organization)",
            ["restored": "\(header.id)", "asOf": "\(header.madeAt)", "replaced": wasThere ? "yes" : "no"]
        )
        return BackupRestorer.Note(event, at: SystemTime().now)
    }
}
