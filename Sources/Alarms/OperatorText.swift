import Models

/// Sentences for people at a machine: short, with numbers no finer than they can use.
package enum OperatorText {
    /// "35 min", "9 h", "2.5 days".
    package static func age(minutes: Double) -> String {
        let text = span(minutes: minutes)
        return text.hasPrefix("about ") ? String(text.dropFirst(6)) : text
    }

    /// What a rule found: "hz1pv 871.2 is 11.2 above 860", after the rule's own message if it has one.
    ///
    /// The limit is the one exceeded; it is nil for a binary rule, or where the rule has lost it since.
    static func message(of rule: AlarmRule, value: Double, limit: Double?, side: LimitBand.Side) -> String {
        if case .binary = rule.check { return rule.message ?? "\(rule.tag) is on" }
        let finding: String
        switch rule.check {
        case .stale(let check):
            finding = "\(rule.tag) has sent no good value for \(span(minutes: Double(check.afterSeconds) / 60))"
        case .rateOfChange(let check): finding = "\(rule.tag) \(pace(value, limit: limit, check: check, side: side))"
        case .setpoint, .limit, .binary:
            finding = "\(rule.tag) \(Self.finding(value: value, limit: limit, side: side))"
        }
        guard let message = rule.message else { return finding }
        return "\(message) (\(finding))"
    }

    /// Whether a cause's sentence may be the rule's, whatever was measured.
    static func isMessage(_ text: String, of rule: AlarmRule) -> Bool {
        guard let message = rule.message else { return text.hasPrefix("\(rule.tag) ") }
        return text == message || text.hasPrefix("\(message) (")
    }

    /// "rises by 12 in about 10 min, more than 5".
    private static func pace(_ change: Double, limit: Double?, check: RateCheck, side: LimitBand.Side) -> String {
        let amount = number(abs(change), decimals: decimals(of: change, significant: 3))
        let motion = change == 0 ? "is level for" : "\(change > 0 ? "rises" : "falls") by \(amount) in"
        let finding = "\(motion) \(span(minutes: Double(check.overSeconds) / 60))"
        guard let limit else { return finding }
        let limitText = number(abs(limit), decimals: decimals(of: limit, significant: 10))
        // An off-delay or a deadband may hold an alarm whose change is inside.
        guard side == .high ? change > limit : change < limit else {
            return "\(finding), only just back inside a \(side == .high ? "rise" : "fall") of \(limitText)"
        }
        return "\(finding), more than \(limitText)"
    }

    private static func finding(value: Double, limit: Double?, side: LimitBand.Side) -> String {
        guard let limit else { return "is \(number(value, decimals: decimals(of: value, significant: 4)))" }
        let excess = side == .high ? value - limit : limit - value
        let decimals = max(decimals(of: value, significant: 4), excess > 0 ? decimals(of: excess, significant: 2) : 0)
        let valueText = number(value, decimals: decimals)
        let limitText = number(limit, decimals: Self.decimals(of: limit, significant: 10))
        // An off-delay or a deadband may hold an alarm whose value is inside.
        guard excess > 0 else { return "\(valueText) has only just come back inside \(limitText)" }
        let direction = side == .high ? "above" : "below"
        let excessText = number(excess, decimals: decimals)
        return excessText == "0"
            ? "\(valueText) is just \(direction) \(limitText)"
            : "\(valueText) is \(excessText) \(direction) \(limitText)"
    }

    /// What a model expects, "bearing likely to fail in about 9 h (83 %)", or what a baseline finds, "bearing behaves
    /// unusually (anomaly score 0.83)".
    static func message(of metadata: AlertMetadata, condition: AlarmCondition) -> String {
        if metadata.kind == .anomaly {
            let subject =
                switch condition {
                case .component(let name): "\(name) behaves unusually"
                case .rule, .prediction: "unusual behaviour"
                }
            return "\(subject) (anomaly score \(number(metadata.probability, decimals: 2)))"
        }
        let isLikely = metadata.probability >= 0.5
        let subject =
            switch condition {
            case .component(let name): isLikely ? "\(name) likely to fail" : "\(name) may fail"
            case .rule, .prediction: isLikely ? "failure likely" : "failure possible"
            }
        let time = metadata.timeToFailureMinutes.map { " in \(span(minutes: $0))" } ?? ""
        return "\(subject)\(time) (\(percent(metadata.probability)))"
    }

    /// "about 35 min", "about 9 h", "about 2.5 days".
    static func span(minutes: Double) -> String {
        switch minutes {
        case ..<1: "less than a minute"
        case ..<10: "about \(number(minutes, decimals: 0)) min"
        case ..<90: "about \(number((minutes / 5).rounded() * 5, decimals: 0)) min"
        case ..<600: "about \(number((minutes / 30).rounded() / 2, decimals: 1)) h"
        case ..<2_880: "about \(number(minutes / 60, decimals: 0)) h"
        case ..<14_400: "about \(number((minutes / 720).rounded() / 2, decimals: 1)) days"
        default: "about \(number(minutes / 1_440, decimals: 0)) days"
        }
    }

    /// "45 s", "2.5 min", "35 min", "3 h", "2.5 days": exact enough to be spoken, and never "about".
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(number(seconds, decimals: 0)) s"
        case ..<5_400: "\(number(seconds / 60, decimals: seconds < 600 ? 1 : 0)) min"
        case ..<36_000: "\(number(seconds / 3_600, decimals: 1)) h"
        case ..<172_800: "\(number(seconds / 3_600, decimals: 0)) h"
        case ..<864_000: "\(number(seconds / 86_400, decimals: 1)) days"
        default: "\(number(seconds / 86_400, decimals: 0)) days"
        }
    }

    /// "once", "12 times".
    package static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

    /// "1 row", "12 rows".
    package static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// Whole per cent, but never "0 %" or "100 %" for what is neither.
    static func percent(_ probability: Double) -> String {
        switch probability {
        case 0: "0 %"
        case ..<0.01: "under 1 %"
        case 1: "100 %"
        case 0.99...: "over 99 %"
        default: "\(number(probability * 100, decimals: 0)) %"
        }
    }

    /// In decimal notation without trailing zeros; numbers that would be too long for it as Swift writes them.
    static func number(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        // Beyond 2^53 a double's neighbours are whole numbers apart: there are no digits left to round.
        guard scaled < 9_007_199_254_740_992 else { return String(value) }
        var digits = String(Int64(scaled))
        digits = String(repeating: "0", count: max(0, decimals + 1 - digits.utf8.count)) + digits
        let whole = digits.dropLast(decimals)
        var fraction = digits.suffix(decimals)
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return sign + whole + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// With three significant digits, but whole where it has more: "0.004", "47.5", "12345".
    package static func figure(_ value: Double) -> String {
        guard abs(value) >= 9_007_199_254_740_992, let whole = Int64(exactly: value) else {
            return number(value, decimals: decimals(of: value, significant: 3))
        }
        return String(whole)
    }

    /// How many decimals show that many significant digits; at most 12.
    static func decimals(of value: Double, significant: Int) -> Int {
        var magnitude = abs(value)
        guard magnitude > 0, magnitude.isFinite else { return 0 }
        var exponent = 0
        while magnitude >= 10 {
            magnitude /= 10
            exponent += 1
        }
        while magnitude < 1, exponent > -12 {
            magnitude *= 10
            exponent -= 1
        }
        return min(12, max(0, significant - 1 - exponent))
    }
}
