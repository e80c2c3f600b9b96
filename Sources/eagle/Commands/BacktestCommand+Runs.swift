import Alarms
import Connectors
import Models
import ONNXRuntime
import Plant
import Serving
import Training

/// Runs that each begin sound, judged by what was normal in themselves.
extension BacktestCommand {
    private struct Run: Encodable {
        let readings: String
        let rows: RowJudgements
    }

    private struct Runs: Encodable {
        let baselineRows: Int
        let runs: [Run]

        private enum CodingKeys: String, CodingKey { case baselineRows, runs }

        /// All runs' rows together, and each run's.
        func encode(to encoder: any Encoder) throws {
            try total.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(baselineRows, forKey: .baselineRows)
            try values.encode(runs, forKey: .runs)
        }

        var total: RowJudgements { runs.reduce(RowJudgements()) { $0 + $1.rows } }
    }

    func judgeRuns(baselineRows: Int) throws {
        let document = try SchemaFile.load(path: schema ?? "")
        let runtime = try ONNXRuntimeLibrary.load()
        let bar = ProgressBar()
        var runs: [Run] = []
        for (number, path) in readings.enumerated() {
            bar.show(
                "judging runs",
                share: Double(number) / Double(readings.count),
                counted: "\(number)/\(readings.count)"
            )
            let rows = try Self.judgement(of: path, failures: failures, baselineRows, document, runtime)
            runs.append(Run(readings: path, rows: rows))
        }
        ProgressBar.clearLine()
        let all = Runs(baselineRows: baselineRows, runs: runs)
        if json { return try Console.writeJSON(all) }
        for run in runs where runs.count > 1 { Console.write("\(run.readings)\n\(RowText.text(run.rows))") }
        Console.write(runs.count > 1 ? "All \(runs.count) runs\n\(RowText.text(all.total))" : RowText.text(all.total))
    }

    private static func judgement(
        of path: String,
        failures: String?,
        _ baselineRows: Int,
        _ document: SchemaDocument,
        _ runtime: ONNXRuntimeLibrary
    ) throws -> RowJudgements {
        let (readings, events, file) = try InputFiles.load(
            readings: path,
            failures: failures,
            schema: document.schema
        ) { _ in }
        let hasTarget = document.schema.targetColumn != nil && file.missingTarget == nil
        guard let labels = RowLabels(hasTarget: hasTarget, failures: events) else {
            throw CommandError(
                "\(path): no row is known to be sound or faulty: name the targetColumn, or give failures with an end"
            )
        }
        var counts: [String: Int] = [:]
        var starts: [String: Instant] = [:]
        let learned = readings.filter { reading in
            counts[reading.asset, default: 0] += 1
            guard counts[reading.asset, default: 0] > baselineRows else { return true }
            starts[reading.asset] = starts[reading.asset] ?? reading.instant
            return false
        }
        let data = try DatasetReader(schema: document.schema).trainingData(readings: learned, failures: [])
        let artifact = try BaselineRun(document: document, runtime: runtime).artifact(from: data)
        let model = try LoadedModel(artifact, version: ModelArtifact.version(of: artifact.bytes()), runtime: runtime)
        return try Backtest(model: model, document: document).rows(readings, labels: labels) { reading in
            starts[reading.asset].map { reading.instant >= $0 } ?? false
        }
    }
}

/// Rows judged one by one, as a person reads it.
enum RowText {
    static func text(_ rows: RowJudgements) -> String {
        func line(_ name: String, _ judgement: RowJudgement) -> String {
            func percent(_ share: Double?) -> String { share.map { ManifestText.number($0 * 100) + " %" } ?? "none" }
            return ManifestText.row(
                name,
                "\(percent(judgement.falseAlarmRate)) false, \(percent(judgement.missedAlarmRate)) missed"
            )
        }
        let unscored = rows.unscored > 0 ? ", and \(rows.unscored) before a first score, for the rules alone" : ""
        return [
            "Row by row, of \(rows.together.sound) sound and \(rows.together.faulty) faulty rows\(unscored)",
            line("rules and model", rows.together), line("model alone", rows.model), line("rules alone", rows.rules),
        ].joined(separator: "\n")
    }
}
