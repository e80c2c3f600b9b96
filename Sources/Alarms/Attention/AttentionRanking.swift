package import Models
import Plant

/// Which asset to look at first: those where something is critical now, then by what not looking is expected to cost.
///
/// An anomaly score is no probability and makes no cost; it has a class of its own. Of an asset whose prediction does
/// not stand for the present nothing is known: it is never taken for a sound one.
package struct AttentionRanking: Sendable {
    /// What is known of an asset now.
    package struct Asset: Hashable, Sendable {
        package let name: String
        /// The newest one.
        package let prediction: Prediction?
        /// Why the prediction does not stand for the present, or why there is none; nil where it does.
        package let staleness: String?
        /// Its open alarms.
        package let alarms: [Alarm]

        package init(name: String, prediction: Prediction?, staleness: String?, alarms: [Alarm] = []) {
            self.name = name
            self.prediction = prediction
            self.staleness = staleness
            self.alarms = alarms
        }
    }

    /// What is said of an asset; earlier cases come first.
    package enum Class: String, Hashable, Sendable, Codable, CaseIterable {
        /// A critical alarm is active and heard.
        case critical = "CRITICAL"
        /// A model says how likely a failure is.
        case predicted = "PREDICTED"
        /// A baseline says how unusual the asset behaves.
        case unusual = "UNUSUAL"
        /// Nothing is said of the present.
        case unknown = "UNKNOWN"
    }

    package struct Entry: Hashable, Sendable {
        package let asset: Asset
        package let rank: Class
        /// The prediction, where it stands for the present.
        package let prediction: Prediction?
        /// Probability times what a missed failure of it costs; nil where there is no probability.
        package let expectedCost: Double?
        /// The expected cost less that of looking for nothing; at most 0 where looking does not pay.
        package let expectedSaving: Double?
        /// The most urgent alarm that is active and heard.
        package let alarm: Alarm?
        /// Why it stands where it does, as a sentence.
        package let why: String
    }

    /// All assets; which of two comes first is always decided.
    package let entries: [Entry]

    /// - Parameters:
    ///   - assets: With names that differ.
    ///   - costs: The organization's, of a missed failure and of a false alarm.
    ///   - weights: Of the cost of a missed failure.
    package init(_ assets: [Asset], costs: EpisodeEvaluation.Costs, weights: CostWeights = CostWeights()) {
        entries = assets.map { Self.entry(of: $0, costs, weights) }.sorted(by: Self.isBefore)
    }

    private static func entry(of asset: Asset, _ costs: EpisodeEvaluation.Costs, _ weights: CostWeights) -> Entry {
        let prediction = asset.staleness == nil ? asset.prediction : nil
        let alarm = asset.alarms.filter { !$0.suppression.isInForce && $0.leadingCause != nil }
            .max { isLess($0, $1) }
        let isCritical = alarm?.type == .critical
        var expectedCost: Double?
        var expectedSaving: Double?
        if let prediction, prediction.kind == .failure {
            let miss = costs.missedFailure * weights.weight(asset: asset.name, component: prediction.component)
            let cost = prediction.probability * miss
            expectedCost = cost
            expectedSaving = cost - (1 - prediction.probability) * costs.falseAlarm
        }
        let rank: Class =
            switch prediction?.kind {
            case _ where isCritical: .critical
            case .failure: .predicted
            case .anomaly: .unusual
            case nil: .unknown
            }
        return Entry(
            asset: asset,
            rank: rank,
            prediction: prediction,
            expectedCost: expectedCost,
            expectedSaving: expectedSaving,
            alarm: alarm,
            why: why(asset, prediction, alarm)
        )
    }

    private static func why(_ asset: Asset, _ prediction: Prediction?, _ alarm: Alarm?) -> String {
        var reasons: [String] = []
        if let alarm, let cause = alarm.leadingCause {
            // What a model foretells is said once, by its newest words.
            if cause.source != .prediction || prediction == nil { reasons.append("alarm: \(cause.message)") }
        }
        if let prediction {
            let condition = prediction.component.map { AlarmCondition.component($0) } ?? .prediction
            reasons.append(OperatorText.message(of: AlertMetadata(prediction, features: nil), condition: condition))
        } else {
            reasons.append(asset.staleness ?? "there is no prediction yet")
        }
        return reasons.joined(separator: "; ")
    }

    private static func isLess(_ left: Alarm, _ right: Alarm) -> Bool {
        guard let first = left.leadingCause?.urgency, let second = right.leadingCause?.urgency, first != second else {
            return left.id.description > right.id.description
        }
        return first < second
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        if left.rank != right.rank { return left.rank.order < right.rank.order }
        let (leftCost, rightCost) = (left.expectedCost ?? -1, right.expectedCost ?? -1)
        if leftCost != rightCost { return leftCost > rightCost }
        let (leftScore, rightScore) = (left.prediction?.probability ?? -1, right.prediction?.probability ?? -1)
        if leftScore != rightScore { return leftScore > rightScore }
        switch (left.alarm?.leadingCause?.urgency, right.alarm?.leadingCause?.urgency) {
        case (let first?, let second?) where first != second: return first > second
        case (_?, nil): return true
        case (nil, _?): return false
        case (_?, _?), (nil, nil): return left.asset.name < right.asset.name
        }
    }
}

extension AttentionRanking.Class {
    fileprivate var order: Int {
        switch self {
        case .critical: 0
        case .predicted: 1
        case .unusual: 2
        case .unknown: 3
        }
    }
}
