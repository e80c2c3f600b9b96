import Alarms
import ArgumentParser
import Plant
import Storage
import Web

/// An organization's alarms, for whoever is at the server's terminal.
struct AlarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alarm",
        abstract: "Look at an organization's alarms, judge them, and see how right they were.",
        discussion: "Works while the server runs.",
        subcommands: [
            List.self, Show.self, Accuracy.self, Feedback.self, Attention.self, AlarmReplayCommand.self,
            AlarmQualityCommand.self, System.self,
        ]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest alarms.")

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Only those that are open.")
        var open = false

        @Option(help: ArgumentHelp("Only of this asset.", valueName: "name"))
        var asset: String?

        @Option(help: "Only CRITICAL, WARNING or PREDICTIVE ones.")
        var type: AlarmType?

        @Option(help: "How many, 1 to \(PageLimit.max).")
        var limit = 20

        @Flag(help: "Print them as JSON.")
        var json = false

        func validate() throws {
            guard (1...PageLimit.max).contains(limit) else {
                throw ValidationError("--limit must be from 1 to \(PageLimit.max)")
            }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            let filter = AlarmFilter(isOpen: open ? true : nil, asset: asset, type: type)
            let page = try await stores.alarms.page(filter, limit: limit, in: scope)
            let alarms = try await stores.predictions.current(page.elements, in: scope)
            if json { return try Console.writeJSON(alarms.map { AlarmDocument($0) }) }
            for alarm in alarms { Console.write(AlarmText.line(alarm)) }
            if alarms.isEmpty { Console.note("There is no such alarm.") }
            if page.next != nil { Console.note("There are more: see --limit.") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One alarm: its causes, what became of it, and what people said of it."
        )

        @Argument(help: ArgumentHelp("The alarm's id.", valueName: "id"))
        var alarm: String

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("Of a long history what came before, as the page after it says.", valueName: "key"))
        var after: String?

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let kept = try await AlarmCommand.alarm(alarm, stores, scope)
            let alarm = try await stores.predictions.current([kept], in: scope)[0]
            let history = try await stores.alarms.transitions(of: alarm.id, after: after, in: scope)
            if json { return try Console.writeJSON(AlarmHistoryDocument(alarm, history: history)) }
            let words = try await stores.feedback.list(of: alarm.id, in: scope)
            Console.write(AlarmText.whole(alarm, history: history.elements, words: words))
            if let next = history.next {
                Console.note("There was more before that: see --after \(next).")
            }
        }
    }

    /// The alarm of that id.
    ///
    /// - Throws: `CommandError` for a text that is no id, and for an alarm that the organization does not have.
    static func alarm(_ text: String, _ stores: Stores, _ scope: OrganizationScope) async throws -> Alarm {
        guard let id = ID<Alarm>(text), let alarm = try await stores.alarms.byID(id, in: scope) else {
            throw CommandError("there is no alarm '\(text)': eagle alarm list shows them")
        }
        return alarm
    }
}

extension AlarmType: ExpressibleByArgument {}
