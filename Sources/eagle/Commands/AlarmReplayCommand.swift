import Alarms
import ArgumentParser
import Plant
import Serving
import Storage

/// Does again what led to an alarm, and shows that it is what was kept.
struct AlarmReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Do an alarm's decision again, and compare it bit for bit with what was kept.",
        discussion: """
            From the kept readings, the schema versions and the model's file; what people did in between is taken from \
            the alerts. Writes nothing, and works while the server runs. Exit code 3 where something differs or can't \
            be done again; it says what.
            """
    )

    @Argument(help: ArgumentHelp("The alarm's id.", valueName: "id"))
    var alarm: String

    @OptionGroup var directory: DataDirectory

    @Option(help: ArgumentHelp("The organization; without it the one that has the alarm.", valueName: "slug"))
    var organization: String?

    @Flag(help: "Print it as JSON.")
    var json = false

    func run() async throws {
        guard let id = ID<Alarm>(alarm) else {
            throw ValidationError("'\(alarm)' is no alarm's id: eagle alarm list shows them")
        }
        let (stores, scopes) = try await directory.openForReading(organization: organization)
        for scope in scopes {
            guard let alarm = try await stores.alarms.byID(id, in: scope) else { continue }
            let registry = try ModelRegistry(stores: stores, folder: directory.modelFolder(), time: SystemTime())
            let report = try await AlarmReplay(stores: stores, registry: registry, scope: scope).report(of: alarm)
            if json { try Console.writeJSON(report) } else { Console.write(ReplayText.whole(report)) }
            if !report.isSame { throw ExitCode.wanting }
            return
        }
        throw CommandError("there is no alarm '\(alarm)': eagle alarm list shows them")
    }
}

/// A replay as a person reads it.
enum ReplayText {
    static func whole(_ report: ReplayReport) -> String {
        var lines = ["Alarm \(report.alarm): \(report.asset), \(report.condition), decided at \(report.at)", ""]
        let width = report.lines.map(\.what.count).max() ?? 0
        for line in report.lines {
            let name = line.what + String(repeating: " ", count: width - line.what.count)
            lines.append("  \(name)  \(word(line.outcome))")
            let indent = String(repeating: " ", count: width + 4)
            if line.outcome == .same {
                if let kept = line.kept { lines.append(indent + kept) }
            } else {
                if let kept = line.kept { lines.append(indent + "kept        \(kept)") }
                if let recomputed = line.recomputed { lines.append(indent + "recomputed  \(recomputed)") }
            }
            if let note = line.note { lines.append(indent + note) }
        }
        let count = report.lines.count { $0.outcome == .differs || $0.outcome == .notRecomputable }
        lines.append("")
        lines.append(
            report.isSame
                ? "All that was kept is what comes out again, bit for bit."
                : "\(count) of \(report.lines.count) lines \(count == 1 ? "differs" : "differ") or can't be done again."
        )
        return lines.joined(separator: "\n")
    }

    private static func word(_ outcome: ReplayReport.Outcome) -> String {
        switch outcome {
        case .same: "same"
        case .differs: "DIFFERS"
        case .notKept: "not compared"
        case .notRecomputable: "CAN'T BE DONE AGAIN"
        }
    }
}
