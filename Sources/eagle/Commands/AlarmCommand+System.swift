import Alarms
import ArgumentParser
import Plant
import Storage

extension AlarmCommand {
    struct System: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What admins must know of Eagle itself: a model, a source or a target that fails.",
            discussion: "Open ones first, each part from the newest."
        )

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Only those that are open.")
        var open = false

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
            let alarms = try await stores.systemAlarms.newest(limit: limit, in: scope)
                .filter { !open || $0.clearedAt == nil }
            if json { return try Console.writeJSON(alarms) }
            for alarm in alarms { Console.write(AlarmText.line(alarm)) }
            if alarms.isEmpty { Console.note("There is no system alarm.") }
        }
    }
}
