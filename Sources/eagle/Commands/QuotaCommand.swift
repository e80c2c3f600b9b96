import ArgumentParser
import Plant
import Serving
import Storage
import Trust

/// Shows and changes what one organization may have and do only so much of.
struct QuotaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quota",
        abstract: "Show or change an organization's quotas.",
        discussion: """
            Without options it shows them. A running server goes by what is changed here within a second. \
            The server's own settings, quotas in eagle.yaml, hold wherever the organization has none.
            """
    )

    @Argument(help: ArgumentHelp("The organization.", valueName: "slug"))
    var organization: String

    @Option(help: "Rows that come in by the second.")
    var readingsPerSecond: Int?

    @Option(help: "Rows at once, after a quiet time.")
    var readingsBurst: Int?

    @Option(help: "Rows that are kept.")
    var rowsKept: Int?

    @Option(help: "Models.")
    var models: Int?

    @Option(help: "Training runs queued within 24 hours.")
    var trainingRunsPerDay: Int?

    @Option(help: "WebSockets open at once.")
    var streams: Int?

    @Option(help: "Users.")
    var users: Int?

    @Option(help: "API keys.")
    var apiKeys: Int?

    @Option(help: "Delivery targets.")
    var deliveryTargets: Int?

    @Option(help: "Requests of the API by the second.")
    var requestsPerSecond: Int?

    @Option(help: "Requests at once, after a quiet time.")
    var requestsBurst: Int?

    @Option(
        name: .customLong("default"),
        parsing: .upToNextOption,
        help: ArgumentHelp("Quotas that are the server's again, by the name that is shown.", valueName: "quota")
    )
    var defaults: [Quota] = []

    @Flag(help: "Print them as JSON.")
    var json = false

    @OptionGroup var directory: DataDirectory

    private var changes: [Quota: Int?] {
        let given: [(Quota, Int?)] = [
            (.readingsPerSecond, readingsPerSecond), (.readingsBurst, readingsBurst), (.rowsKept, rowsKept),
            (.models, models), (.trainingRunsPerDay, trainingRunsPerDay), (.streams, streams), (.users, users),
            (.apiKeys, apiKeys), (.deliveryTargets, deliveryTargets), (.requestsPerSecond, requestsPerSecond),
            (.requestsBurst, requestsBurst),
        ]
        var changes: [Quota: Int?] = [:]
        for quota in defaults { changes.updateValue(nil, forKey: quota) }
        for case (let quota, let value?) in given { changes.updateValue(value, forKey: quota) }
        return changes
    }

    func validate() throws {
        do throws(SchemaProblem) { _ = try QuotaSettings().changed(by: changes) } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        let (stores, scope) = try await OrganizationOnDisk.open(organization, in: directory)
        var settings = try await stores.quotas.current(in: scope)?.settings ?? QuotaSettings()
        if !changes.isEmpty {
            settings = try settings.changed(by: changes)
            var metadata: [String: String] = [:]
            for (quota, value) in changes { metadata[quota.rawValue] = value.map(String.init) ?? "default" }
            try await TerminalRecord(stores, in: scope).of("organization quota", on: "quota", metadata) { [settings] in
                try await stores.quotas.put(settings, by: "terminal", at: SystemTime().now, in: scope)
            }
        }
        let use = try await stores.quotas.use(at: SystemTime().now, in: scope)
        if json { return try Console.writeJSON(Answer(organization: organization, settings: settings, use: use)) }
        for quota in Quota.allCases {
            let limit = settings[quota].map(String.init) ?? "the server's"
            let used = use[quota].map { ", \($0) used" } ?? ""
            Console.write("\(quota.rawValue): \(limit)\(used)")
        }
    }

    private struct Answer: Encodable {
        let organization: String
        let settings: QuotaSettings
        let use: [String: Int]

        init(organization: String, settings: QuotaSettings, use: [Quota: Int]) {
            self.organization = organization
            self.settings = settings
            self.use = Dictionary(uniqueKeysWithValues: use.map { ($0.key.rawValue, $0.value) })
        }
    }
}

extension Quota: ExpressibleByArgument {}
