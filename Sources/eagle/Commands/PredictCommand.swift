import Alarms
import ArgumentParser
import Connectors
import FoundationEssentials
import Models
import Plant
import Serving
import Training

struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predict failures for a file of readings with a model."
    )

    @OptionGroup var model: ModelFile

    @Option(help: ArgumentHelp("Readings, CSV with a header; .gz is unpacked.", valueName: "csv"))
    var readings: String

    @Option(
        help: ArgumentHelp("Predict from this instant on; earlier rows only bring state up to date.", valueName: "time")
    )
    var from: InstantArgument?

    @Option(help: ArgumentHelp("Where to write; .gz packs it.", valueName: "csv"))
    var output: String

    func run() async throws {
        let (loaded, document) = try model.load()
        let bar = ProgressBar()
        let file = try ReadingsFile.load(path: readings, schema: document.schema) { read, total in
            bar.show(TrainingProgress(.readingRows, done: Int(read), total: Int(total)))
        }
        ProgressBar.clearLine()
        InputFiles.tell(file.report, path: readings)
        let backtest = Backtest(model: loaded, document: document, progress: bar.handler)
        let predictions = try backtest.predictions(readings: file.readings, from: from?.instant)
        var writer = try CSVWriter.create(
            path: output,
            columns: [
                "asset", "timestamp", loaded.manifest.kind == .anomaly ? "anomaly_score" : "probability", "confidence",
                "component", "time_to_failure_minutes",
                "p10_minutes", "p90_minutes",
            ]
        )
        for prediction in predictions {
            writer.append(prediction.asset)
            writer.append(prediction.instant.description)
            writer.append(prediction.probability)
            writer.append(prediction.confidence)
            writer.append(prediction.component ?? "")
            writer.append(prediction.timeToFailureMinutes)
            writer.append(prediction.p10Minutes)
            writer.append(prediction.p90Minutes)
            try writer.endRow()
        }
        try writer.finish()
        ProgressBar.clearLine()
        Console.note("\(predictions.count) predictions of model \(loaded.version) in \(output)")
    }
}
