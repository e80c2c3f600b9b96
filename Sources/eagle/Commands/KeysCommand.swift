import ArgumentParser
import Foundation
import Plant
import Serving
import Storage
import Trust

/// The keys under which a server's data directory is sealed.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show and change the keys under which the server's things are sealed.",
        discussion: """
            Works while the server runs. Each organization has a data key of its own, in versions; all are wrapped under \
            the master key. docs/keys.md says what is sealed, and how to keep and change the master key.
            """,
        subcommands: [List.self, Rotate.self, Rewrap.self]
    )

    /// One organization, or all, or the server itself.
    struct Choice: ParsableArguments {
        @Option(help: ArgumentHelp("The organization.", valueName: "slug"))
        var organization: String?

        @Flag(help: "All organizations.")
        var all = false

        @Flag(help: "The server's own key, which seals the second factors of those who run it.")
        var server = false

        @OptionGroup var directory: DataDirectory

        func validate() throws {
            guard [organization != nil, all, server].count(where: { $0 }) == 1 else {
                throw ValidationError("give --organization, --all or --server")
            }
        }

        /// By slug.
        func open() async throws -> (stores: Stores, tenants: [(slug: String, scope: OrganizationScope)]) {
            guard !server else { return (try await directory.stores(), []) }
            let (stores, tenants) = try await directory.open(organization: organization)
            return (stores, tenants.map { (slug: $0.key.slug, scope: $0.value) }.sorted { $0.slug < $1.slug })
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The versions of data keys: how old, how often used, what needs them; never a key."
        )

        @OptionGroup var choice: Choice

        @Flag(help: "Print them as JSON.")
        var json = false

        func run() async throws {
            let (stores, tenants) = try await choice.open()
            let desk = KeyDesk(stores: stores, dataDirectory: try choice.directory.configuration().dataDirectory)
            var documents: [KeysText.Document] = []
            for tenant in tenants {
                let versions = try await stores.keyring.versions(in: tenant.scope)
                let needed = try await desk.references(in: tenant.scope)
                documents += versions.map { KeysText.Document(tenant.slug, $0, needed: needed[$0.version] ?? 0) }
            }
            if choice.server {
                let system = SystemScope(for: .administration)
                let needed = try await desk.references(in: system)
                documents = try await stores.keyring.versions(in: system).map {
                    KeysText.Document(KeysText.server, $0, needed: needed[$0.version] ?? 0)
                }
            }
            if json { return try Console.writeJSON(documents) }
            if documents.isEmpty { Console.note("Nothing has been sealed yet.") }
            for document in documents { Console.write(document.line) }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new version of organizations' data keys, and seal all that they have anew.",
            discussion: """
                Former versions stay: backups that were made under them need them. With --retire those are destroyed that \
                nothing in the data directory needs any more and that were changed more than ten minutes ago; what backups \
                hold under them is then unreadable for good. A run that broke off is finished by the next. Exit code 3 \
                where something can't be opened; it says what, and stays as it is.
                """
        )

        @OptionGroup var choice: Choice

        @Flag(help: "Destroy former versions that nothing in the data directory needs any more.")
        var retire = false

        @Flag(help: "Print what was done as JSON.")
        var json = false

        func validate() throws {
            if retire, choice.server {
                throw ValidationError("former versions of the server's own key stay: leave --retire out")
            }
        }

        func run() async throws {
            let (stores, tenants) = try await choice.open()
            let desk = KeyDesk(stores: stores, dataDirectory: try choice.directory.configuration().dataDirectory)
            let bar = ProgressBar()
            var rotations: [KeysText.Rotation] = []
            for tenant in tenants {
                // Its chain goes with it, and takes nothing more.
                guard try await stores.keyring.destruction(in: tenant.scope) == nil else { continue }
                let report: KeyDesk.Report
                do {
                    let record = TerminalRecord(stores, in: tenant.scope)
                    report = try await record.of("keys rotate", on: "keys", as: .key, ["act": "rotate"]) {
                        try await desk.rotate(in: tenant.scope, retiring: retire) { done, total in
                            let share = total > 0 ? Double(done) / Double(total) : 1
                            bar.show("sealing \(tenant.slug)", share: share, counted: "\(done)/\(total)")
                        }
                    } telling: {
                        $0.metadata
                    }
                } catch let error as KeyError where error.code == .destroyed {
                    continue  // It is being erased.
                }
                rotations.append(KeysText.Rotation(tenant.slug, report))
            }
            if choice.server {
                let system = SystemScope(for: .administration)
                let record = TerminalRecord(stores, in: .server(system))
                let report = try await record.of("keys rotate", on: "keys", as: .key, ["act": "rotate"]) {
                    try await desk.rotate(in: system)
                } telling: {
                    $0.metadata
                }
                rotations.append(KeysText.Rotation(KeysText.server, report))
            }
            ProgressBar.clearLine()
            if json { try Console.writeJSON(rotations) } else { for one in rotations { Console.write(one.text) } }
            if rotations.contains(where: { !$0.failures.isEmpty }) { throw ExitCode.wanting }
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap all data keys under the first of the master keys; what they sealed is not touched.",
            discussion: """
                To change the master key: put the new one before the former, each on a line of its own, where the server \
                looks for it; restart the server where that is the environment; run this; take the former away. A run that \
                broke off is begun again where it was.
                """
        )

        @OptionGroup var directory: DataDirectory

        @Flag(help: "Print what was done as JSON.")
        var json = false

        private struct Document: Encodable { let rewrapped: Int }

        func run() async throws {
            let stores = try await directory.stores()
            let bar = ProgressBar()
            let system = SystemScope(for: .administration)
            let record = TerminalRecord(stores, in: .server(system))
            let count = try await record.of("keys rewrap", on: "keys", as: .key, ["act": "rewrap"]) {
                try await stores.keyring.rewrap(in: system) { done, total in
                    let share = total > 0 ? Double(done) / Double(total) : 1
                    bar.show("wrapping keys", share: share, counted: "\(done)/\(total)")
                }
            } telling: {
                ["count": String($0)]
            }
            ProgressBar.clearLine()
            if json { return try Console.writeJSON(Document(rewrapped: count)) }
            Console.write("\(count) keys wrapped anew; no other master key is needed any more")
        }
    }
}

