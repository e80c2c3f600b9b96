import ArgumentParser
import Models
import Plant
import Serving
import Storage
import Web

/// When an organization's models are trained anew by themselves.
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Say when an organization's models are trained anew.",
        discussion: """
            An hour that clocks skip comes once, at the moment after it; an hour that comes twice comes once. What a \
            stopped server missed comes once when it runs again. Never two runs of one organization at a time.
            """,
        subcommands: [Show.self, Set.self, Clear.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The schedule, and when the next run is due.")

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            guard let schedule = try await stores.trainingPlans.schedule(in: scope) else {
                return Console.note("Nothing is scheduled: eagle schedule set '0 3 * * 0' --time-zone Asia/Kolkata ...")
            }
            let drift = try await stores.trainingPlans.drift(in: scope)
            if json { return try Console.writeJSON(ScheduleDocument(schedule, drift: drift)) }
            Console.write(ScheduleCommand.text(of: schedule))
            for finding in drift?.findings.prefix(5) ?? [] {
                let effect = (finding.leastEffect * 100).rounded() / 100
                Console.write("drift of \(finding.tag) \(effect)\(finding.isDrift ? ", a shift" : "")")
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Schedule runs.")

        @Argument(help: ArgumentHelp("Five cron fields, or @daily, @weekly, @monthly ...", valueName: "cron"))
        var cron: String?

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("Whose clocks it means.", valueName: "zone"))
        var timeZone = "UTC"

        @Option(help: ArgumentHelp("Up to so much later, so that not all begin at once.", valueName: "seconds"))
        var jitter = 0

        @Flag(help: "Also when readings have drifted away from what the champion learned.")
        var onDrift = false

        @Option(help: ArgumentHelp("Also after so many new words on alarms and failures.", valueName: "count"))
        var feedbackCount: Int?

        func run() async throws {
            let (stores, scope) = try await place.open()
            let now = SystemTime().now
            let schedule: TrainingSchedule
            do throws(SchemaProblem) {
                schedule = try SchedulePlan.schedule(
                    cron: cron,
                    timeZone: timeZone,
                    jitterSeconds: jitter,
                    onDrift: onDrift,
                    feedbackCount: feedbackCount,
                    at: now,
                    in: scope
                )
            } catch {
                throw ValidationError(error.description)
            }
            try await TerminalRecord(stores, in: scope).of("schedule set", on: "schedule") {
                try await stores.trainingPlans.put(schedule, by: OrganizationOnDisk.author, at: now, in: scope)
            }
            Console.write(ScheduleCommand.text(of: schedule))
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Schedule nothing any more.")

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let (stores, scope) = try await place.open()
            let (author, now) = (OrganizationOnDisk.author, SystemTime().now)
            try await TerminalRecord(stores, in: scope).of("schedule clear", on: "schedule") {
                try await stores.trainingPlans.put(nil, by: author, at: now, in: scope)
            }
            Console.write("nothing is scheduled")
        }
    }

    private static func text(of schedule: TrainingSchedule) -> String {
        var lines = ["\(schedule.cron ?? "no time"), \(schedule.timeZone)"]
        if schedule.onDrift { lines.append("when readings drift") }
        if let count = schedule.feedbackCount { lines.append("after \(count) new words on alarms and failures") }
        if let next = schedule.nextAt { lines.append("next \(next)") }
        if let last = schedule.lastAt { lines.append("last \(last)") }
        return lines.joined(separator: "\n")
    }
}
