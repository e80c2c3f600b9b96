package import Features
package import Plant

/// All that is to be known of a model besides its bytes; it tells nothing of when or where it was trained, so that
/// the same data give the same manifest.
package struct ModelManifest: Hashable, Sendable, Codable {
    /// Whether there were failures enough to say how good the model is.
    package enum Quality: String, Hashable, Sendable, Codable {
        case judged = "JUDGED"
        case cannotDetermine = "CANNOT_DETERMINE"
    }

    /// The data it was trained on.
    package struct Data: Hashable, Sendable, Codable {
        package let from: Instant
        package let until: Instant
        package let observedUntil: Instant
        package let assets: Int
        package let rows: Int
        package let positives: Int
        package let episodes: Int
        /// SHA-256 over the feature rows and labels, in hexadecimal.
        package let snapshotHash: String
        /// The assets that it never saw, where whole assets were kept apart to judge it.
        package let untouchedAssets: [String]?

        package init(
            from: Instant,
            until: Instant,
            observedUntil: Instant,
            assets: Int,
            rows: Int,
            positives: Int,
            episodes: Int,
            snapshotHash: String,
            untouchedAssets: [String]? = nil
        ) {
            self.from = from
            self.until = until
            self.observedUntil = observedUntil
            self.assets = assets
            self.rows = rows
            self.positives = positives
            self.episodes = episodes
            self.snapshotHash = snapshotHash
            self.untouchedAssets = untouchedAssets
        }
    }

    /// How the artifact's ONNX compares with the boosters it was exported from, over training rows.
    package struct Parity: Hashable, Sendable, Codable {
        package let rows: Int
        package let scoreDifferenceMax: Double
        package let probabilityDifferenceMax: Double

        package init(rows: Int, scoreDifferenceMax: Double, probabilityDifferenceMax: Double) {
            self.rows = rows
            self.scoreDifferenceMax = scoreDifferenceMax
            self.probabilityDifferenceMax = probabilityDifferenceMax
        }

        /// DESIGN's bound: raw scores agree to 1e-5, probabilities to 1e-6.
        package var holds: Bool { scoreDifferenceMax <= 1e-5 && probabilityDifferenceMax <= 1e-6 }
    }

    package static let currentFormat = 1

    package var format = Self.currentFormat
    package var organization: String
    package var view: FeatureView
    /// Its hash, so that a manifest that was edited is found out.
    package var viewHash: String
    package var predictEverySeconds: Int
    package var horizonMinutes: Int
    /// What is normal, where the model tells nothing else; nil for a model of failures.
    package var anomaly: AnomalyBaseline?
    /// In the order of the `components` output; empty where the model knows fewer than two.
    package var components: [String]
    /// Of the `survival` output; nil where the model has none.
    package var survivalBins: SurvivalBins?
    /// How P10 and P90 are read; nil for the curve's own quantiles.
    package var timeSpread: TimeSpread?
    package var calibration: PlattCalibration
    package var confidence: VennAbers?
    /// The least expected cost on rows the model did not learn from.
    package var threshold: Double
    package var raiseAfter: Int
    package var clearBelow: Double
    package var quality: Quality
    /// Why the quality can't be determined, in words; empty where it can.
    package var qualityReason: String
    package var data: Data
    package var parameters: [String: String]
    package var libraries: [String: String]
    /// Over rows and episodes that the judged boosters did not learn from.
    package var ranking: Ranking
    package var episodes: EpisodeEvaluation
    package var parity: Parity
    /// SHA-256 of the artifact's other files, by name.
    package var contents: [String: String]

    package init(
        organization: String,
        view: FeatureView,
        viewHash: String,
        predictEverySeconds: Int,
        horizonMinutes: Int,
        anomaly: AnomalyBaseline? = nil,
        components: [String],
        survivalBins: SurvivalBins?,
        timeSpread: TimeSpread? = nil,
        calibration: PlattCalibration,
        confidence: VennAbers?,
        threshold: Double,
        raiseAfter: Int,
        clearBelow: Double,
        quality: Quality,
        qualityReason: String,
        data: Data,
        parameters: [String: String],
        libraries: [String: String],
        ranking: Ranking,
        episodes: EpisodeEvaluation,
        parity: Parity,
        contents: [String: String]
    ) {
        self.organization = organization
        self.view = view
        self.viewHash = viewHash
        self.predictEverySeconds = predictEverySeconds
        self.horizonMinutes = horizonMinutes
        self.anomaly = anomaly
        self.components = components
        self.survivalBins = survivalBins
        self.timeSpread = timeSpread
        self.calibration = calibration
        self.confidence = confidence
        self.threshold = threshold
        self.raiseAfter = raiseAfter
        self.clearBelow = clearBelow
        self.quality = quality
        self.qualityReason = qualityReason
        self.data = data
        self.parameters = parameters
        self.libraries = libraries
        self.ranking = ranking
        self.episodes = episodes
        self.parity = parity
        self.contents = contents
    }
}

extension ModelManifest {
    package var kind: ModelKind { anomaly == nil ? .failure : .anomaly }

    /// Whether windows are full enough to say something of a row whose oldest sample is of that age.
    ///
    /// To a baseline windows that are hardly filled look unusual; a model of failures has learned from such rows too.
    package func canJudge(oldestSampleAgeSeconds age: Double) -> Bool {
        age >= anomaly?.settlingSeconds ?? 0
    }

    /// What no model can be served with; nil for a good manifest.
    var problem: String? {
        let year = 31_622_400
        if view.hash != viewHash { return "its feature view does not match its hash" }
        if !(1...5_256_000).contains(horizonMinutes) { return "horizonMinutes \(horizonMinutes) is out of range" }
        if !(0...year).contains(predictEverySeconds) { return "predictEverySeconds is out of range" }
        if !(threshold >= 0 && threshold.isFinite) { return "the threshold is no probability" }
        if !(1...1_000).contains(raiseAfter) { return "raiseAfter \(raiseAfter) is out of range" }
        if !(clearBelow > 0 && clearBelow <= 1) { return "clearBelow is not in 0...1" }
        if components.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) { return "a component has no name" }
        if Set(components).count != components.count { return "a component stands there twice" }
        return nil
    }
}
