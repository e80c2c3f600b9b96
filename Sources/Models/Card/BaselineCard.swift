import Features
import Plant

/// A baseline as a page for people: what it takes for normal, and what it can't tell.
package struct BaselineCard: Sendable {
    private let version: ModelVersion
    private let manifest: ModelManifest
    private let baseline: AnomalyBaseline

    /// Nil for a model of failures, whose page is a ``ModelCard``.
    package init?(version: ModelVersion, manifest: ModelManifest) {
        guard let baseline = manifest.anomaly else { return nil }
        self.version = version
        self.manifest = manifest
        self.baseline = baseline
    }

    /// One page that loads nothing; a content security policy lets its style through by the nonce.
    package func html(nonce: String? = nil) -> String {
        CardPage(
            title: "Baseline \(version)",
            organization: manifest.organization,
            subtitle: "an anomaly score, no probability of failure",
            sections: [
                CardPage.section("What it learned from", CardPage.table(data)),
                CardPage.section("What it takes for normal", CardPage.table(tags)),
                CardPage.section("What its alarms do", CardPage.table(alarms)),
                CardPage.section("What it can't judge", CardPage.list(limits)),
            ],
            version: version
        ).html(nonce: nonce)
    }

    private var data: [(String, String)] {
        let data = manifest.data
        return [
            ("rows of normal running", "\(data.rows), of \(data.assets) assets"), ("from", "\(data.from)"),
            ("until", "\(data.until)"), ("failures left out", "\(data.episodes)"),
            ("lasts", "\(CardText.number(baseline.windowCount, decimals: 0)) of its longest windows"),
            ("features", "\(manifest.view.count) of \(manifest.view.tags.count) tags"),
            ("snapshot", data.snapshotHash),
        ]
    }

    private var tags: [(String, String)] {
        baseline.tags.compactMap { tag in
            guard let level = tag.levels.first else { return nil }
            let (centre, scale) = (Double(level.centre), Double(level.scale))
            return (
                tag.name,
                "usually \(CardText.number(centre - 2 * scale)) to \(CardText.number(centre + 2 * scale))"
            )
        } + baseline.unwatchedTags.map { ($0, "not watched: it did not vary, or was hardly ever there") }
    }

    private var alarms: [(String, String)] {
        [
            ("raised", "at a score of \(CardText.number(manifest.threshold)), \(manifest.raiseAfter) rows in a row"),
            ("cleared", "below \(CardText.number(manifest.threshold * manifest.clearBelow))"),
            (
                "normal rows called unusual",
                "\(CardText.percent(baseline.heldOutShare)), in blocks that it had not seen"
            ),
            (
                "ONNX against the formula",
                "at most \(CardText.number(manifest.parity.probabilityDifferenceMax * 1e6, decimals: 2)) millionths over \(manifest.parity.rows) rows"
            ),
        ]
    }

    private var limits: [String] {
        [
            "How likely a failure is, when it will come, or what it will cost: it saw none.",
            "Whether what is unusual is bad: a new recipe is as unusual to it as a worn bearing.",
            "Troubles that were there while it learned: it takes them for normal. Record them as failures, and train anew.",
            "On and off signals: they are left to rules.",
        ]
    }
}
