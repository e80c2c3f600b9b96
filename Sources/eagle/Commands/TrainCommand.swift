import Alarms
import ArgumentParser
import Connectors
import Foundation
import LightGBM
import Models
import ONNXRuntime
import Plant
import Training

struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model on readings and failures, and export it to ONNX with its proof.",
        discussion: """
            The figures come from rows that the judged boosters did not learn from; the model itself is then grown \
            on everything. The same data, schema, seed and libraries give the same ONNX bytes.
            """
    )

    @Option(help: ArgumentHelp("The schema, YAML or JSON.", valueName: "file"))
    var schema: String

    @OptionGroup var input: InputFiles

    @Option(help: ArgumentHelp("Use nothing after this instant.", valueName: "time"))
    var until: InstantArgument?

    @Option(help: ArgumentHelp("Where to write the model.", valueName: "file"))
    var output: String

    @Option(help: "Makes another model of the same data.")
    var seed = 1

    @Option(help: ArgumentHelp("Try so many other sets of parameters first.", valueName: "trials"))
    var search = 0

    @Option(help: ArgumentHelp("For so many minutes at most.", valueName: "minutes"))
    var searchMinutes = 10

    @Option(help: "'failure' learns from failures; 'anomaly' learns what is normal, and needs none.")
    var kind = KindArgument.failure

    @Flag(help: "Print the manifest as JSON.")
    var json = false

    func validate() throws {
        guard (0...500).contains(search) else { throw ValidationError("--search must be from 0 to 500 trials") }
        guard (1...1_440).contains(searchMinutes) else {
            throw ValidationError("--search-minutes must be from 1 to 1440")
        }
    }

    func run() async throws {
        let document = try SchemaFile.load(path: schema)
        let bar = ProgressBar()
        let runtime = try ONNXRuntimeLibrary.load()
        let (readings, failures, _) = try input.load(schema: document.schema, progress: bar.handler)
        let data = try DatasetReader(schema: document.schema, progress: bar.handler)
            .trainingData(readings: readings, failures: failures, until: until?.instant)
        var growth = Growth()
        growth.seed = seed
        growth.searchTrials = search
        growth.searchBudget = .seconds(searchMinutes * 60)
        let artifact =
            switch kind {
            case .failure:
                try TrainingRun(
                    document: document,
                    growth: growth,
                    lightGBM: try LightGBMLibrary.load(),
                    runtime: runtime,
                    progress: bar.handler
                ).artifact(from: data)
            case .anomaly:
                try BaselineRun(document: document, runtime: runtime, progress: bar.handler).artifact(from: data)
            }
        let bytes = try artifact.bytes()
        ProgressBar.clearLine()
        try OutputFile.write(bytes, to: output)
        if json {
            try Console.writeJSON(artifact.manifest)
        } else {
            Console.write(ManifestText.summary(of: artifact.manifest, version: ModelArtifact.version(of: bytes)))
            Console.write("\nWritten to \(output). Next: eagle backtest --model \(output) --readings ...")
        }
    }
}

/// What is trained, as it is written on the command line.
enum KindArgument: String, ExpressibleByArgument, CaseIterable {
    case failure, anomaly
}
