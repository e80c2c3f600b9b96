import Alarms
import ArgumentParser
import Models
import Plant
import Training

struct BacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Play a model's alarms over history and meet them with what failed.",
        discussion: "Judge a model only on what it did not learn from: give --from the --until it was trained with."
    )

    @OptionGroup var model: ModelFile
    @OptionGroup var input: InputFiles

    @Option(
        help: ArgumentHelp("Judge from this instant on; earlier rows only bring state up to date.", valueName: "time")
    )
    var from: InstantArgument?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() async throws {
        let (loaded, document) = try model.load()
        let bar = ProgressBar()
        let (readings, failures, _) = try input.load(schema: document.schema, progress: bar.handler)
        let report = try Backtest(model: loaded, document: document, progress: bar.handler)
            .report(readings: readings, failures: failures, from: from?.instant)
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
        return lines.joined(separator: "\n")
    }
}
