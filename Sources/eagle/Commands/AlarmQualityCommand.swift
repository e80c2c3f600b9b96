import Alarms
import ArgumentParser
import Plant
import Serving
import Storage

/// How good an organization's alarms are, and what would make them better.
struct AlarmQualityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "Figures of EEMUA 191 and ISA-18.2: rates, floods, chatter, bad actors.",
        discussion: """
            With --suggestions also which deadband or delay would keep the worst rules from chattering, by what it \
            would have done to the stored readings. Nothing changes: put it into the schema if you agree. \
            Times without a zone are the schema's.
            """
    )

    private struct Document: Encodable {
        let quality: AlarmQualityReport
        let suggestions: [RuleAdvice]?
    }

    @OptionGroup var place: OrganizationOnDisk

    @Option(help: ArgumentHelp("From this instant on; by default a month.", valueName: "time"))
    var from: InstantArgument?

    @Option(help: ArgumentHelp("Up to this instant, which is left out.", valueName: "time"))
    var to: InstantArgument?

    @Option(help: "Who share the load; by default the organization's operators who may sign in.")
    var operators: Int?

    @Flag(help: "Try deadbands and delays on history.")
    var suggestions = false

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if let operators, !(1...1_000).contains(operators) {
            throw ValidationError("--operators must be from 1 to 1000")
        }
    }

    func run() async throws {
        let (stores, scope) = try await place.open()
        let document = try await stores.schemas.current(in: scope).map { try SchemaText.document($0.document) }
        let stretch = try RehearseRules.stretch(from: from, to: to, asIn: document?.schema)
        let desk = HistoryDesk(stores: stores, deadline: nil)
        let bar = ProgressBar()
        let quality = try await desk.quality(
            from: stretch.from,
            to: stretch.to,
            operators: operators,
            in: scope,
            progress: bar.history
        )
        var advice: [RuleAdvice]?
        if suggestions, let document {
            advice = try await desk.advice(
                on: document,
                from: stretch.from,
                to: stretch.to,
                in: scope,
                progress: bar.history
            )
        }
        ProgressBar.clearLine()
        if json { return try Console.writeJSON(Document(quality: quality, suggestions: advice)) }
        Console.write(AlarmQualityText.text(quality))
        for rule in advice ?? [] { Console.write(AlarmQualityText.text(rule)) }
    }
}
