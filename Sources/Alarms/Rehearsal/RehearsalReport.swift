package import Plant

/// What rules would have raised over a stretch of history, beside what the rules as they are would have.
package struct RehearsalReport: Sendable, Encodable {
    package enum Change: String, Sendable, Encodable { case added, changed, unchanged, removed }

    /// One rule's findings on one asset.
    package struct AssetFindings: Sendable, Encodable {
        package let asset: String
        package let proposed: RuleFindings?
        package let present: RuleFindings?
    }

    /// How much of the stretch one asset's rows cover.
    package struct AssetCover: Sendable, Encodable {
        package let asset: String
        package let share: Double
    }

    package struct Rule: Sendable, Encodable {
        package let id: String
        package let change: Change
        /// Nil where the rule is proposed to go.
        package let proposed: RuleFindings?
        /// Nil where the rule is new, and where there is nothing to compare with.
        package let present: RuleFindings?
        /// By name: those on which it was active, under either.
        package let assets: [AssetFindings]
    }

    package let from: Instant
    package let to: Instant
    /// Rows judged within the stretch.
    package let rows: Int
    /// Of the first and the last of them; nil where there is none.
    package let firstRowAt: Instant?
    package let lastRowAt: Instant?
    /// Whether the rows begin and end where the stretch does, but for a hundredth of it at either end, and no asset's
    /// lack more than a fiftieth.
    package let coversStretch: Bool
    /// How much of the stretch rows cover, from 0 to 1: without each asset's silences over the schema's
    /// `sourceStaleSeconds`, on average.
    package let coveredShare: Double
    /// The asset of which they cover least; nil where none is known.
    package let leastCovered: AssetCover?
    /// Assets that sent any.
    package let assets: Int
    /// How often operators would have been made to look; rules that share a component share an alarm.
    package let annunciations: Int
    package let annunciationsPresent: Int?
    /// In the order proposed, then those that are to go.
    package let rules: [Rule]

    typealias Played = (rules: [AlarmRule], tally: RuleTally)

    init(
        from: Instant,
        to: Instant,
        rows: (count: Int, span: ClosedRange<Instant>?),
        assets: Int,
        covered: [String: Double],
        proposed: Played,
        present: Played?
    ) {
        self.from = from
        self.to = to
        self.rows = rows.count
        firstRowAt = rows.span?.lowerBound
        lastRowAt = rows.span?.upperBound
        let gapMax = Duration.microseconds((to - from).microseconds / 100)
        let isWhole = rows.span.map { $0.lowerBound - from <= gapMax && to - $0.upperBound <= gapMax } ?? false
        let least = covered.min { ($0.value, $0.key) < ($1.value, $1.key) }
        coversStretch = isWhole && (least?.value ?? 0) >= 0.98
        coveredShare = covered.values.reduce(0, +) / Double(max(1, covered.count))
        leastCovered = least.map { AssetCover(asset: $0.key, share: $0.value) }
        self.assets = assets
        annunciations = proposed.tally.annunciations
        annunciationsPresent = present?.tally.annunciations
        let former = Dictionary((present?.rules ?? []).map { ($0.id, $0) }) { first, _ in first }
        let ids = Set(proposed.rules.map(\.id))
        let removed = (present?.rules ?? []).filter { !ids.contains($0.id) }
        rules = (proposed.rules + removed).map { rule in
            let isProposed = ids.contains(rule.id)
            let change: Change =
                if !isProposed { .removed } else if let before = former[rule.id] {
                    before == rule ? .unchanged : .changed
                } else { .added }
            let after = isProposed ? proposed.tally.findings[rule.id] ?? [:] : nil
            let before = former[rule.id].flatMap { _ in present?.tally.findings[rule.id] ?? [:] }
            let names = Set((after ?? [:]).keys).union((before ?? [:]).keys).sorted()
            return Rule(
                id: rule.id,
                change: change,
                proposed: after?.values.reduce(RuleFindings()) { $0 + $1 },
                present: before?.values.reduce(RuleFindings()) { $0 + $1 },
                assets: names.map { name in
                    AssetFindings(
                        asset: name,
                        proposed: after.map { $0[name] ?? RuleFindings() },
                        present: before.map { $0[name] ?? RuleFindings() }
                    )
                }
            )
        }
    }
}
