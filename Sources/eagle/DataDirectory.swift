import ArgumentParser
import Plant
import Storage
import Trust

/// Where a server keeps what it keeps.
struct DataDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("The server's data directory.", valueName: "folder"))
    var path: String?

    var folder: String { path ?? ServerConfiguration().dataDirectory }

    func stores() async throws -> Stores { try await Assembly.openStores(folder) }

    /// Where the organizations' models lie.
    var modelFolder: String { folder + "/models" }

    /// A server's stores, to be read and not written beside it, and one organization, or all.
    func openForReading(organization: String?) async throws -> (stores: Stores, scopes: [OrganizationScope]) {
        let stores = try Assembly.openStoresForReading(folder)
        let system = SystemScope(for: .administration)
        guard let organization else {
            let all = try await stores.organizations.all(in: system)
            return (stores, all.map { OrganizationScope(provenFor: $0.id) })
        }
        guard let found = try await stores.organizations.bySlug(organization, in: system) else {
            throw CommandError("there is no organization '\(organization)': eagle organization list shows them")
        }
        return (stores, [OrganizationScope(provenFor: found.id)])
    }
}

/// One organization of a server on this machine, whose files whoever calls has in hand.
struct OrganizationOnDisk: ParsableArguments {
    @Option(help: ArgumentHelp("The organization.", valueName: "slug"))
    var organization: String

    @OptionGroup var directory: DataDirectory

    func open() async throws -> (stores: Stores, scope: OrganizationScope) {
        try await Self.open(organization, in: directory)
    }

    static func open(
        _ organization: String,
        in directory: DataDirectory
    ) async throws -> (stores: Stores, scope: OrganizationScope) {
        let stores = try await directory.stores()
        guard let found = try await stores.organizations.bySlug(organization, in: SystemScope(for: .administration))
        else {
            throw CommandError("there is no organization '\(organization)': eagle organization list shows them")
        }
        return (stores, OrganizationScope(provenFor: found.id))
    }

    /// Whoever is at the terminal, for the plant's records.
    static let author = "the server's administrator"
}
