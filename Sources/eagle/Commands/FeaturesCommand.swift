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
        let set = try DatasetReader(schema: schema, progress: bar.handler)
            .trainingSet(readings: readings, failures: failures)
        var writer = try CSVWriter.create(path: output, columns: ["asset", "timestamp"] + set.view.featureNames)
        for (index, row) in set.rows.enumerated() {
            writer.append(row.asset)
            writer.append(row.instant.description)
            for value in set.matrix[index] { writer.append(value) }
            try writer.endRow()
        }
        try writer.finish()
        ProgressBar.clearLine()
        Console.note("\(set.rows.count) rows of \(set.view.count) features from \(report.rows) rows in \(output)")
    }
}
