import Features
import Foundation
import Models

/// A model's manifest as a person reads it.
enum ManifestText {
    static func summary(of manifest: ModelManifest, version: ModelVersion) -> String {
        if let anomaly = manifest.anomaly { return summary(of: anomaly, manifest, version: version) }
        let data = manifest.data
        let episodes = manifest.episodes
        var lines = [
            "Model \(version) of \(manifest.organization)",
            row("data", "\(data.rows) rows, \(data.assets) assets, \(data.from) to \(data.until)"),
            row("failures", "\(data.episodes), with \(data.positives) rows in their \(horizon(manifest)) horizon"),
            row("features", "\(manifest.view.count) (view \(manifest.viewHash.prefix(12)))"),
            row("components", manifest.components.isEmpty ? "one" : manifest.components.joined(separator: ", ")),
            row("quality", quality(manifest)),
            row("ROC-AUC", number(manifest.ranking.rocAUC)),
            row("PR-AUC", number(manifest.ranking.prAUC)),
            row("Brier", number(manifest.ranking.brier)),
            row("calibration error", number(manifest.ranking.ece)),
            row("threshold", number(manifest.threshold)),
            row("caught", "\(episodes.episodesDetected) of \(episodes.episodes) failures"),
        ]
        if let lead = episodes.medianLeadMinutes { lines.append(row("median lead time", minutes(lead))) }
        let perWeek = episodes.falseAlarmsPerAssetWeek.map { ", \(number($0)) per asset and week" } ?? ""
        lines.append(row("false alarms", "\(episodes.falseAlarms)\(perWeek)"))
        if let share = episodes.componentTop1 { lines.append(row("component right", number(share))) }
        if let error = episodes.timeToFailureMAE { lines.append(row("time off by", "\(minutes(error)) on average")) }
        lines.append(
            row(
                "parity",
                "ONNX equals LightGBM to \(String(format: "%.1e", manifest.parity.probabilityDifferenceMax)) "
                    + "over \(manifest.parity.rows) rows"
            )
        )
        return lines.joined(separator: "\n")
    }

    private static func summary(
        of anomaly: AnomalyBaseline,
        _ manifest: ModelManifest,
        version: ModelVersion
    ) -> String {
        let data = manifest.data
        let unwatched = anomaly.unwatchedTags.isEmpty ? "none" : anomaly.unwatchedTags.joined(separator: ", ")
        return [
            "Baseline \(version) of \(manifest.organization): an anomaly score, no probability",
            row("data", "\(data.rows) rows of normal running, \(data.assets) assets, \(data.from) to \(data.until)"),
            row("features", "\(manifest.view.count) (view \(manifest.viewHash.prefix(12)))"),
            row("tags watched", anomaly.tags.map(\.name).joined(separator: ", ")),
            row("not watched", unwatched),
            row("components", manifest.components.isEmpty ? "one" : manifest.components.joined(separator: ", ")),
            row("quality", quality(manifest)),
            row("alarms", "at a score of \(number(manifest.threshold)), \(manifest.raiseAfter) rows in a row"),
            row("unusual", "\(number(anomaly.heldOutShare)) of the normal rows that it had not seen"),
            row(
                "parity",
                "ONNX equals the formula to \(String(format: "%.1e", manifest.parity.probabilityDifferenceMax)) "
                    + "over \(manifest.parity.rows) rows"
            ),
        ].joined(separator: "\n")
    }

    static func row(_ name: String, _ value: String) -> String {
        "  \(name)\(String(repeating: " ", count: max(1, 19 - name.count)))\(value)"
    }

    static func number(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "can't be judged" }

    static func minutes(_ minutes: Double) -> String {
        switch minutes {
        case ..<120: String(format: "%.0f min", minutes)
        case ..<2_880: String(format: "%.1f h", minutes / 60)
        default: String(format: "%.1f days", minutes / 1_440)
        }
    }

    private static func horizon(_ manifest: ModelManifest) -> String { minutes(Double(manifest.horizonMinutes)) }

    private static func quality(_ manifest: ModelManifest) -> String {
        switch manifest.quality {
        case .judged: "judged on rows it did not learn from"
        case .cannotDetermine: "CANNOT_DETERMINE: \(manifest.qualityReason)"
        }
    }
}
