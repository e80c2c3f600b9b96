import Alarms
import ArgumentParser
import Connectors
import Models
import Plant
import Serving
import Storage
import Web

/// The failures that an organization knows of.
struct FailuresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failures",
        abstract: "Record failures, list them, and take back what was wrongly recorded.",
        discussion: "Works while the server runs. The next training and all accuracy go by them.",
        subcommands: [Import.self, List.self, Remove.self]
    )

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record the failures of a file, all or none.",
            discussion: """
                The file is CSV: asset,timestamp,component and optionally end; .gz is unpacked. Times without a zone are \
                the schema's. The same failure again changes nothing.
                """
        )

        @Argument(help: ArgumentHelp("The failures.", valueName: "csv"))
        var file: String

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Print the counts as JSON.")
        var json = false

        private struct Receipt: Encodable {
            let received: Int
            let recorded: Int
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            guard let stored = try await stores.schemas.current(in: scope) else {
                throw CommandError("the organization has no schema yet: put one first")
            }
            let schema = try SchemaText.document(stored.document).schema
            let failures = try FailuresFile.load(path: file, schema: schema)
            let metadata = ["count": String(failures.count)]
            let (author, now) = (OrganizationOnDisk.author, SystemTime().now)
            let count = try await TerminalRecord(stores, in: scope).of("failures import", on: "failures", metadata) {
                try await stores.failures.record(failures, by: author, at: now, in: scope)
            }
            if json { return try Console.writeJSON(Receipt(received: failures.count, recorded: count)) }
            Console.write("\(count) recorded, \(failures.count - count) known already")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest failures.")

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("Only of this asset.", valueName: "name"))
        var asset: String?

        @Option(help: "How many, 1 to \(PageLimit.max).")
        var limit = 20

        @Flag(help: "Print them as JSON.")
        var json = false

        func validate() throws {
            guard (1...PageLimit.max).contains(limit) else {
                throw ValidationError("--limit must be from 1 to \(PageLimit.max)")
            }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            let failures = try await stores.failures.page(asset: asset, limit: limit, in: scope).elements
            if json { return try Console.writeJSON(failures.map { FailureDocument($0) }) }
            if failures.isEmpty { Console.note("No failure is recorded: eagle failures import records some.") }
            for failure in failures {
                let event = failure.event
                let end = event.end > event.start ? " to \(event.end)" : ""
                let by = failure.recordedBy.map { ", recorded by \($0)" } ?? ""
                Console.write("\(event.start)\(end)  \(event.asset)  \(event.component ?? "-")\(by)")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take back a failure that was wrongly recorded.",
            discussion: "What it was stays in the list of corrections, with who took it back and why."
        )

        @Option(help: ArgumentHelp("The asset.", valueName: "name"))
        var asset: String

        @Option(help: ArgumentHelp("When it began; in the schema's zone where it names none.", valueName: "time"))
        var start: InstantArgument

        @Option(help: ArgumentHelp("The component, if one is recorded.", valueName: "name"))
        var component: String?

        @Option(help: ArgumentHelp("Why, in 2000 bytes at most.", valueName: "text"))
        var reason: String

        @OptionGroup var place: OrganizationOnDisk

        func validate() throws {
            guard (1...2_000).contains(reason.utf8.count) else {
                throw ValidationError("--reason must have 1 to 2000 bytes")
            }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            let schema = try await stores.schemas.current(in: scope).map { try SchemaText.document($0.document) }?
                .schema
            let start = try start.instant(asIn: schema)
            let failure = FailurePlace(asset: asset, start: start, component: component)
            let metadata = ["asset": asset, "start": "\(start)"]
            do {
                try await TerminalRecord(stores, in: scope).of("failures remove", on: "failures", metadata) {
                    _ = try await stores.failures.correct(
                        failure,
                        to: nil,
                        because: reason,
                        by: OrganizationOnDisk.author,
                        at: SystemTime().now,
                        in: scope
                    )
                }
            } catch let error as StorageError where error.code == .notFound {
                throw CommandError("\(error.message): eagle failures list shows them")
            }
            Console.write("taken back")
        }
    }
}
