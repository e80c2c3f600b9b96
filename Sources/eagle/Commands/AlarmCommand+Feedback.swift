import Alarms
import ArgumentParser
import Foundation
import Plant
import Serving
import Storage

extension AlarmCommand {
    struct Feedback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether an alarm was right.",
            discussion: "The last word of each person counts; nothing that was said is ever changed."
        )

        @Argument(help: ArgumentHelp("The alarm's id.", valueName: "id"))
        var alarm: String

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Something was wrong.")
        var accurate = false

        @Flag(name: .customLong("false"), help: "Nothing was wrong.")
        var inaccurate = false

        @Option(help: ArgumentHelp("Why, in 2000 bytes at most.", valueName: "text"))
        var reason: String?

        @Option(help: ArgumentHelp("What was wrong in truth.", valueName: "name"))
        var component: String?

        func validate() throws {
            guard accurate != inaccurate else { throw ValidationError("say either --accurate or --false") }
            if let reason, !(1...2_000).contains(reason.utf8.count) {
                throw ValidationError("--reason must have 1 to 2000 bytes")
            }
            guard let component else { return }
            guard accurate else {
                throw ValidationError("no component can have failed where nothing was wrong: leave --component out")
            }
            guard (1...200).contains(component.utf8.count) else {
                throw ValidationError("--component must have 1 to 200 bytes")
            }
        }

        func run() async throws {
            let (stores, scope) = try await place.open()
            let word = Alarms.Feedback(
                id: ID(UUID()),
                alarm: try await AlarmCommand.alarm(alarm, stores, scope).id,
                isAccurate: accurate,
                reason: reason,
                component: component,
                by: OrganizationOnDisk.author,
                at: SystemTime().now
            )
            try await TerminalRecord(stores, in: scope).of("alarm feedback", on: "alarms/\(word.alarm)") {
                try await stores.feedback.give(word, in: scope)
            }
            Console.write(AlarmText.line(word))
        }
    }
}
