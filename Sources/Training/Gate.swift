import Alarms
package import Models
package import Plant
package import Serving

/// Judges a model before it may serve, on rows that it never saw, beside the champion where there is one.
package struct Gate: Sendable {
    private let schema: SignalSchema
    private let trustedTags: [String]

    private static let eceMax = 0.05
    /// With less the candidate is taken to rank worse.
    private static let rankingBetterMin = 0.05

    /// - Parameters:
    ///   - schema: As the training saw it.
    ///   - trustedTags: Tags that somebody vouches for.
    package init(schema: SignalSchema, trustedTags: [String] = []) {
        self.schema = schema
        self.trustedTags = trustedTags
    }

    /// The model that serves, and its rows of the same history.
    package struct Champion {
        let model: LoadedModel
        let data: TrainingData

        package init(model: LoadedModel, data: TrainingData) {
            self.model = model
            self.data = data
        }
    }

    /// What the gate finds.
    ///
    /// `untouched` are the rows of the data that the candidate never saw; none where there were too few failures to keep
    /// any apart.
    package func report(
        on candidate: LoadedModel,
        artifact: ModelArtifact,
        data: TrainingData,
        untouched: [Int],
        champion: Champion?
    ) throws -> GateReport {
        let apart = Set(untouched)
        let learned = data.set.judged.filter { !apart.contains($0) }
        var checks = [evidence(artifact.report, hasUntouched: !untouched.isEmpty), parity(artifact.manifest.parity)]
        checks.append(leakage(try LeakageCheck(of: data, learned: learned, trusted: trustedTags).findings))
        let isJudged = checks[0].outcome == .passed
        if let report = artifact.report {
            checks.append(calibration(report, isJudged: isJudged))
            checks.append(worth(report, isJudged: isJudged))
        }
        var rival: GateReport.Rival?
        if let champion {
            rival = try compared(candidate, data, untouched, champion)
            checks += comparison(rival, needed: artifact.report?.neededFailures ?? 0, champion)
        }
        return GateReport(checks: checks, rival: rival)
    }

    /// What the gate finds of a baseline, which there is nothing to judge by but normal running itself.
    package func report(on baseline: LoadedModel, data: TrainingData) throws -> GateReport {
        guard let anomaly = baseline.manifest.anomaly else { preconditionFailure("a model of failures is no baseline") }
        let rows = baseline.manifest.data.rows
        let windows = "the baseline lasts \(rounded(anomaly.windowCount)) of its longest windows, in \(rows) rows"
        let isLong = anomaly.windowCount >= AnomalyBaseline.windowCountMin && rows >= AnomalyBaseline.rowCountMin
        let evidence = GateReport.Check(
            .evidence,
            isLong ? .passed : .cannotDetermine,
            isLong
                ? windows
                : "\(windows): \(rounded(AnomalyBaseline.windowCountMin)) and \(AnomalyBaseline.rowCountMin) are needed"
        )
        let difference = baseline.manifest.parity.probabilityDifferenceMax
        let parity = GateReport.Check(
            .parity,
            difference <= BaselineRun.scoreDifferenceMax ? .passed : .failed,
            "ONNX and the formula differ by at most \(difference) over \(baseline.manifest.parity.rows) rows"
        )
        let share = rounded(anomaly.heldOutShare * 100)
        let worth = GateReport.Check(
            .worth,
            anomaly.heldOutShare <= AnomalyBaseline.heldOutShareMax ? .passed : .failed,
            "\(share) % of normal rows that it had not seen would have been called unusual; "
                + "\(rounded(AnomalyBaseline.heldOutShareMax * 100)) % are allowed" + (try caught(baseline, data))
        )
        return GateReport(checks: [evidence, parity, worth], rival: nil)
    }

    /// What its alarms would have been worth where failures were recorded, in words; empty where there were none.
    private func caught(_ baseline: LoadedModel, _ data: TrainingData) throws -> String {
        let judged = data.settled(for: baseline.manifest).filter { data.rows[$0].label.isKnown }
        let judgement = Judgement(try outputs(baseline, data, judged), of: judged, in: data.set, schema: schema)
        guard judgement.episodeCount > 0 else { return "" }
        let episodes = judgement.search.play(baseline.policy.threshold).evaluation
        return "; of \(episodes.episodes) recorded failures it would have announced \(episodes.episodesDetected), "
            + "with \(episodes.falseAlarms) other alarms"
    }

    // MARK: - By itself

    private func evidence(_ report: ModelReport?, hasUntouched: Bool) -> GateReport.Check {
        guard let report, hasUntouched else {
            return GateReport.Check(
                .evidence,
                .cannotDetermine,
                "there are too few failures to keep any apart for judging: more history is needed"
            )
        }
        let counted = "\(failures(report.judgedFailures)) in the part that the model never saw"
        guard report.judgedFailures >= report.neededFailures else {
            return GateReport.Check(.evidence, .cannotDetermine, "only \(counted), \(report.neededFailures) are needed")
        }
        return GateReport.Check(.evidence, .passed, counted)
    }

    private func parity(_ parity: ModelManifest.Parity) -> GateReport.Check {
        GateReport.Check(
            .parity,
            parity.holds ? .passed : .failed,
            "ONNX and LightGBM differ by at most \(parity.probabilityDifferenceMax) over \(parity.rows) rows"
        )
    }

    private func leakage(_ findings: [LeakageCheck.Finding]) -> GateReport.Check {
        findings.isEmpty
            ? GateReport.Check(.leakage, .passed, "no tag knows the future")
            : GateReport.Check(.leakage, .failed, findings.map(\.message).joined(separator: "; "))
    }

    private func calibration(_ report: ModelReport, isJudged: Bool) -> GateReport.Check {
        guard isJudged, let ece = report.ranking.ece else {
            return GateReport.Check(
                .calibration,
                .cannotDetermine,
                "too few failures to tell whether probabilities hold"
            )
        }
        return GateReport.Check(
            .calibration,
            ece <= Self.eceMax ? .passed : .failed,
            "probabilities are off by \(rounded(ece)) on average, \(Self.eceMax) is allowed"
        )
    }

    private func worth(_ report: ModelReport, isJudged: Bool) -> GateReport.Check {
        guard isJudged else {
            return GateReport.Check(.worth, .cannotDetermine, "too few failures to tell whether its alarms pay")
        }
        let without = Double(report.episodes.episodes) * report.missedFailureCost
        let cost = report.episodes.expectedCost
        return GateReport.Check(
            .worth,
            cost < without ? .passed : .failed,
            "its alarms cost \(rounded(cost)) where no alarm at all would have cost \(rounded(without))"
        )
    }

    // MARK: - Against the champion

    /// Both on the rows that neither saw; nil where they look at different things.
    private func compared(
        _ candidate: LoadedModel,
        _ data: TrainingData,
        _ untouched: [Int],
        _ champion: Champion
    ) throws -> GateReport.Rival? {
        guard champion.model.manifest.horizonMinutes == candidate.manifest.horizonMinutes else { return nil }
        let known = champion.model.manifest.data
        let places = Dictionary(
            champion.data.rows.indices.map { (RowKey(champion.data.rows[$0]), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let mine = untouched.filter { index in
            let row = data.rows[index]
            let isNew = known.untouchedAssets.map { $0.contains(row.asset) } ?? (row.instant > known.until)
            return isNew && places[RowKey(row)] != nil
        }
        let its = mine.compactMap { places[RowKey(data.rows[$0])] }
        guard !mine.isEmpty else { return nil }
        let ours = Judgement(try outputs(candidate, data, mine), of: mine, in: data.set, schema: schema)
        let theirs = Judgement(try outputs(champion.model, champion.data, its), of: mine, in: data.set, schema: schema)
        let (left, right) = (ours.ranked, theirs.ranked)
        let differences = ours.bootstrap.draws { weights -> Double? in
            guard let mine = left.figures(weights: weights).prAUC, let its = right.figures(weights: weights).prAUC
            else {
                return nil
            }
            return mine - its
        }.compactMap(\.self)
        return GateReport.Rival(
            version: champion.model.version,
            candidate: figures(ours, candidate.policy),
            champion: figures(theirs, champion.model.policy),
            rankingBetter: differences.isEmpty
                ? nil : Double(differences.count { $0 > 0 }) / Double(differences.count)
        )
    }

    private func outputs(_ model: LoadedModel, _ data: TrainingData, _ indices: [Int]) throws -> [ModelOutput] {
        var outputs: [ModelOutput] = []
        try data.forEachPage(of: indices, rowCount: 256) { places, values in
            outputs += try model.outputs(for: values, rowCount: places.count)
        }
        return outputs
    }

    private func figures(_ judgement: Judgement, _ policy: PredictivePolicy) -> GateReport.Figures {
        GateReport.Figures(
            ranking: judgement.ranking,
            episodes: judgement.search.play(policy.threshold).evaluation
        )
    }

    private func comparison(_ rival: GateReport.Rival?, needed: Int, _ champion: Champion) -> [GateReport.Check] {
        guard let rival, rival.champion.episodes.episodes >= needed else {
            let why =
                champion.model.manifest.horizonMinutes != schema.horizonMinutes
                ? "the champion looks \(champion.model.manifest.horizonMinutes) minutes ahead, this model "
                    + "\(schema.horizonMinutes): they can't be compared"
                : "only \(failures(rival?.champion.episodes.episodes ?? 0)) in rows that neither it nor the champion "
                    + "learned from, \(needed) are needed to compare them"
            return [GateReport.Check(.ranking, .cannotDetermine, why), GateReport.Check(.cost, .cannotDetermine, why)]
        }
        let better = rival.rankingBetter ?? 0.5
        let (mine, its) = (rival.candidate, rival.champion)
        let costs =
            "\(rounded(mine.episodes.expectedCost)) against the champion's \(rounded(its.episodes.expectedCost))"
        let isCheaper = mine.episodes.expectedCost < its.episodes.expectedCost
        let isEqual = mine.episodes.expectedCost == its.episodes.expectedCost
        let ranksHigher = (mine.ranking.prAUC ?? 0) > (its.ranking.prAUC ?? 0)
        return [
            GateReport.Check(
                .ranking,
                better >= Self.rankingBetterMin ? .passed : .failed,
                "PR-AUC \(rounded(mine.ranking.prAUC ?? 0)) against the champion's \(rounded(its.ranking.prAUC ?? 0)); "
                    + "better in \(rounded(better * 100)) % of redrawn weeks"
            ),
            GateReport.Check(
                .cost,
                isCheaper || (isEqual && ranksHigher) ? .passed : .failed,
                "alarms and missed failures would have cost \(costs)"
            ),
        ]
    }

    private func failures(_ count: Int) -> String { count == 1 ? "1 failure" : "\(count) failures" }

    private func rounded(_ value: Double) -> String { String((value * 1_000).rounded() / 1_000) }
}

private struct RowKey: Hashable {
    let asset: String
    let instant: Instant

    init(_ row: TrainingSet.Row) {
        asset = row.asset
        instant = row.instant
    }
}
