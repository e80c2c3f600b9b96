import Alarms
import ArgumentParser
import Delivery
import Plant
import Serving
import Storage

/// By which rules an organization's alerts go to its targets.
struct DeliveryPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract:
            "Say which alarms go to which targets, when they are quiet, and who is told when nobody acknowledges.",
        subcommands: [Show.self, Set.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The policy that holds, as JSON.")

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let (stores, scope) = try await place.open()
            let stored = try await stores.deliveryPolicies.current(in: scope)
            try Console.writeJSON(stored.policy)
            guard let by = stored.changedBy, let at = stored.changedAt else {
                return Console.note("Nobody has put another: this is the standard.")
            }
            Console.note("Version \(stored.version), by \(by), \(at)")
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a policy, for alerts that come from now on.")

        @Argument(help: ArgumentHelp("The policy, YAML or JSON; - for standard input.", valueName: "file"))
        var file: String

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let (stores, scope) = try await place.open()
            let policy = try DocumentFile.read(DeliveryPolicy.self, path: file)
            if let (name, path) = policy.timeZones.first(where: { DeliveryZones.named($0.name) == nil }) {
                throw ValidationError("\(path.joined(separator: ".")): '\(name)' is no IANA time zone")
            }
            let record = TerminalRecord(stores, in: scope)
            let version = try await record.of("delivery policy set", on: "delivery-policy") {
                try await stores.deliveryPolicies.put(
                    policy,
                    by: OrganizationOnDisk.author,
                    at: SystemTime().now,
                    in: scope
                ).version
            }
            Console.write("version \(version) holds")
        }
    }
}
