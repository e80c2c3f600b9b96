import Alarms
import ArgumentParser
import Connectors
import Foundation
import LightGBM
import Logging
import Models
import ONNXRuntime
import Plant
import Serving
import Training

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Three simulated plants, models trained from their history, alarms live in the console.",
        discussion: """
            Nothing is kept: the demo works in a temporary folder. With --exit it plays the scenario to its end, \
            reports per organization, and fails (3) unless every failure was announced before it happened and no alert \
            crossed over.
            """
    )

    @Flag(help: "Play the scenario to its end, report, and leave.")
    var exit = false

    @Option(help: "The port to listen on; 0 for any that is free.")
    var port = 8_080

    @Option(help: "Makes other plants.")
    var seed: UInt64 = 1

    @Option(help: "How many simulated days are played live.")
    var days = 8

    @Option(help: "How many seconds a simulated day takes.")
    var secondsPerDay = 15.0

    func validate() throws {
        guard (1...30).contains(days) else { throw ValidationError("--days must be from 1 to 30") }
        guard (1...86_400).contains(secondsPerDay) else {
            throw ValidationError("--seconds-per-day must be from 1 to 86400")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
    }

    func run() async throws {
        let demos = try DemoPlant.all(seed: seed)
        let folder = NSTemporaryDirectory() + "/eagle-demo-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let models = try await train(demos)

        var logger = Logger(label: "eagle")
        logger.logLevel = .warning
        var configuration = ServerConfiguration()
        configuration.dataDirectory = folder
        configuration.port = port
        let speed = 86_400 / secondsPerDay
        let liveStart = demos.map(\.plant.liveStart).max() ?? .distantPast
        let time = ScaledTime(from: liveStart, speed: speed)
        let assembly = try await Assembly(
            configuration: configuration,
            time: time,
            tickInterval: .seconds(Int64(speed)),
            logger: logger
        )
        var tenants: [DemoTenant] = []
        for (demo, model) in zip(demos, models) {
            let tenant = try await DemoTenant(demo, model: model, assembly: assembly, now: liveStart)
            try await tenant.scada.append(from: liveStart - demo.leadIn, to: liveStart)
            tenants.append(tenant)
        }
        let scenario = DemoScenario(
            tenants: tenants,
            assembly: assembly,
            time: time,
            end: liveStart + .seconds(Int64(days) * 86_400),
            exits: exit
        )
        try await assembly.run(others: [scenario]) { [tenants] port in
            Console.note(Self.welcome(tenants, port: port, secondsPerDay: secondsPerDay))
        }
        try conclude(scenario.reports)
    }

    /// One model per plant, one after the other: two cores bear no more.
    private func train(_ demos: [DemoPlant]) async throws -> [[UInt8]] {
        let lightGBM = try LightGBMLibrary.load()
        let runtime = try ONNXRuntimeLibrary.load()
        let work = BlockingWork(label: "eagle.demo.training", threadCountMax: demos.count)
        let bar = ProgressBar()
        Console.note("Training a model for each plant from its simulated history ...")
        return try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for (index, demo) in demos.enumerated() {
                group.addTask {
                    let bytes = try await work.run {
                        let (readings, failures) = try demo.history(progress: bar.handler)
                        let set = try DatasetReader(schema: demo.document.schema, progress: bar.handler)
                            .trainingData(readings: readings, failures: failures, until: demo.plant.liveStart)
                        let run = TrainingRun(
                            document: demo.document,
                            lightGBM: lightGBM,
                            runtime: runtime,
                            progress: bar.handler
                        )
                        let artifact = try run.artifact(from: set)
                        ProgressBar.clearLine()
                        let episodes = artifact.manifest.episodes
                        Console.note(
                            "  \(demo.title): \(readings.count) rows, \(artifact.manifest.data.episodes) failures; "
                                + "judged on rows it had not seen: \(episodes.episodesDetected) of \(episodes.episodes) caught, "
                                + "\(episodes.falseAlarms) false alarms"
                        )
                        return try artifact.bytes()
                    }
                    return (index, bytes)
                }
            }
            var models = [[UInt8]](repeating: [], count: demos.count)
            for try await (index, bytes) in group { models[index] = bytes }
            return models
        }
    }

    private static func welcome(_ tenants: [DemoTenant], port: Int, secondsPerDay: Double) -> String {
        var lines = ["", "Open http://127.0.0.1:\(port) and sign in as", ""]
        for tenant in tenants {
            lines.append("  \(tenant.demo.title)")
            for user in [tenant.operatorName, tenant.admin] {
                lines.append("    \(user.email)   password \(user.password)")
            }
        }
        lines += [
            "",
            "A simulated day takes \(Int(secondsPerDay)) s. Look for PREDICTIVE alarms: each names a component and a time,",
            "hours before the failure. WARNING and CRITICAL come from rules. Acknowledge one; sign in as another",
            "organization and find none of the first one's. Alarms also appear below. Ctrl-C ends the demo.",
            "",
        ]
        return lines.joined(separator: "\n")
    }

    private func conclude(_ reports: [DemoReport]) throws {
        guard exit else { return }
        for report in reports { Console.write(report.text) }
        guard !reports.isEmpty else { throw CommandError("the scenario was interrupted before its end") }
        guard reports.allSatisfy(\.isGood) else {
            Console.note("Not every failure was announced before it happened.")
            throw ExitCode.wanting
        }
        Console.write("Every failure was announced before it happened, and no alert crossed over.")
    }
}
