import Alarms
import ArgumentParser
import Delivery
import Plant
import Serving
import Storage
import Trust
import Web

/// Whom an organization's alerts are brought to.
struct DeliveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery",
        abstract: "Say whom an organization's alerts are brought to, and see what did not get there.",
        discussion: """
            Works while the server runs, in a server's data directory. A target is a YAML or JSON document, such as
              name: shift
              kind: email
              to: [shift@plant.example]
            """,
        subcommands: [
            Targets.self, Add.self, Remove.self, Test.self, List.self, Retry.self, DeliveryPolicyCommand.self,
        ]
    )

    struct Targets: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the targets, without their secrets.")

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Print them as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let targets = try await stores.deliveryTargets.list(in: scope)
            if json { return try Console.writeJSON(targets.map { TargetDocument($0) }) }
            if targets.isEmpty { Console.note("There is no target: eagle delivery add target.yaml ...") }
            for target in targets.map(\.target) { Console.write("\(target.name) \(target.channel.kind.rawValue)") }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a target.",
            discussion: "Secrets stand in the document, never on the command line, where others could see them."
        )

        @Argument(help: ArgumentHelp("The target, YAML or JSON; - for standard input.", valueName: "file"))
        var file: String

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            var draft = try DocumentFile.read(DeliveryTargetDraft.self, path: file)
            if let problem = draft.problems().first { throw ValidationError(problem.description) }
            guard case .name = TargetReference(draft.name) else {
                throw ValidationError("'\(draft.name)' has a meaning of its own in routes: use another name")
            }
            var generator = SystemRandomNumberGenerator()
            draft.complete(using: &generator)
            let target = DeliveryTarget(id: .random(using: &generator), name: draft.name, channel: draft.channel)
            let metadata = ["name": target.name, "kind": target.channel.kind.rawValue]
            let resource = "delivery-targets/\(target.id)"
            let countMax = try await place.directory.limits(of: scope, stores)[.deliveryTargets]
            try await TerminalRecord(stores, in: scope).of("delivery add", on: resource, metadata) { [draft] in
                try await stores.deliveryTargets.put(
                    target,
                    secret: draft.secret,
                    by: OrganizationOnDisk.author,
                    at: SystemTime().now,
                    countMax: countMax,
                    in: scope
                )
            }
            let key = draft.secret.signingKeys.first
            guard let stored = try await stores.deliveryTargets.byID(target.id, in: scope) else { return }
            if json { return try Console.writeJSON(TargetDocument(stored, signingKey: key)) }
            Console.write("\(target.name) \(target.id)")
            if let key {
                Console.note("Its documents are signed with \(key): tell the receiver, it is not shown again.")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a target, and call off what was to go there.")

        @Argument(help: ArgumentHelp("The target's name.", valueName: "name"))
        var name: String

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let (stores, scope) = try await place.open()
            let target = try await DeliveryCommand.target(name, stores, in: scope)
            let policy = try await stores.deliveryPolicies.current(in: scope).policy
            if let (_, path) = policy.targetNames.first(where: { $0.name == name }) {
                throw CommandError(
                    "the delivery policy names '\(name)' at \(path.joined(separator: ".")): change it first"
                )
            }
            let record = TerminalRecord(stores, in: scope)
            try await record.of("delivery remove", on: "delivery-targets/\(target.id)", ["name": name]) {
                let now = SystemTime().now
                _ = try await stores.deliveryTargets.remove(target.id, at: now, in: scope)
                _ = try await stores.systemAlarms.clear(.deliveryFailed, subject: name, at: now, in: scope)
            }
            Console.write("'\(name)' is removed")
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a target a message that says it is a test, and say what it answered.",
            discussion: "Exit code 3 where it does not take it."
        )

        @Argument(help: ArgumentHelp("The target's name.", valueName: "name"))
        var name: String

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Print the answer as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let target = try await DeliveryCommand.target(name, stores, in: scope)
            let configuration = try place.directory.configuration()
            let messengers = try configuration.delivery.messengers(directory: configuration.dataDirectory)
            let trial = TargetTrial(stores: stores, messenger: messengers, time: SystemTime())
            do {
                let receipt = try await trial.send(to: target.id, by: OrganizationOnDisk.author, in: scope)
                try await stores.deliveries.hurry(for: target.id, at: SystemTime().now, in: scope)
                if json { return try Console.writeJSON(TestDocument(receipt)) }
                Console.write("'\(name)' took it, with \(receipt.status)")
                for refused in receipt.refused { Console.write("but for \(refused)") }
            } catch let error as DeliveryError {
                if json { try Console.writeJSON(TestDocument(error)) } else { Console.write("'\(name)': \(error)") }
                throw ExitCode.wanting
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List deliveries, newest first; dead letters where nothing else is asked for."
        )

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("pending, delivered, dead, cancelled, digested or all.", valueName: "state"))
        var state = "dead"

        @Option(help: ArgumentHelp("Of this target only.", valueName: "name"))
        var target: String?

        @Option(help: "How many at most.")
        var limit = 50

        @Flag(help: "Print them as JSON.")
        var json = false

        func validate() throws {
            guard state == "all" || DeliveryRecord.State(rawValue: state) != nil else {
                let known = DeliveryRecord.State.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--state is all or one of \(known)")
            }
            guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000") }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            var filter = DeliveryStore.Filter(state: DeliveryRecord.State(rawValue: state))
            if let target { filter.target = try await DeliveryCommand.target(target, stores, in: scope).id }
            let page = try await stores.deliveries.page(filter, limit: limit, in: scope)
            if json { return try Console.writeJSON(page.elements.map { DeliveryDocument($0) }) }
            if page.elements.isEmpty { Console.note("There is none.") }
            for delivery in page.elements {
                let why = delivery.lastError ?? delivery.reason
                Console.write(
                    "\(delivery.id) no. \(delivery.sequence) to \(delivery.targetName): \(delivery.state.rawValue)"
                        + ", \(OperatorText.count(delivery.attempts, "attempt"))" + (why.map { ", \($0)" } ?? "")
                )
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send dead letters again, under their old keys.",
            discussion: "A running server does it within a second; where it leaves the target alone, for that took "
                + "nothing, within five minutes."
        )

        @Argument(help: ArgumentHelp("Which; all dead letters where none is named.", valueName: "id"))
        var ids: [String] = []

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let (stores, scope) = try await place.open()
            var wanted: [ID<DeliveryRecord>] = try ids.map {
                guard let id = ID<DeliveryRecord>($0) else { throw ValidationError("'\($0)' is no delivery's id") }
                return id
            }
            var after: String?
            if wanted.isEmpty {
                repeat {
                    let filter = DeliveryStore.Filter(state: .dead)
                    let page = try await stores.deliveries.page(filter, after: after, limit: 1_000, in: scope)
                    wanted += page.elements.map(\.id)
                    after = page.next
                } while after != nil
            }
            let metadata = ["count": String(wanted.count)]
            let count = try await TerminalRecord(stores, in: scope).of("delivery retry", on: "deliveries", metadata) {
                var count = 0
                for id in wanted {
                    switch try await stores.deliveries.retry(id, at: SystemTime().now, in: scope) {
                    case true?: count += 1
                    case false?: Console.note("\(id) is no dead letter, or its target is gone")
                    case nil: throw CommandError("there is no delivery \(id)")
                    }
                }
                return count
            }
            Console.write("\(count) \(count == 1 ? "waits" : "wait") to be sent again")
        }
    }

    static func target(_ name: String, _ stores: Stores, in scope: OrganizationScope) async throws -> DeliveryTarget {
        guard let found = try await stores.deliveryTargets.list(in: scope).first(where: { $0.target.name == name })
        else { throw CommandError("there is no target '\(name)': eagle delivery targets shows them") }
        return found.target
    }
}
