import Alarms
import ArgumentParser
import Connectors
import Models
import Plant
import Training

struct BacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Play a model's alarms over history and meet them with what failed.",
        discussion: """
            Judge a model only on what it did not learn from: give --from the --until it was trained with.
            Runs that each begin sound are judged by themselves, without a model:
              eagle backtest --schema S --baseline-rows 400 --readings run1.csv run2.csv ...
            learns from each file's first rows what is normal, and judges the rest of it row by row.
            """
    )

    @Option(help: ArgumentHelp("The model that eagle train wrote.", valueName: "file"))
    var model: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Readings, CSV with a header; .gz is unpacked.", valueName: "csv")
    )
    var readings: [String]

    @Option(help: ArgumentHelp("Failures: asset,timestamp,component and optionally end.", valueName: "csv"))
    var failures: String?

    @Option(
        help: ArgumentHelp("Judge from this instant on; earlier rows only bring state up to date.", valueName: "time")
    )
    var from: InstantArgument?

    @Option(help: ArgumentHelp("The schema, where there is no model that brings its own.", valueName: "file"))
    var schema: String?

    @Option(help: "Learn what is normal from so many first rows of each file and asset, and judge the others.")
    var baselineRows: Int?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        guard !readings.isEmpty else { throw ValidationError("give --readings") }
        if let baselineRows {
            guard baselineRows >= 40 else { throw ValidationError("--baseline-rows must be at least 40") }
            guard schema != nil, model == nil else {
                throw ValidationError("--baseline-rows goes with --schema, and without --model")
            }
            guard from == nil else {
                throw ValidationError("--baseline-rows says already from where on: leave --from out")
            }
        } else {
            guard model != nil, schema == nil else {
                throw ValidationError("give --model, or else --schema with --baseline-rows")
            }
            guard readings.count == 1 else { throw ValidationError("a model is judged on one file of readings") }
        }
    }

    func run() async throws {
        if let baselineRows { return try judgeRuns(baselineRows: baselineRows) }
        let (loaded, document) = try ModelFile.load(model ?? "")
        let bar = ProgressBar()
        let (readings, failures, file) = try InputFiles.load(
            readings: self.readings[0],
            failures: self.failures,
            schema: document.schema,
            progress: bar.handler
        )
        let report = try Backtest(model: loaded, document: document, progress: bar.handler).report(
            readings: readings,
            failures: failures,
            labels: RowLabels(
                hasTarget: document.schema.targetColumn != nil && file.missingTarget == nil,
                failures: failures
            ),
            from: from?.instant
        )
        ProgressBar.clearLine()
        if json {
            try Console.writeJSON(report)
        } else {
            Console.write(Self.text(report))
        }
    }

    private static func text(_ report: BacktestReport) -> String {
        let episodes = report.predictive
        var lines = [
            "Judged on \(report.ranking.rows) rows, \(report.ranking.positives) of them within a failure's horizon",
            ManifestText.row("ROC-AUC", ManifestText.number(report.ranking.rocAUC)),
            ManifestText.row("PR-AUC", ManifestText.number(report.ranking.prAUC)),
            ManifestText.row("Brier", ManifestText.number(report.brier)),
            ManifestText.row("calibration error", ManifestText.number(report.ece)),
            "",
            "Alarms at \(report.kind == .failure ? "a probability" : "an anomaly score") of \(ManifestText.number(report.threshold))",
            ManifestText.row("caught", "\(episodes.episodesDetected) of \(episodes.episodes) failures"),
            ManifestText.row("median lead time", episodes.medianLeadMinutes.map(ManifestText.minutes) ?? "none caught"),
            ManifestText.row(
                "false alarms",
                "\(episodes.falseAlarms)"
                    + (episodes.falseAlarmsPerAssetWeek.map { ", \(ManifestText.number($0)) per asset and week" } ?? "")
            ),
            ManifestText.row("component right", ManifestText.number(episodes.componentTop1)),
            ManifestText.row("time off by", episodes.timeToFailureMAE.map(ManifestText.minutes) ?? "can't be judged"),
            "",
            "Cost with rules and model \(report.together.expectedCost), with rules alone \(report.rulesOnly.expectedCost)",
        ]
        if episodes.episodes == 0 { lines.append("No failure lies in this part: give failures, or an earlier --from.") }
        if let rows = report.rows { lines += ["", RowText.text(rows)] }
        return lines.joined(separator: "\n")
    }
}
