import ArgumentParser
import Plant
import Storage
import Trust

/// Where a server keeps what it keeps.
struct DataDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("The server's data directory.", valueName: "folder"))
    var path: String?

    func stores() async throws -> Stores { try await Assembly.openStores(path ?? ServerConfiguration().dataDirectory) }
}

/// One organization of a server on this machine, whose files whoever calls has in hand.
struct OrganizationOnDisk: ParsableArguments {
    @Option(help: ArgumentHelp("The organization.", valueName: "slug"))
    var organization: String

    @OptionGroup var directory: DataDirectory

    func open() async throws -> (stores: Stores, scope: OrganizationScope) {
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
