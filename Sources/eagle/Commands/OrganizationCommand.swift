import ArgumentParser
import Plant
import Serving
import Storage
import Trust

struct OrganizationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization",
        abstract: "Make, list and erase organizations, in a server's data directory.",
        discussion: "Works while the server runs.",
        subcommands: [Create.self, List.self, QuotaCommand.self, Delete.self, Compact.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an organization.")

        @Argument(help: ArgumentHelp("How schemas and commands call it, such as northwind.", valueName: "slug"))
        var slug: String

        @Option(help: "How people call it.")
        var name: String?

        @OptionGroup var directory: DataDirectory

        func validate() throws {
            guard Organization.isSlug(slug) else {
                throw ValidationError("'\(slug)' is not a slug: use lower-case letters, digits and hyphens, 63 at most")
            }
        }

        func run() async throws {
            let stores = try await directory.stores()
            let scope = SystemScope(for: .administration)
            let record = TerminalRecord(stores, in: .server(scope))
            let organization = try await record.of("organization create", on: "organizations", ["slug": slug]) {
                try await stores.organizations.create(
                    slug: slug,
                    name: name ?? slug,
                    at: SystemTime().now,
                    in: scope
                )
            }
            Console.write("\(organization.slug) \(organization.id)")
            Console.note("Next: eagle user create --email ... --role ADMIN --organization \(slug)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the organizations.")

        @OptionGroup var directory: DataDirectory

        @Flag(help: "Print them as JSON.")
        var json = false

        func run() async throws {
            let all = try await directory.stores().organizations.all(in: SystemScope(for: .administration))
            if json { return try Console.writeJSON(all) }
            for organization in all { Console.write("\(organization.slug) \(organization.id) \(organization.name)") }
        }
    }
}
