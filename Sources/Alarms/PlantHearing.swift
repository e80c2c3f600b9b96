import Plant

/// What is known of a plant as a whole while one of its assets is judged.
struct PlantHearing: Sendable {
    /// The newest sample's instant, of all assets; nil before the first.
    var heard: Instant?
    /// When the plant sent again after it had been silent as a whole; nil where it never was.
    var resumedAt: Instant?
    /// After how long without a row an asset is silent, and the plant too; nil where the first moment counts.
    var silentAfter: Duration?
    /// Whether it is told from outside which tags were missed: of the other assets nothing is known.
    var missesAreTold = false

    /// Notes that the plant sends again, if it had been silent as a whole until then.
    ///
    /// - Returns: Whether it had.
    mutating func resume(at instant: Instant) -> Bool {
        guard let heard, let silentAfter, instant - heard >= silentAfter else { return false }
        resumedAt = instant
        return true
    }

    /// Notes that the plant goes on sending.
    mutating func hear(_ instant: Instant) { heard = max(heard ?? instant, instant) }
}

/// Until when an asset's delays have run out.
struct DelayBounds {
    /// Those on values: what was seen last is taken to have gone on until then; nil where more may be on its way.
    let values: Instant?
    /// The waits for a value, by what the plant's other assets sent; nil where the asset's rows may be on their way.
    let waits: Instant?
    /// Waits begin no earlier: before it the plant was silent as a whole.
    let resumedAt: Instant?
    /// The asset's own next row; nil where time alone goes on.
    var sample: Sample?
    /// Whether that row says of the tags that it lacks that they were missed.
    var tellsMisses = false

    /// What the next row says of a tag itself counts at its instant, before a delay that is over at that very one.
    func values(for check: RuleCheck) -> Instant? {
        guard let values, let sample, check.measurement(in: sample.values) != nil else { return values }
        return values - .microseconds(1)
    }

    func wait(for check: RuleCheck) -> Instant? {
        guard tellsMisses, let sample, check.value(in: sample.values).isNaN else { return waits }
        return sample.instant
    }
}
