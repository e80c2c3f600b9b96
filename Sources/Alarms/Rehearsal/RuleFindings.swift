package import Plant

/// What one rule found on one asset, or on several, over a stretch of history: counts and times, whatever its length.
package struct RuleFindings: Hashable, Sendable {
    /// From becoming active to becoming inactive.
    private struct Spell: Hashable {
        let since: Instant
        var isCritical: Bool
        /// At any time since it became active.
        var wasCritical: Bool
    }

    /// A raise so soon after the last return is chatter: an operator has hardly read that the alarm was gone.
    package static let chatterWithin = Duration.seconds(300)

    /// Raises that became critical at some time before they returned.
    package private(set) var criticalRaises = 0
    package private(set) var warningRaises = 0
    /// How often it became CRITICAL while it was active already, also where it was so when the stretch began.
    package private(set) var escalations = 0
    /// Raises within ``chatterWithin`` of the last return.
    package private(set) var chattering = 0
    /// Raises that returned so soon that nobody could have acted, see ``AlarmQuality/fleetingMax``.
    package private(set) var fleeting = 0
    /// How long it was active in all, within the stretch.
    package private(set) var standing = Duration.zero
    package private(set) var longest = Duration.zero
    package private(set) var firstAt: Instant?
    package private(set) var lastAt: Instant?
    /// Of how many assets it was active when the stretch began; none of those is a raise.
    package private(set) var stoodAtStart = 0
    /// Of how many assets it was active when the stretch ended.
    package private(set) var standsAtEnd = 0
    private var spell: Spell?
    private var lastReturn: Instant?

    package init() {}

    package var raises: Int { criticalRaises + warningRaises }

    /// Notes that the rule is active with that severity; a stretch begins at `start`, and what was before only sets
    /// the scene.
    mutating func activate(_ type: AlarmType, at instant: Instant, from start: Instant) {
        let isCritical = type == .critical
        if let spell {
            self.spell?.isCritical = isCritical
            guard isCritical, !spell.isCritical, instant >= start else { return }
            escalations += 1
            guard spell.since >= start, !spell.wasCritical else { return }
            self.spell?.wasCritical = true
            criticalRaises += 1
            warningRaises -= 1
            return
        }
        spell = Spell(since: instant, isCritical: isCritical, wasCritical: isCritical)
        guard instant >= start else { return }
        if isCritical { criticalRaises += 1 } else { warningRaises += 1 }
        if let lastReturn, instant - lastReturn <= Self.chatterWithin { chattering += 1 }
        firstAt = firstAt ?? instant
        lastAt = instant
    }

    mutating func deactivate(at instant: Instant, from start: Instant) {
        if let spell, spell.since >= start, instant - spell.since < AlarmQuality.fleetingMax { fleeting += 1 }
        close(at: instant, from: start)
        lastReturn = instant
    }

    /// Counts what still stands, up to the stretch's end.
    mutating func end(at instant: Instant, from start: Instant) {
        guard spell != nil else { return }
        standsAtEnd = 1
        close(at: instant, from: start)
    }

    private mutating func close(at instant: Instant, from start: Instant) {
        guard let spell else { return }
        self.spell = nil
        guard instant >= start else { return }
        if spell.since < start { stoodAtStart = 1 }
        let stood = max(.zero, instant - max(spell.since, start))
        standing += stood
        longest = max(longest, stood)
    }

    /// Both together, each at its end.
    static func + (left: RuleFindings, right: RuleFindings) -> RuleFindings {
        var sum = left
        sum.criticalRaises += right.criticalRaises
        sum.warningRaises += right.warningRaises
        sum.escalations += right.escalations
        sum.chattering += right.chattering
        sum.fleeting += right.fleeting
        sum.standing += right.standing
        sum.longest = max(left.longest, right.longest)
        sum.firstAt = [left.firstAt, right.firstAt].compactMap(\.self).min()
        sum.lastAt = [left.lastAt, right.lastAt].compactMap(\.self).max()
        sum.stoodAtStart += right.stoodAtStart
        sum.standsAtEnd += right.standsAtEnd
        return sum
    }
}

extension RuleFindings: Encodable {
    private enum CodingKeys: String, CodingKey {
        case raises, critical, warning, escalations, chattering, fleeting, standingSeconds, longestSeconds
        case firstAt, lastAt, stoodAtStart, standsAtEnd
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(raises, forKey: .raises)
        try values.encode(criticalRaises, forKey: .critical)
        try values.encode(warningRaises, forKey: .warning)
        try values.encode(escalations, forKey: .escalations)
        try values.encode(chattering, forKey: .chattering)
        try values.encode(fleeting, forKey: .fleeting)
        try values.encode(standing.seconds, forKey: .standingSeconds)
        try values.encode(longest.seconds, forKey: .longestSeconds)
        try values.encodeIfPresent(firstAt, forKey: .firstAt)
        try values.encodeIfPresent(lastAt, forKey: .lastAt)
        try values.encode(stoodAtStart, forKey: .stoodAtStart)
        try values.encode(standsAtEnd, forKey: .standsAtEnd)
    }
}

extension Duration {
    /// With fractions.
    var seconds: Double { Double(microseconds) / 1_000_000 }
}
