package import Plant

/// One feature that mattered: what it was, what it usually is, and since when it is otherwise.
package struct FeatureFact: Hashable, Sendable, Codable {
    package let feature: String
    package let tag: String
    /// Its part of the score.
    package let share: Double
    /// Nil where it was missing.
    package let value: Double?
    package let usual: UsualValue?
    /// The first of the rows, one after the other up to the alarm's, in which it was outside of its usual range on the
    /// side where it is now; nil where it is inside, or nothing tells.
    package let since: Instant?
    /// Whether it was so from the first row there is, or after a gap: then it may have been so before.
    package let isSinceAtLeast: Bool

    package init(
        feature: String,
        tag: String,
        share: Double,
        value: Double?,
        usual: UsualValue?,
        since: Instant? = nil,
        isSinceAtLeast: Bool = false
    ) {
        self.feature = feature
        self.tag = tag
        self.share = share
        self.value = value
        self.usual = usual
        self.since = since
        self.isSinceAtLeast = isSinceAtLeast
    }

    /// A fact of a row, with the rows before it.
    ///
    /// - Parameters:
    ///   - feature: Its name.
    ///   - tag: The tag's name.
    ///   - share: Its part of the score.
    ///   - value: NaN where missing.
    ///   - usual: What it usually is.
    ///   - past: Its values in the rows before, in order of time; NaN where missing.
    ///   - now: The row's own instant.
    ///   - isSinceKnown: Whether the rows before tell since when it is otherwise.
    ///   - gapMax: Of rows that are further apart nothing tells how it was in between; nil where any are near enough.
    package init(
        feature: String,
        tag: String,
        share: Double,
        value: Float,
        usual: UsualValue?,
        past: [(at: Instant, value: Float)],
        now: Instant,
        isSinceKnown: Bool = true,
        gapMax: Duration? = nil
    ) {
        let side = isSinceKnown ? usual.flatMap { Self.side(of: value, $0) } : nil
        var since: Instant?
        var isAtLeast = false
        if let usual, let side {
            since = now
            isAtLeast = true
            var later = now
            for (at, before) in past.reversed() where !before.isNaN {
                if let gapMax, later - at > gapMax { break }
                guard Self.side(of: before, usual) == side else {
                    isAtLeast = false
                    break
                }
                since = at
                later = at
            }
        }
        self.init(
            feature: feature,
            tag: tag,
            share: share,
            value: value.isNaN ? nil : Double(value),
            usual: usual,
            since: since,
            isSinceAtLeast: isAtLeast
        )
    }

    /// Whether it was outside of its usual range.
    package var isUnusual: Bool {
        guard let value, let usual else { return false }
        return !usual.contains(value)
    }

    private static func side(of value: Float, _ usual: UsualValue) -> LimitBand.Side? {
        if value.isNaN || usual.contains(Double(value)) { return nil }
        return Double(value) > usual.high ? .high : .low
    }
}
