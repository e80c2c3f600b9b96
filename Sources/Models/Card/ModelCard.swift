import Features
import Plant

/// A model version as a page for people.
///
/// What it learned from, how good it is and how sure that is, what its alarms would cost, and what it can't judge, after
/// Mitchell and others 2019, "Model Cards for Model Reporting".
package struct ModelCard: Sendable {
    private let version: ModelVersion
    private let manifest: ModelManifest
    private let report: ModelReport

    package init(version: ModelVersion, manifest: ModelManifest, report: ModelReport) {
        self.version = version
        self.manifest = manifest
        self.report = report
    }

    /// One page that loads nothing; a content security policy lets its style through by the nonce.
    package func html(nonce: String? = nil) -> String {
        CardPage(
            title: "Model \(version)",
            organization: manifest.organization,
            subtitle: quality,
            sections: [
                CardPage.section("What it learned from", CardPage.table(data)),
                CardPage.section("How good it is", CardPage.note(basis) + CardPage.table(figures)),
                "<div class=\"charts\">\(charts)</div>",
                CardPage.section("What its alarms do", CardPage.table(alarms)),
                CardPage.section("What other costs would choose", whatIf),
                CardPage.section("What it looks at", features),
                CardPage.section("What it can't judge", CardPage.list(limits)),
            ],
            version: version
        ).html(nonce: nonce)
    }

    // MARK: - Parts

    private var quality: String {
        switch report.quality {
        case .judged: "judged on \(report.judgedFailures) failures"
        case .cannotDetermine:
            "CANNOT_DETERMINE: \(report.judgedFailures) failures could be judged, \(report.neededFailures) are needed"
        }
    }

    private var data: [(String, String)] {
        let data = manifest.data
        return [
            ("rows", "\(data.rows), of \(data.assets) assets"), ("from", "\(data.from)"), ("until", "\(data.until)"),
            ("failures", "\(data.episodes), \(data.positives) rows within their horizon"),
            ("looks ahead", CardText.minutes(Double(manifest.horizonMinutes))),
            ("features", "\(manifest.view.count) of \(manifest.view.tags.count) tags"),
            ("components", manifest.components.isEmpty ? "one" : manifest.components.joined(separator: ", ")),
            ("snapshot", data.snapshotHash),
        ]
    }

    private var basis: String {
        let span = "\(report.basis.assets) assets, \(report.basis.from) to \(report.basis.until)"
        switch report.basis.kind {
        case .outOfFold:
            return "By folds: models that never saw the rows they were judged on; this one learned from all. \(span). "
                + "In brackets: 90 % intervals."
        case .untouched:
            return "On the part of the data that this very model never saw. \(span). In brackets: 90 % intervals."
        }
    }

    private var figures: [(String, String)] {
        let ranking = report.ranking
        return [
            ("rows judged", "\(ranking.rows), \(ranking.positives) of them failing"),
            ("PR-AUC", CardText.number(ranking.prAUC) + CardText.interval(report.intervals.prAUC)),
            ("ROC-AUC", CardText.number(ranking.rocAUC) + CardText.interval(report.intervals.rocAUC)),
            (
                "Brier score",
                CardText.number(ranking.brier, decimals: 4)
                    + (report.intervals.brier.map {
                        " (\(CardText.number($0.low, decimals: 4)) to \(CardText.number($0.high, decimals: 4)))"
                    } ?? "")
            ),
            ("calibration error", CardText.number(ranking.ece, decimals: 4)),
            ("component right at the first alarm", CardText.percent(report.episodes.componentTop1)),
            ("time to failure off by", CardText.minutes(report.episodes.timeToFailureMAE)),
            ("P10 to P90 covers", CardText.percent(report.timeCoverage)),
            (
                "ONNX against LightGBM",
                "at most \(CardText.number(manifest.parity.probabilityDifferenceMax * 1e6, decimals: 2)) millionths over \(manifest.parity.rows) rows"
            ),
        ]
    }

    private var alarms: [(String, String)] {
        let episodes = report.episodes
        let recall = report.intervals.eventRecall.map {
            " (\(CardText.percent($0.low)) to \(CardText.percent($0.high)))"
        }
        return [
            ("threshold", CardText.number(report.threshold)),
            ("failures caught", "\(episodes.episodesDetected) of \(episodes.episodes)\(recall ?? "")"),
            ("first alarm, median", "\(CardText.minutes(episodes.medianLeadMinutes)) before"),
            (
                "false alarms",
                "\(episodes.falseAlarms), \(CardText.number(episodes.falseAlarmsPerAssetWeek)) per asset and week"
            ),
            (
                "cost",
                "\(CardText.number(episodes.expectedCost, decimals: 0)) with a missed failure at "
                    + "\(CardText.number(report.missedFailureCost, decimals: 0)) and a false alarm at "
                    + "\(CardText.number(report.falseAlarmCost, decimals: 0)); without alarms "
                    + CardText.number(Double(episodes.episodes) * report.missedFailureCost, decimals: 0)
            ),
        ]
    }

    private var whatIf: String {
        let head = ["a missed failure costs", "threshold", "alarms a week", "caught", "missed", "false alarms a week"]
        let rows = [5.0, 10, 20, 50, 100, 200, 500].compactMap { ratio -> [String]? in
            guard let what = report.whatIf(missedFailureCost: ratio, falseAlarmCost: 1) else { return nil }
            return [
                "\(CardText.number(ratio, decimals: 0)) false alarms", CardText.number(what.threshold),
                CardText.number(what.alarmsPerWeek, decimals: 1), "\(what.caught)", "\(what.missed)",
                CardText.number(what.falseAlarmsPerWeek, decimals: 1),
            ]
        }
        let header = "<tr>" + head.map { "<th>\($0.escapedHTML)</th>" }.joined() + "</tr>"
        return "<table>" + header
            + rows.map { "<tr>" + $0.map { "<td>\($0.escapedHTML)</td>" }.joined() + "</tr>" }.joined() + "</table>"
    }

    private var features: String {
        guard !report.topFeatures.isEmpty else { return CardPage.note("Its trees split on nothing.") }
        return CardPage.table(report.topFeatures.prefix(15).map { ($0.feature, CardText.percent($0.share)) })
    }

    private var limits: [String] {
        var limits: [String] = []
        if report.quality == .cannotDetermine {
            limits.append(
                "How good it is: \(report.neededFailures - report.judgedFailures) more failures are needed to judge it by."
            )
        }
        limits.append("Failures of kinds that had not happened by \(manifest.data.until).")
        limits.append("Machines, recipes and sensors that were not there when it learned, or were changed since.")
        if manifest.components.isEmpty {
            limits.append("Which component fails: the failures it learned from name one, or none.")
        }
        if manifest.timeSpread == nil, manifest.survivalBins != nil {
            limits.append("How sure its times to failure are: their interval is the curve's own, and was not checked.")
        }
        let silent = report.tags.filter { ($0.counts.last ?? 0) * 2 > $0.total }.map(\.tag)
        if !silent.isEmpty {
            limits.append("Much from \(silent.joined(separator: ", ")): missing in more than half of the rows.")
        }
        return limits
    }

    // MARK: - Charts

    private var charts: String {
        [precisionRecall, calibration, cost, leads].compactMap(\.self).map { chart in
            "<figure><figcaption>\(chart.title.escapedHTML)</figcaption>\(chart.svg)</figure>"
        }.joined()
    }

    private var precisionRecall: SVGChart? {
        guard report.precisionRecall.count > 1 else { return nil }
        var chart = SVGChart("Precision and recall, by row", x: 0...1, xLabel: "recall", y: 0...1, yLabel: "precision")
        chart.line(report.precisionRecall.map { ($0.recall, $0.precision) })
        return chart
    }

    private var calibration: SVGChart? {
        guard !report.calibration.isEmpty else { return nil }
        var chart = SVGChart("Calibration", x: 0...1, xLabel: "said", y: 0...1, yLabel: "came true")
        chart.line([(0, 0), (1, 1)], isReference: true)
        let most = Double(report.calibration.map(\.rows).max() ?? 1)
        for bin in report.calibration { chart.dot(x: bin.predicted, y: bin.observed, share: Double(bin.rows) / most) }
        return chart
    }

    /// How many failures are caught for how many false alarms.
    private var cost: SVGChart? {
        guard let weeks = report.basis.weeks, report.episodes.episodes > 0, report.operatingPoints.count > 1 else {
            return nil
        }
        let points = report.operatingPoints.map { (x: Double($0.falseAlarms) / weeks, y: Double($0.caught)) }
            .sorted { $0.x < $1.x }
        // Beyond this nobody would look any more.
        let most = max(1, min(points.last?.x ?? 1, Double(report.basis.assets) * 3))
        var chart = SVGChart(
            "Failures caught for false alarms",
            x: 0...most,
            xLabel: "false alarms a week",
            y: 0...Double(report.episodes.episodes),
            yLabel: "caught"
        )
        // The best that can be had: a threshold so low that alarms never clear catches less.
        var best = 0.0
        var frontier: [(x: Double, y: Double)] = []
        for point in points where point.x <= most && point.y > best {
            frontier += [(point.x, best), point]
            best = point.y
        }
        chart.line(frontier + [(most, best)])
        chart.dot(
            x: Double(report.episodes.falseAlarms) / weeks,
            y: Double(report.episodes.episodesDetected),
            share: 0.5
        )
        return chart
    }

    private var leads: SVGChart? {
        guard let longest = report.leadMinutes.last, longest > 0 else { return nil }
        let (binCount, hours) = (12, longest / 60)
        var counts = [Int](repeating: 0, count: binCount)
        for lead in report.leadMinutes { counts[min(binCount - 1, Int(lead / longest * Double(binCount)))] += 1 }
        var chart = SVGChart(
            "How long before a failure the first alarm came",
            x: 0...hours,
            xLabel: "hours",
            y: 0...Double(max(1, counts.max() ?? 1)),
            yLabel: "failures"
        )
        for (bin, count) in counts.enumerated() {
            let width = hours / Double(binCount)
            chart.bar(from: Double(bin) * width, to: Double(bin + 1) * width, y: Double(count))
        }
        return chart
    }
}