/// Keys as a person reads them.
enum KeysText {
    /// In the place of an organization's slug, and none itself.
    static let server = "(server)"

    struct Document: Encodable {
        let organization: String
        let version: Int
        let keyID: KeyID
        let masterID: KeyID
        let cause: KeyVersion.Cause
        let madeAt: Instant
        let uses: Int
        let isCurrent: Bool
        /// Things in the data directory that only this version opens.
        let neededBy: Int

        init(_ slug: String, _ key: KeyVersion, needed: Int) {
            organization = slug
            version = key.version
            keyID = key.id
            masterID = key.masterID
            cause = key.cause
            madeAt = key.madeAt
            uses = key.uses
            isCurrent = key.isCurrent
            neededBy = needed
        }

        var line: String {
            "\(organization)  version \(version)\(isCurrent ? ", current" : "")  key \(keyID)  under \(masterID)  made "
                + "\(madeAt) (\(cause.rawValue))  at most \(uses) uses  needed by \(neededBy)"
        }
    }

    struct Rotation: Encodable {
        let organization: String
        let version: Int
        let resealed: Int
        let retired: [Int]
        let failures: [String]

        init(_ slug: String, _ report: KeyDesk.Report) {
            organization = slug
            version = report.version
            resealed = report.resealed
            retired = report.retired
            failures = report.failures
        }

        var text: String {
            let gone = retired.isEmpty ? "" : ", versions \(retired.map(String.init).joined(separator: ", ")) destroyed"
            let lines = ["\(organization)  version \(version) seals now; \(resealed) things sealed anew\(gone)"]
            return (lines + failures.map { "  can't be opened: \($0)" }).joined(separator: "\n")
        }
    }
}
