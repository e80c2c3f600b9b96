import Alarms
import ArgumentParser
import Foundation
import Models
import Plant
import Serving
import Storage
import Training
import Trust
import Web
import Yams

/// Training runs of a server on this machine.
struct TrainingCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training",
        abstract: "Ask for training runs, watch them, and say how they train.",
        discussion: """
            The running server carries the runs out, one for an organization at a time, each in a process of its own. \
            What becomes of a model that passes the gate, the configuration's 'promotion' says.
            """,
        subcommands: [Start.self, List.self, Show.self, Artifacts.self, Cancel.self, Configure.self]
    )

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue a run.",
            discussion: "With --wait, exit code 1 if it fails or is cancelled."
        )

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("How to train, YAML or JSON, for this run alone.", valueName: "file"))
        var configuration: String?

        @Flag(help: "Show its progress, and return when it has ended.")
        var wait = false

        @Flag(help: "Print the run as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let chosen: TrainingConfiguration
            if let configuration {
                chosen = try await TrainingConfigurationFile.load(path: configuration, stores, scope)
            } else {
                chosen = try await stores.trainingPlans.configuration(in: scope)
            }
            var log = TrainingLog(
                id: ID(UUID()),
                cause: .request,
                requestedBy: OrganizationOnDisk.author,
                queuedAt: SystemTime().now
            )
            log.parameters = String(decoding: try JSONEncoder().encode(chosen), as: UTF8.self)
            try await stores.trainingLogs.enqueue(
                log,
                perDayMax: try await place.directory.limits(of: scope, stores)[.trainingRunsPerDay],
                in: scope
            )
            if wait {
                log = try await TrainingWatch(stores: stores, scope: scope).ended(log.id)
                ProgressBar.clearLine()
            }
            if json {
                try Console.writeJSON(TrainingRunDocument(log, isWhole: true))
            } else {
                Console.write(TrainingText.whole(log))
                if !wait { Console.note("Next: eagle training show \(log.id) --organization \(place.organization)") }
            }
            if wait, log.state != .completed { throw ExitCode.failure }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest runs.")

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: "How many.")
        var limit = 20

        @Flag(help: "Print them as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let logs = try await stores.trainingLogs.page(limit: limit, in: scope).elements
            if json { return try Console.writeJSON(logs.map { TrainingRunDocument($0) }) }
            if logs.isEmpty { Console.note("No run yet: eagle training start --organization \(place.organization)") }
            for log in logs { Console.write(TrainingText.line(log)) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One run, and what the gate found.")

        @Argument(help: ArgumentHelp("The run's id.", valueName: "id"))
        var run: String

        @OptionGroup var place: OrganizationOnDisk

        @Flag(help: "Print it as JSON.")
        var json = false

        func run() async throws {
            let (stores, scope) = try await place.open()
            let log = try await TrainingCommands.log(run, stores, scope)
            if json { return try Console.writeJSON(TrainingRunDocument(log, isWhole: true)) }
            Console.write(TrainingText.whole(log))
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a run that waits or goes on.")

        @Argument(help: ArgumentHelp("The run's id.", valueName: "id"))
        var run: String

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let (stores, scope) = try await place.open()
            let log = try await stores.trainingLogs.cancel(
                try await TrainingCommands.log(run, stores, scope).id,
                by: OrganizationOnDisk.author,
                at: SystemTime().now,
                in: scope
            )
            Console.write(log.state == .cancelled ? "cancelled" : "it is being ended")
        }
    }

    struct Configure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how the organization's models are trained, or say it anew.",
            discussion: "docs/training.md has all keys."
        )

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("The new configuration, YAML or JSON.", valueName: "file"))
        var configuration: String?

        func run() async throws {
            let (stores, scope) = try await place.open()
            if let configuration {
                let chosen = try await TrainingConfigurationFile.load(path: configuration, stores, scope)
                let (author, now) = (OrganizationOnDisk.author, SystemTime().now)
                try await TerminalRecord(stores, in: scope).of("training configure", on: "training-configuration") {
                    try await stores.trainingPlans.put(chosen, by: author, at: now, in: scope)
                }
            }
            try Console.writeJSON(try await stores.trainingPlans.configuration(in: scope))
        }
    }

    static func log(_ text: String, _ stores: Stores, _ scope: OrganizationScope) async throws -> TrainingLog {
        guard let id = ID<TrainingLog>(text), let log = try await stores.trainingLogs.byID(id, in: scope) else {
            throw CommandError("there is no run '\(text)': eagle training list shows them")
        }
        return log
    }
}

