import ArgumentParser
import Foundation
import Plant
import Serving
import Storage
import Trust
import Web

/// What happened in an organization, or on the server, and the proof that nobody changed it since.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read, export and verify what happened.",
        discussion: "All but verify work in a server's data directory, also while the server runs.",
        subcommands: [List.self, Export.self, AuditVerifyCommand.self, Key.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest entries of a chain.")

        @OptionGroup var place: AuditPlaceOnDisk

        @Option(help: ArgumentHelp("Only of this action, such as LOGIN or CONFIG.", valueName: "action"))
        var action: AuditAction?

        @Option(help: ArgumentHelp("Only of this actor, such as user:<id> or terminal.", valueName: "actor"))
        var actor: String?

        @Option(help: ArgumentHelp("Only on this resource.", valueName: "resource"))
        var resource: String?

        @Option(help: ArgumentHelp("Only from this time on.", valueName: "time"))
        var from: String?

        @Option(help: ArgumentHelp("Only before this time.", valueName: "time"))
        var until: String?

        @Option(help: "How many, 1 to \(PageLimit.max).")
        var limit = 50

        @Flag(help: "Print them as JSON.")
        var json = false

        func validate() throws {
            guard (1...PageLimit.max).contains(limit) else {
                throw ValidationError("--limit must be from 1 to \(PageLimit.max)")
            }
            for text in [from, until].compactMap(\.self) where Instant(text) == nil {
                throw ValidationError("'\(text)' is no time such as 2026-01-31T06:00:00Z")
            }
        }

        func run() async throws {
            let (stores, place) = try await place.open()
            let filter = AuditFilter(
                action: action,
                actor: actor,
                resource: resource,
                from: from.flatMap { Instant($0) },
                to: until.flatMap { Instant($0) }
            )
            let page = try await stores.audit.page(filter, limit: limit, in: place)
            var names: [String: String] = [:]
            if case .organization(let scope) = place {
                for user in try await stores.users.list(in: scope) { names[Actor.user(user.id).text] = user.email }
            }
            if json { return try Console.writeJSON(page.elements.map { AuditDocument($0, names: names) }) }
            for entry in page.elements { Console.write(AuditText.line(entry, names: names)) }
            if page.elements.isEmpty { Console.note("There is no such entry.") }
            if page.next != nil { Console.note("There are more: see --limit.") }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a whole chain to a file that anybody can verify.",
            discussion: "NDJSON, one entry a line, ending in a head that the server signs: see docs/audit.md."
        )

        @OptionGroup var place: AuditPlaceOnDisk

        @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
        var output: String

        func run() async throws {
            let (stores, place) = try await place.open()
            let identity = try ServerIdentityFile.load(directory: self.place.directory.folder())
            let now = SystemTime().now
            try await stores.audit.append(
                AuditEvent(.export, by: .terminal, on: "audit", ["means": "eagle audit export"]),
                at: now,
                in: place
            )
            var export = try await stores.audit.export(at: now, signedBy: identity, in: place)
            let file = try AuditFileWriter(path: output)
            let progress = ProgressBar()
            do {
                while let lines = try await export.next() {
                    try file.write(lines)
                    let share = Double(export.number) / Double(max(export.entryCount, 1))
                    progress.show("export", share: share, counted: "\(export.number)/\(export.entryCount)")
                }
                try file.finish()
            } catch {
                file.abandon()
                throw error
            }
            ProgressBar.clearLine()
            Console.write("\(export.entryCount) entries are written to \(output): eagle audit verify \(output)")
        }
    }

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the public key by which exports are verified.",
            discussion: "Ed25519, 64 hexadecimal digits. Give it to whoever verifies, by another way than the export."
        )

        @OptionGroup var directory: DataDirectory

        func run() async throws {
            let folder = try directory.folder()
            guard FileManager.default.fileExists(atPath: folder) else {
                throw CommandError("there is no data directory '\(folder)'")
            }
            let identity = try ServerIdentityFile.load(directory: folder)
            Console.write(AuditHexadecimal.text(identity.publicKey))
        }
    }
}

extension AuditAction: ExpressibleByArgument {}

/// One chain of a server on this machine.
struct AuditPlaceOnDisk: ParsableArguments {
    @Option(help: ArgumentHelp("The organization whose chain is meant.", valueName: "slug"))
    var organization: String?

    @Flag(help: "The server's own chain.")
    var server = false

    @OptionGroup var directory: DataDirectory

    func validate() throws {
        guard (organization != nil) != server else { throw ValidationError("say --organization <slug> or --server") }
    }

    func open() async throws -> (stores: Stores, place: AuditPlace) {
        guard let organization else {
            return (try await directory.stores(), .server(SystemScope(for: .administration)))
        }
        let (stores, scope) = try await OrganizationOnDisk.open(organization, in: directory)
        return (stores, .organization(scope))
    }
}
