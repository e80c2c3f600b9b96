/// Rows of a history met with alarms: how many sound rows were alarmed, and how many faulty ones were not.
///
/// These are the false alarm rate and the missed alarm rate that benchmarks of faults within a run report, where each
/// row is labelled; episodes and lead times say more of failures that lie ahead.
package struct RowJudgement: Hashable, Sendable {
    package private(set) var sound = 0
    package private(set) var faulty = 0
    /// Sound, and alarmed.
    package private(set) var falselyAlarmed = 0
    /// Faulty, and not alarmed.
    package private(set) var missed = 0

    package init() {}

    package mutating func judge(isFaulty: Bool, isAlarmed: Bool) {
        if isFaulty {
            faulty += 1
            missed += isAlarmed ? 0 : 1
        } else {
            sound += 1
            falselyAlarmed += isAlarmed ? 1 : 0
        }
    }

    /// Nil where no row is sound.
    package var falseAlarmRate: Double? { sound > 0 ? Double(falselyAlarmed) / Double(sound) : nil }
    /// Nil where no row is faulty.
    package var missedAlarmRate: Double? { faulty > 0 ? Double(missed) / Double(faulty) : nil }

    package static func + (left: RowJudgement, right: RowJudgement) -> RowJudgement {
        var sum = left
        sum.sound += right.sound
        sum.faulty += right.faulty
        sum.falselyAlarmed += right.falselyAlarmed
        sum.missed += right.missed
        return sum
    }
}

/// The same rows judged by rules and model together, and by each alone.
package struct RowJudgements: Hashable, Sendable {
    package var together = RowJudgement()
    package var model = RowJudgement()
    package var rules = RowJudgement()
    /// Rows of which the model had said nothing yet: only the rules are judged by them.
    package private(set) var unscored = 0

    package init() {}

    /// Counts a row.
    ///
    /// - Parameters:
    ///   - isFaulty: What it is labelled.
    ///   - isRuled: Whether a rule is active.
    ///   - isUnusual: What the model last said; nil where it has said nothing yet.
    package mutating func judge(isFaulty: Bool, isRuled: Bool, isUnusual: Bool?) {
        rules.judge(isFaulty: isFaulty, isAlarmed: isRuled)
        guard let isUnusual else {
            unscored += 1
            return
        }
        model.judge(isFaulty: isFaulty, isAlarmed: isUnusual)
        together.judge(isFaulty: isFaulty, isAlarmed: isRuled || isUnusual)
    }

    package static func + (left: RowJudgements, right: RowJudgements) -> RowJudgements {
        var sum = RowJudgements()
        sum.together = left.together + right.together
        sum.model = left.model + right.model
        sum.rules = left.rules + right.rules
        sum.unscored = left.unscored + right.unscored
        return sum
    }
}

extension RowJudgements: Encodable {
    private enum CodingKeys: String, CodingKey {
        case rowsSound, rowsFaulty, rowsUnscored, rowFalseAlarmRate, rowMissedAlarmRate, rowFalseAlarmRateModel
        case rowMissedAlarmRateModel, rowFalseAlarmRateRulesOnly, rowMissedAlarmRateRulesOnly
    }

    /// Rates that can't be known are null.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(together.sound, forKey: .rowsSound)
        try values.encode(together.faulty, forKey: .rowsFaulty)
        try values.encode(unscored, forKey: .rowsUnscored)
        try values.encode(together.falseAlarmRate, forKey: .rowFalseAlarmRate)
        try values.encode(together.missedAlarmRate, forKey: .rowMissedAlarmRate)
        try values.encode(model.falseAlarmRate, forKey: .rowFalseAlarmRateModel)
        try values.encode(model.missedAlarmRate, forKey: .rowMissedAlarmRateModel)
        try values.encode(rules.falseAlarmRate, forKey: .rowFalseAlarmRateRulesOnly)
        try values.encode(rules.missedAlarmRate, forKey: .rowMissedAlarmRateRulesOnly)
    }

    /// Where no row is labelled, all of it is null.
    static func encodeUnknown(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        let keys: [CodingKeys] = [
            .rowsSound, .rowsFaulty, .rowsUnscored, .rowFalseAlarmRate, .rowMissedAlarmRate, .rowFalseAlarmRateModel,
            .rowMissedAlarmRateModel, .rowFalseAlarmRateRulesOnly, .rowMissedAlarmRateRulesOnly,
        ]
        for key in keys { try values.encodeNil(forKey: key) }
    }
}