/// Reads a training configuration that a person wrote.
enum TrainingConfigurationFile {
    /// - Throws: `CommandError` that names the file and what in it is wrong.
    static func load(
        path: String,
        _ stores: Stores,
        _ scope: OrganizationScope
    ) async throws -> TrainingConfiguration {
        let text = String(decoding: try OutputFile.read(path), as: UTF8.self)
        let configuration: TrainingConfiguration
        do {
            configuration = try YAMLDecoder().decode(TrainingConfiguration.self, from: text.isEmpty ? "{}" : text)
        } catch let problem as SchemaProblem {
            throw CommandError("\(path): \(problem)")
        } catch DecodingError.dataCorrupted(let context) where context.underlyingError is SchemaProblem {
            throw CommandError("\(path): \(context.underlyingError.map { "\($0)" } ?? "")")
        } catch {
            throw CommandError("\(path) can't be read as a training configuration: \(error)")
        }
        guard let stored = try await stores.schemas.current(in: scope) else {
            throw CommandError("the organization has no schema yet: put one first")
        }
        let problems = configuration.problems(for: try SchemaText.document(stored.document).schema)
        guard problems.isEmpty else {
            throw CommandError(problems.map { "\(path): \($0)" }.joined(separator: "\n"))
        }
        return configuration
    }
}

/// Watches a run in the store, with a bar on a terminal.
private struct TrainingWatch {
    let stores: Stores
    let scope: OrganizationScope

    func ended(_ id: ID<TrainingLog>) async throws -> TrainingLog {
        let bar = ProgressBar()
        while true {
            guard let log = try await stores.trainingLogs.byID(id, in: scope) else {
                throw CommandError("the run is gone")
            }
            switch log.state {
            case .completed, .failed, .cancelled: return log
            case .queued: bar.show("waiting for the server", share: 0)
            case .started: bar.show(log.step ?? "starting", share: log.progress ?? 0)
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }
}

/// Training runs as a person reads them.
enum TrainingText {
    static func line(_ log: TrainingLog) -> String {
        var line = "\(log.id)  \(log.queuedAt)  \(log.state.rawValue)"
        switch log.state {
        case .queued: break
        case .started: line += "  \(log.step ?? "") \(percent(log.progress ?? 0))"
        case .completed: line += "  model \(log.modelVersion?.description ?? "?"): \(log.decision?.rawValue ?? "")"
        case .failed: line += "  \(log.failureReason ?? "")"
        case .cancelled: line += "  by \(log.cancelledBy ?? "?")"
        }
        return line
    }

    static func whole(_ log: TrainingLog) -> String {
        var lines = [
            "Run \(log.id)", "  state      \(log.state.rawValue)",
            "  queued     \(log.queuedAt) (\(log.cause.rawValue))",
        ]
        if let started = log.startedAt { lines.append("  started    \(started)") }
        if let ended = log.endedAt { lines.append("  ended      \(ended)") }
        if log.state == .started { lines.append("  at         \(log.step ?? "?"), \(percent(log.progress ?? 0))") }
        if let rows = log.dataPointCount, let from = log.dataFrom, let until = log.dataUntil {
            lines.append("  data       \(rows) rows, \(from) to \(until)")
        }
        if let version = log.modelVersion { lines.append("  model      \(version.hash)") }
        if let decision = log.decision {
            lines.append("  became     \(decision.rawValue): \(log.decisionReason ?? "")")
        }
        if let reason = log.failureReason { lines.append("  failed     \(reason)") }
        if let by = log.cancelledBy { lines.append("  cancelled  by \(by)") }
        let gate = log.gate.flatMap { try? JSONDecoder().decode(GateReport.self, from: Data($0.utf8)) }
        if let gate {
            lines.append("  gate")
            for check in gate.checks {
                let mark =
                    switch check.outcome {
                    case .passed: "passed"
                    case .failed: "FAILED"
                    case .cannotDetermine: "can't tell"
                    }
                let name = check.name.rawValue
                lines.append(
                    "    \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))"
                        + "\(mark)\(String(repeating: " ", count: max(1, 11 - mark.count)))\(check.message)"
                )
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func percent(_ share: Double) -> String { "\(Int(share * 100)) %" }
}
