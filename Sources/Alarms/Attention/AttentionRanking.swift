package import Models
package import Plant

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
        /// The order by which all of it is out of service; nil where none is.
        package let outOfService: Suppression?

        package init(
            name: String,
            prediction: Prediction?,
            staleness: String?,
            alarms: [Alarm] = [],
            outOfService: Suppression? = nil
        ) {
            self.name = name
            self.prediction = prediction
            self.staleness = staleness
            self.alarms = alarms
            self.outOfService = outOfService
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

        /// Whether nothing at all is known of it now: no prediction stands, and no alarm is heard.
        package var isUnknown: Bool { rank == .unknown && alarm == nil }
    }

    /// All assets; which of two comes first is always decided.
    package let entries: [Entry]

    /// - Parameters:
    ///   - assets: With names that differ.
    ///   - costs: The organization's, of a missed failure and of a false alarm.
    ///   - weights: Of the cost of a missed failure.
    ///   - now: The plant's time: how long ago something was predicted counts up to it.
    package init(
        _ assets: [Asset],
        costs: EpisodeEvaluation.Costs,
        weights: CostWeights = CostWeights(),
        at now: Instant
    ) {
        entries = assets.map { Self.entry(of: $0, costs, weights, at: now) }.sorted(by: Self.isBefore)
    }

    private static func entry(
        of asset: Asset,
        _ costs: EpisodeEvaluation.Costs,
        _ weights: CostWeights,
        at now: Instant
    ) -> Entry {
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
            why: why(asset, prediction, alarm, at: now)
        )
    }

    private static func why(_ asset: Asset, _ prediction: Prediction?, _ alarm: Alarm?, at now: Instant) -> String {
        var reasons: [String] = []
        if let order = asset.outOfService {
            reasons.append(
                "out of service" + (order.by.map { " by \($0)" } ?? "") + (order.reason.map { " (\($0))" } ?? "")
            )
        }
        if let alarm, let cause = alarm.leadingCause {
            // What a model foretells is said once, by its newest words.
            if cause.source != .prediction || prediction == nil {
                let age = cause.metadata.map { self.age(of: $0.instant, at: now) } ?? ""
                reasons.append("alarm: \(cause.message)\(age)")
            }
        }
        if let prediction {
            let condition = prediction.component.map { AlarmCondition.component($0) } ?? .prediction
            let message = OperatorText.message(of: AlertMetadata(prediction, features: nil), condition: condition)
            reasons.append(message + age(of: prediction.instant, at: now))
        } else {
            reasons.append(asset.staleness ?? "there is no prediction yet")
        }
        return reasons.joined(separator: "; ")
    }

    /// Of what a model said: times to failure count from then.
    private static func age(of instant: Instant, at now: Instant) -> String {
        ", predicted \(OperatorText.age(minutes: (now - instant).minutes)) ago"
    }

    private static func isLess(_ left: Alarm, _ right: Alarm) -> Bool {
        guard let first = left.leadingCause?.urgency, let second = right.leadingCause?.urgency, first != second else {
            return left.id.description > right.id.description
        }
        return first < second
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        // Who works on it looks at it already.
        let (isLeftOut, isRightOut) = (left.asset.outOfService != nil, right.asset.outOfService != nil)
        if isLeftOut != isRightOut { return isRightOut }
        if left.rank != right.rank { return left.rank.order < right.rank.order }
        if left.rank == .critical, let first = left.alarm?.leadingCause?.urgency,
            let second = right.alarm?.leadingCause?.urgency, first != second
        {
            return first > second
        }
        // Of two equally critical ones the unknown is not taken for the sounder.
        let (leftCost, rightCost) = (left.expectedCost ?? .infinity, right.expectedCost ?? .infinity)
        if leftCost != rightCost { return leftCost > rightCost }
        let leftScore = left.prediction?.probability ?? .infinity
        let rightScore = right.prediction?.probability ?? .infinity
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
