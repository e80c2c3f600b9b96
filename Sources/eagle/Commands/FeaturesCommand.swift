import Alarms
import ArgumentParser
import Connectors
import Features
import Models
import Plant
import Training

struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Derive lag and rolling features from readings, exactly as the server does.",
        discussion: "Writes asset,timestamp and then one column per feature; a missing value is empty."
    )

    @Option(help: ArgumentHelp("The schema, YAML or JSON.", valueName: "file"))
    var schema: String

    @OptionGroup var input: InputFiles

    @Option(help: ArgumentHelp("Where to write; .gz packs it.", valueName: "csv"))
    var output: String

    func run() async throws {
        let schema = try SchemaFile.load(path: self.schema).schema
        let bar = ProgressBar()
        let (readings, failures, report) = try input.load(schema: schema, progress: bar.handler)
        let data = try DatasetReader(schema: schema, progress: bar.handler)
            .trainingData(readings: readings, failures: failures)
        var writer = try CSVWriter.create(path: output, columns: ["asset", "timestamp"] + data.view.featureNames)
        try data.forEachPage(of: Array(data.rows.indices)) { places, values in
            for (offset, row) in data.rows[places].enumerated() {
                writer.append(row.asset)
                writer.append(row.instant.description)
                for value in values[offset * data.view.count..<(offset + 1) * data.view.count] { writer.append(value) }
                try writer.endRow()
            }
        }
        try writer.finish()
        ProgressBar.clearLine()
        Console.note("\(data.rows.count) rows of \(data.view.count) features from \(report.rows) rows in \(output)")
    }
}
