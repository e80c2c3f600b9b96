import Alarms
import ArgumentParser
import Connectors
import Plant
import Serving
import Storage

/// What rules would have raised, before they go live.
struct RehearseRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Say what rules would have raised over history, before they go live.",
        discussion: """
            Of a file:    eagle rules rehearse --schema new.yaml --readings readings.csv [--against old.yaml]
            Of a server:  eagle rules rehearse --schema new.yaml --organization northwind [--from ...] [--to ...]
            The rules go through the engine that decides live, beside those that are in force. Nothing goes live.
            """
    )

    @Option(
        help: ArgumentHelp(
            "The schema with the proposed rules; of a server, by default the one in force.",
            valueName: "file"
        )
    )
    var schema: String?

    @Option(help: ArgumentHelp("Readings, CSV with a header; .gz is unpacked.", valueName: "csv"))
    var readings: String?

    @Option(help: ArgumentHelp("A schema with the rules to compare with.", valueName: "file"))
    var against: String?

    @Option(help: ArgumentHelp("An organization whose stored readings to use.", valueName: "slug"))
    var organization: String?

    @OptionGroup var directory: DataDirectory

    @Option(help: ArgumentHelp("Count from this instant on; of a server, by default a month.", valueName: "time"))
    var from: InstantArgument?

    @Option(help: ArgumentHelp("Up to this instant, which is left out.", valueName: "time"))
    var to: InstantArgument?

    @Flag(help: "Print the findings as JSON.")
    var json = false

    func validate() throws {
        guard (readings == nil) != (organization == nil) else {
            throw ValidationError("give --readings or else --organization: one of them has the history")
        }
        guard readings == nil || schema != nil else { throw ValidationError("give --schema: it has the rules") }
    }

    func run() async throws {
        let report = if let readings { try rehearse(file: readings) } else { try await rehearseStored() }
        ProgressBar.clearLine()
        if json { return try Console.writeJSON(report) }
        Console.write(RehearsalText.text(report))
    }

    private func rehearse(file path: String) throws -> RehearsalReport {
        let proposed = try SchemaFile.load(path: schema ?? "")
        let present = try against.map { try SchemaFile.load(path: $0) }
        let bar = ProgressBar()
        let file = try ReadingsFile.load(path: path, schema: proposed.schema) { read, total in
            bar.show("reading rows", share: Double(read) / Double(max(1, total)))
        }
        ProgressBar.clearLine()
        InputFiles.tell(file.report, path: path)
        // In order of time, as a plant sends them.
        let readings = file.readings.sorted { ($0.instant, $0.asset) < ($1.instant, $1.asset) }
        guard let first = readings.first?.instant, let last = readings.last?.instant else {
            throw CommandError("\(path) has no readings")
        }
        let end = min(try to?.instant(asIn: proposed.schema) ?? .distantFuture, last + .microseconds(1))
        let from = try from?.instant(asIn: proposed.schema) ?? first
        guard from < end else { throw ValidationError("--from must lie before --to, and before the last reading") }
        var rehearsal = try RuleRehearsal(
            RuleRehearsal.Rules(proposed),
            present: present.map { RuleRehearsal.Rules($0) },
            from: from,
            assets: Set(readings.lazy.map(\.asset))
        )
        let projection = try Self.projection(from: proposed.schema.tags, to: rehearsal.tags)
        for (number, reading) in readings.enumerated() where reading.instant < end {
            let values = Sample(reading).values
            rehearsal.observe(
                Sample(asset: reading.asset, instant: reading.instant, values: projection.map { values[$0] })
            )
            if number.isMultiple(of: 4_096) { bar.show("rehearsing", share: Double(number) / Double(readings.count)) }
        }
        return rehearsal.report(until: end)
    }

    /// Where each of the rehearsal's tags is in the file's rows.
    private static func projection(from tags: [Tag], to wanted: [Tag]) throws -> [Int] {
        try wanted.map { tag in
            guard let index = tags.firstIndex(of: tag) else {
                throw CommandError(
                    "--against speaks of the tag '\(tag.name)', which --schema does not have: add it there"
                )
            }
            return index
        }
    }

    private func rehearseStored() async throws -> RehearsalReport {
        let (stores, scope) = try await OrganizationOnDisk.open(organization ?? "", in: directory)
        guard let stored = try await stores.schemas.current(in: scope) else {
            throw CommandError("the organization has no schema yet: put one with PUT /api/v1/schema")
        }
        let present = try SchemaText.document(stored.document)
        let proposed = try schema.map { try SchemaFile.load(path: $0) } ?? present
        let against = try against.map { try SchemaFile.load(path: $0) } ?? present
        let stretch = try Self.stretch(from: from, to: to, asIn: present.schema)
        let bar = ProgressBar()
        return try await HistoryDesk(stores: stores, deadline: nil).rehearse(
            proposed,
            present: against,
            from: stretch.from,
            to: stretch.to,
            in: scope,
            progress: bar.history
        )
    }

    /// A month up to now where nothing else is said.
    static func stretch(
        from: InstantArgument?,
        to: InstantArgument?,
        asIn schema: SignalSchema?
    ) throws -> (from: Instant, to: Instant) {
        let now = SystemTime().now
        let end = min(try to?.instant(asIn: schema) ?? now, now)
        let start = try from?.instant(asIn: schema) ?? end - .seconds(30 * 86_400)
        guard start < end else { throw ValidationError("--from must lie before --to, and before now") }
        return (start, end)
    }
}

extension ProgressBar {
    /// What going through history tells.
    var history: HistoryDesk.Progress {
        { at, from, to in
            self.show("going through history", share: (at - from).minutes / max(1e-9, (to - from).minutes))
        }
    }
}
