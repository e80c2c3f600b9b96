package import Features
package import Plant

/// One sentence for a person at the machine, of what mattered most.
///
/// "Pump 3's bearing: vibration over the last 3 h is 2.4 times its usual; 31 h since it rose". A ratio is given only
/// where all usual values are above 0 and it is at least 1.5, or at most 2/3: 850 is no "1.06 times" of 800.
package enum ExplanationSentence {
    /// Composes the sentence.
    ///
    /// - Parameters:
    ///   - asset: The asset's name.
    ///   - component: Nil where none is known.
    ///   - facts: The largest share first; at most two tags are told of.
    ///   - tags: Names, that of the largest share first: its facts are told first.
    ///   - meanings: By the feature's name.
    ///   - instant: Of the row.
    /// - Returns: Nil where no fact speaks for the alarm.
    package static func text(
        asset: String,
        component: String?,
        facts: [FeatureFact],
        tags: [String] = [],
        meanings: [String: FeatureMeaning],
        at instant: Instant
    ) -> String? {
        let speaking = facts.filter { $0.share > 0 && meanings[$0.feature] != nil }
        guard let first = speaking.first(where: { $0.tag == tags.first }) ?? speaking.first else { return nil }
        // What is unusual says more than what merely weighs: of equal tags the unusual feature is told.
        let lead = speaking.first { $0.tag == first.tag && $0.isUnusual && $0.share >= first.share / 4 } ?? first
        var clauses = [clause(lead, meanings)]
        clauses += since(lead, meanings, at: instant).map { [$0] } ?? []
        let second = speaking.first { $0.tag != lead.tag && $0.share >= lead.share / 2 && $0.isUnusual }
        if let second { clauses.append("also " + clause(second, meanings)) }
        return subject(asset, component) + ": " + clauses.joined(separator: "; ")
    }

    private static func subject(_ asset: String, _ component: String?) -> String {
        guard let component, component != asset else { return asset }
        return asset + (asset.last == "s" ? "\u{27} " : "\u{27}s ") + component
    }

    private static func clause(_ fact: FeatureFact, _ meanings: [String: FeatureMeaning]) -> String {
        guard let meaning = meanings[fact.feature] else { return fact.feature }
        let tag = meaning.tag.name
        if meaning.tag.kind == .boolean { return boolean(fact, tag: tag, meaning.statistic) }
        let name = noun(tag, meaning.statistic)
        guard let value = fact.value else { return "\(name) is missing" }
        if case .slope(let seconds) = meaning.statistic { return climb(tag, value, fact.usual?.median, over(seconds)) }
        return "\(name) is \(comparison(value, fact.usual))"
    }

    private static func noun(_ tag: String, _ statistic: FeatureMeaning.Statistic) -> String {
        switch statistic {
        case .value, .since, .fraction, .rises: tag
        case .lag(let seconds): "\(tag) \(OperatorText.duration(Double(seconds))) before"
        case .mean(let seconds): "\(tag) \(over(seconds))"
        case .deviation(let seconds): "\(tag)\u{27}s swing \(over(seconds))"
        case .minimum(let seconds): "\(tag)\u{27}s lowest \(over(seconds))"
        case .maximum(let seconds): "\(tag)\u{27}s highest \(over(seconds))"
        case .slope(let seconds): "\(tag)\u{27}s slope \(over(seconds))"
        }
    }

    /// "pressure climbs by 3.6 per hour over the last 3 h, usually level"; both slopes are per second.
    private static func climb(_ tag: String, _ slope: Double, _ usual: Double?, _ over: String) -> String {
        let usually = usual.map { usual in
            ", usually \((abs(usual) < abs(slope) / 10 ? nil : pace(usual)) ?? "level")"
        }
        return "\(tag) \(pace(slope) ?? "is level") \(over)\(usually ?? "")"
    }

    /// Nil for what is level.
    private static func pace(_ slope: Double) -> String? {
        let change = text(abs(slope) * 3_600, significant: 2)
        return change == "0" ? nil : "\(slope > 0 ? "climbs" : "falls") by \(change) per hour"
    }

    private static func over(_ seconds: Int) -> String { "over the last \(OperatorText.duration(Double(seconds)))" }

    /// "2.4 times its usual", "12 above its usual 850", "5.1, as usual", "5.1".
    private static func comparison(_ value: Double, _ usual: UsualValue?) -> String {
        guard let usual else { return text(value) }
        guard !usual.contains(value) else { return "\(text(value)), as usual" }
        if usual.isPositive, value > 0, usual.median > 0 {
            let ratio = value / usual.median
            if ratio >= 1.5 || ratio <= 2.0 / 3 { return "\(text(ratio, significant: 2)) times its usual" }
        }
        let difference = abs(value - usual.median)
        let direction = value > usual.median ? "above" : "below"
        return "\(text(difference, significant: 2)) \(direction) its usual \(text(usual.median))"
    }

    private static func boolean(
        _ fact: FeatureFact,
        tag: String,
        _ statistic: FeatureMeaning.Statistic
    ) -> String {
        let usually = fact.usual?.median
        switch statistic {
        case .since:
            guard let value = fact.value else { return "\(tag) has never been on" }
            return value == 0 ? "\(tag) is on" : "\(tag) was last on \(OperatorText.duration(value)) ago"
        case .fraction(let seconds):
            guard let value = fact.value else { return "\(tag) \(over(seconds)) is missing" }
            let usual = usually.map { ", usually \(OperatorText.percent($0))" } ?? ""
            return
                "\(tag) was on \(OperatorText.percent(value)) of the last \(OperatorText.duration(Double(seconds)))\(usual)"
        case .rises(let seconds):
            guard let value = fact.value else { return "\(tag) \(over(seconds)) is missing" }
            let usual = usually.map { ", usually \(text($0))" } ?? ""
            return "\(tag) came on \(value == 1 ? "once" : "\(text(value)) times") \(over(seconds))\(usual)"
        case .value, .lag, .mean, .deviation, .minimum, .maximum, .slope:
            guard let value = fact.value else { return "\(tag) is missing" }
            let usual = usually.map { $0 == value ? "" : ", usually \($0 == 1 ? "on" : "off")" } ?? ""
            return "\(tag) is \(value == 1 ? "on" : "off")\(usual)"
        }
    }

    /// "31 h since it rose", and "so for 31 h" of what is no level of the tag.
    ///
    /// Nil where it is as usual, or was so only just now, and where the clause itself says how long.
    private static func since(
        _ fact: FeatureFact,
        _ meanings: [String: FeatureMeaning],
        at instant: Instant
    ) -> String? {
        guard let meaning = meanings[fact.feature], let since = fact.since, let value = fact.value,
            let usual = fact.usual, since < instant
        else { return nil }
        let isLevel: Bool
        switch meaning.statistic {
        case .value, .lag, .mean, .minimum, .maximum: isLevel = meaning.tag.kind == .continuous
        case .since where value > 0: return nil
        case .deviation, .slope, .since, .fraction, .rises: isLevel = false
        }
        let duration = OperatorText.duration((instant - since).minutes * 60)
        if fact.isSinceAtLeast { return "so for at least \(duration)" }
        return isLevel ? "\(duration) since it \(value > usual.high ? "rose" : "fell")" : "so for \(duration)"
    }

    private static func text(_ value: Double, significant: Int = 3) -> String {
        OperatorText.number(value, decimals: OperatorText.decimals(of: value, significant: significant))
    }
}
