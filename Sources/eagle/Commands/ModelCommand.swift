import ArgumentParser
import Connectors
import Foundation
import Models
import ONNXRuntime
import Serving

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Look into a model, take it apart, prove it, and bring it to a server.",
        subcommands: [Show.self, Card.self, WhatIf.self, Export.self, Verify.self, Upload.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What a model was trained on and how good it is.")

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @Flag(help: "Print the manifest as JSON.")
        var json = false

        func run() async throws {
            let (artifact, version) = try ModelFile.artifact(at: model)
            if json {
                try Console.writeJSON(artifact.manifest)
            } else {
                Console.write(ManifestText.summary(of: artifact.manifest, version: version))
            }
        }
    }

    struct Card: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a model's card: data, figures with intervals, curves, costs, limits.",
            discussion: "One HTML page that loads nothing, or JSON."
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @Option(help: ArgumentHelp("Where to write the page.", valueName: "file"))
        var output: String?

        @Flag(help: "Print it as JSON instead.")
        var json = false

        func validate() throws {
            if output == nil, !json { throw ValidationError("say where to write it, --output card.html, or --json") }
        }

        func run() async throws {
            let (artifact, version) = try ModelFile.artifact(at: model)
            let page: String
            if let card = BaselineCard(version: version, manifest: artifact.manifest) {
                if json { try Console.writeJSON(artifact.manifest) }
                page = card.html()
            } else {
                let report = try ModelFile.report(of: artifact)
                if json { try Console.writeJSON(report) }
                page = ModelCard(version: version, manifest: artifact.manifest, report: report).html()
            }
            guard let output else { return }
            try OutputFile.write(Array(page.utf8), to: output)
            if !json { Console.write("Written to \(output): open it in a browser.") }
        }
    }

    struct WhatIf: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a model's alarms would do under other costs, over the rows it was judged on."
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @Option(help: "What a missed failure costs.")
        var missedFailureCost: Double?

        @Option(help: "What a false alarm costs, in the same money.")
        var falseAlarmCost: Double?

        @Option(help: "With this threshold, instead of the cheapest.")
        var threshold: Double?

        @Flag(help: "Print it as JSON.")
        var json = false

        func validate() throws {
            for cost in [missedFailureCost, falseAlarmCost].compactMap(\.self) where !(0...1e12).contains(cost) {
                throw ValidationError("costs are from 0 to 1e12, not \(cost)")
            }
        }

        func run() async throws {
            let report = try ModelFile.report(of: ModelFile.artifact(at: model).0)
            let missed = missedFailureCost ?? report.missedFailureCost
            let falsely = falseAlarmCost ?? report.falseAlarmCost
            let chosen =
                threshold.map { report.whatIf(threshold: $0, missedFailureCost: missed, falseAlarmCost: falsely) }
                ?? report.whatIf(missedFailureCost: missed, falseAlarmCost: falsely)
            guard let chosen else { throw CommandError("no threshold could be tried on this model's data") }
            if json { return try Console.writeJSON(chosen) }
            let lines = [
                ManifestText.row("threshold", ManifestText.number(chosen.threshold)),
                ManifestText.row("alarms per week", ManifestText.number(chosen.alarmsPerWeek)),
                ManifestText.row("false per week", ManifestText.number(chosen.falseAlarmsPerWeek)),
                ManifestText.row("caught", "\(chosen.caught)"), ManifestText.row("missed", "\(chosen.missed)"),
                ManifestText.row("expected cost", ManifestText.number(chosen.expectedCost)),
                ManifestText.row("without alarms", ManifestText.number(chosen.costWithoutModel)),
            ]
            Console.write(lines.joined(separator: "\n"))
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the ONNX, the boosters' texts, the schema and the manifest, for any other tool.",
            discussion: "A .eaglemodel is a tar archive: tar xf does the same, but checks nothing."
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @Option(help: ArgumentHelp("The folder to write to; made if it isn't there.", valueName: "folder"))
        var output: String

        func run() async throws {
            let (artifact, _) = try ModelFile.artifact(at: model)
            do {
                try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            } catch {
                throw FileError(.notWritable, path: output, "is no folder and can't be made one")
            }
            let archive = try TarArchive(artifact.bytes())
            for (name, bytes) in archive.entries {
                try OutputFile.write(bytes, to: output + "/" + name)
                Console.write(output + "/" + name)
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a model's parts, open it, and replay its golden vectors.",
            discussion: "Exit code 3 if it is not what it was."
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        func run() async throws {
            let runtime = try ONNXRuntimeLibrary.load()
            do {
                let (artifact, version) = try ModelFile.artifact(at: model)
                try artifact.proveBoosters()
                _ = try LoadedModel(artifact, version: version, runtime: runtime)
                Console.write(
                    """
                    Model \(version) is whole: \(artifact.manifest.contents.count) parts match their SHA-256, the graph \
                    is well formed,
                    and \(artifact.golden.rowCount) golden rows give the recorded numbers on ONNX Runtime \(runtime.version).
                    """
                )
            } catch let error as ModelError {
                Console.note("eagle: \(error)")
                throw ExitCode.wanting
            }
        }
    }
}
