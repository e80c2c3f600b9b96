import ArgumentParser
import Plant
import Storage
import Trust

/// Where a server keeps what it keeps.
struct DataDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: ArgumentHelp("The server's data directory.", valueName: "folder"))
    var path: String?

    @Option(
        help: ArgumentHelp(
            "The server's settings, YAML: its data directory, and where its master key comes from.",
            valueName: "file"
        )
    )
    var config: String?

    /// The server's settings, with the options before them.
    func configuration() throws -> ServerConfiguration {
        var configuration = try config.map { try ServerConfiguration.load(path: $0) } ?? ServerConfiguration()
        if let path { configuration.dataDirectory = path }
        return configuration
    }

    func stores() async throws -> Stores {
        let configuration = try configuration()
        return try await Assembly.openStores(configuration.dataDirectory, keys: configuration.keys)
    }

    /// Proof for whoever calls, who has the organization's files in hand.
    func scope(of organization: ID<Organization>) -> OrganizationScope { OrganizationScope(provenFor: organization) }

    /// The chain in which stands what is done to what is an organization's, or the server's own.
    func place(of organization: ID<Organization>?) -> AuditPlace {
        organization.map { .organization(scope(of: $0)) } ?? .server(SystemScope(for: .administration))
    }

    /// What an organization may have: by its own quotas, else by those of the settings, where they are given.
    func limits(of scope: OrganizationScope, _ stores: Stores) async throws -> QuotaLimits {
        let own = try await stores.quotas.current(in: scope)?.settings ?? QuotaSettings()
        return QuotaLimits(server: try configuration().quotas, own: own)
    }

    func folder() throws -> String { try configuration().dataDirectory }

    /// Where the organizations' models lie.
    func modelFolder() throws -> String { try folder() + "/models" }

    /// A server's stores, and one organization, or all.
    func open(organization: String?) async throws -> (stores: Stores, tenants: [Organization: OrganizationScope]) {
        let stores = try await stores()
        let all = try await stores.organizations.all(in: SystemScope(for: .administration))
        let meant = all.filter { organization == nil || $0.slug == organization }
        if let organization, meant.isEmpty {
            throw CommandError("there is no organization '\(organization)': eagle organization list shows them")
        }
        return (stores, Dictionary(meant.map { ($0, OrganizationScope(provenFor: $0.id)) }) { $1 })
    }

    /// A server's stores, to be read and not written beside it, and one organization, or all.
    func openForReading(organization: String?) async throws -> (stores: Stores, scopes: [OrganizationScope]) {
        let configuration = try configuration()
        let stores = try await Assembly.openStoresForReading(configuration.dataDirectory, keys: configuration.keys)
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
