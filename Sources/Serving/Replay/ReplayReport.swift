package import Alarms
package import Plant

/// What doing an alarm's decision again came to, line by line.
package struct ReplayReport: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        /// Bit for bit.
        case same
        case differs
        /// It was not kept at the time, so that nothing can be held against it.
        case notKept
        /// It can't be done again: what it needs is there no more.
        case notRecomputable
    }

    package struct Line: Hashable, Sendable, Codable {
        package let what: String
        package let kept: String?
        package let recomputed: String?
        package let outcome: Outcome
        /// What is missing, or what else is to be known of it.
        package let note: String?
    }

    package let alarm: ID<Alarm>
    package let asset: String
    package let condition: String
    /// Of the alert that told of the decision.
    package let sequence: Int64
    /// When it fell, by the plant's time.
    package let at: Instant
    package private(set) var lines: [Line] = []

    init(alarm: ID<Alarm>, asset: String, condition: String, sequence: Int64, at: Instant) {
        self.alarm = alarm
        self.asset = asset
        self.condition = condition
        self.sequence = sequence
        self.at = at
    }

    /// Whether all that could be compared is the same, and all that must be could be.
    package var isSame: Bool { lines.allSatisfy { $0.outcome == .same || $0.outcome == .notKept } }

    /// Compares two texts that stand for all bits of what they tell.
    ///
    /// - Parameters:
    ///   - what: The line's name.
    ///   - kept: Nil where it was not kept.
    ///   - recomputed: Nil where it can't be done again.
    ///   - note: What else is to be known of it.
    ///   - gap: Why two texts may be unequal without any difference: something that led to them is there no more.
    mutating func compare(
        _ what: String,
        kept: String?,
        recomputed: String?,
        note: String? = nil,
        gap: String? = nil
    ) {
        let outcome: Outcome =
            switch (kept, recomputed) {
            case (nil, _): .notKept
            case (_, nil): .notRecomputable
            case let (kept?, recomputed?): kept == recomputed ? .same : gap == nil ? .differs : .notRecomputable
            }
        add(what, kept: kept, recomputed: recomputed, outcome, note: note ?? (outcome == .notRecomputable ? gap : nil))
    }

    mutating func add(
        _ what: String,
        kept: String? = nil,
        recomputed: String? = nil,
        _ outcome: Outcome,
        note: String? = nil
    ) {
        lines.append(Line(what: what, kept: kept, recomputed: recomputed, outcome: outcome, note: note))
    }
}

/// Numbers with all their bits, so that two texts are equal exactly when the numbers are.
enum ExactText {
    static func text(_ value: Double?) -> String {
        guard let value else { return "none" }
        return "\(value) (\(String(value.bitPattern, radix: 16)))"
    }

    static func text(_ transition: AlarmTransition) -> String {
        let alarm = transition.alarm
        return "\(transition.change.rawValue) \(alarm.type.rawValue) \(alarm.condition.key) at \(transition.at), "
            + "\(alarm.state.rawValue), by \(transition.source?.key ?? "an operator")"
    }

    /// An active cause with its figures; what a model said stands in lines of its own.
    static func text(_ cause: AlarmCause) -> String {
        let measured = cause.measured.map { " measured \(text($0))" } ?? ""
        let limit = cause.limit.map { " limit \(text($0))" } ?? ""
        return "\(cause.source.key) \(cause.type.rawValue) since \(cause.since)\(measured)\(limit): \(cause.message)"
    }
}
