import ArgumentParser
import Foundation
import Plant
import Serving
import Storage
import Trust

extension OrganizationCommand {
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase an organization, its keys and its backups with it, and certify it.",
            discussion: """
                There is no way back. The server does it if one runs, else this command; broken off, it goes on at the \
                next start or when this is asked again. Asked again when it is done, it writes the certificate again. \
                The slug is never given again on this server.
                """
        )

        @Argument(help: ArgumentHelp("The organization.", valueName: "slug"))
        var slug: String

        @Option(help: ArgumentHelp("Where the signed certificate of erasure goes.", valueName: "file"))
        var certificate: String

        @Option(help: ArgumentHelp("The slug once more, so that nobody is asked.", valueName: "slug"))
        var confirm: String?

        @OptionGroup var directory: DataDirectory

        func run() async throws {
            let stores = try await directory.stores()
            let system = SystemScope(for: .administration)
            let id: ID<Organization>
            if let found = try await stores.organizations.bySlug(slug, in: system) {
                if try await stores.erasures.byID(found.id, in: system) == nil { try requireConsent(to: found) }
                id = found.id
                let record = TerminalRecord(stores, in: .server(system))
                try await record.of("organization delete", on: "organization:\(id)", as: .erasure, ["slug": slug]) {
                    _ = try await stores.erasures.begin(id, by: .terminal, at: SystemTime().now, in: system)
                }
            } else if let former = try await stores.erasures.bySlug(slug, in: system) {
                id = former.organization
            } else {
                throw CommandError("there is no organization '\(slug)': eagle organization list shows them")
            }
            let text = try await certified(id, stores, system)
            ProgressBar.clearLine()
            try OutputFile.write(Array(text.utf8), to: certificate)
            Console.write("\(slug) \(id) was erased; the certificate is in \(certificate)")
        }

        private func requireConsent(to organization: Organization) throws {
            var given = confirm
            if given == nil, isatty(STDIN_FILENO) == 1 {
                Console.note("This erases '\(slug)' for good, its keys and backups with it. Type its slug to go on:")
                given = readLine()
            }
            guard given == organization.slug else {
                throw CommandError("nothing was erased: confirm it with --confirm \(slug)")
            }
        }

        /// Erases it here where no server does, else waits for the one that runs.
        private func certified(
            _ id: ID<Organization>,
            _ stores: Stores,
            _ system: SystemScope
        ) async throws -> String {
            let bar = ProgressBar()
            while true {
                if let lock = try? DirectoryLock(directory.folder()) {
                    defer { withExtendedLifetime(lock) {} }
                    let text = try await directory.erasureWork(stores).carryOut(in: directory.scope(of: id), system) {
                        bar.show($0.step.rawValue, share: 0, counted: "\($0.rowCount) rows")
                    }
                    return text
                }
                guard let erasure = try await stores.erasures.byID(id, in: system) else {
                    throw CommandError("the erasure of '\(slug)' is not known any more")
                }
                if let text = erasure.certificate { return text }
                let rowCount = erasure.progress.tables.values.reduce(0, +)
                bar.show("the server erases it", share: 0, counted: "\(rowCount) rows")
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the database anew, so that nothing of erased organizations is left between its rows.",
            discussion: """
                While no server runs. A small database is compacted with each erasure; a large one would keep all \
                organizations waiting, and is compacted by this. Certificates that said so are signed anew: eagle \
                organization delete SLUG --certificate FILE writes them again.
                """
        )

        @OptionGroup var directory: DataDirectory

        func run() async throws {
            let stores = try await directory.stores()
            let lock = try DirectoryLock(directory.folder())
            let renewed = try await directory.erasureWork(stores).compact(
                SystemScope(for: .administration),
                scope: directory.scope
            )
            for erasure in renewed { Console.write("\(erasure.slug) \(erasure.organization)") }
            Console.note("the database was written anew; \(renewed.count) certificates say so now")
            withExtendedLifetime(lock) {}
        }
    }
}

extension DataDirectory {
    /// The erasing of organizations by this process, for which nobody waits.
    fileprivate func erasureWork(_ stores: Stores) throws -> ErasureWork {
        let folder = try folder()
        return ErasureWork(
            stores: stores,
            root: folder,
            identity: try ServerIdentityFile.load(directory: folder),
            time: SystemTime(),
            version: Version.text,
            compactedByteCountMax: .max
        )
    }
}
