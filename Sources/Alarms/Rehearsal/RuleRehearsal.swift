package import Plant

/// Holds proposed rules against history before they go live, beside the rules as they are: the samples go through the
/// engine that decides live, twice.
///
/// It needs as much memory as two lanes' rules, however long the history is.
package struct RuleRehearsal: Sendable {
    /// Rules as they stand in a schema, and what explains what.
    package struct Rules: Sendable {
        package let rules: [AlarmRule]
        package let tags: [Tag]
        package let parentAssets: [String: String]
        package let silentAfter: Duration

        package init(_ document: SchemaDocument) {
            rules = document.rules
            tags = document.schema.tags
            parentAssets = document.parentAssets
            silentAfter = document.silentAfter
        }

        /// Whether both find the same in the same samples.
        func isAsGood(as other: Rules) -> Bool {
            rules == other.rules && parentAssets == other.parentAssets && silentAfter == other.silentAfter
        }
    }

    /// One engine at work.
    private struct Play {
        var engine: AlarmEngine
        var tally: RuleTally
        /// Where in a sample the engine's own tags are; nil where they are the sample's.
        let indices: [Int]?
        /// Ids are told to nobody: any generator does.
        var generator = SplitMix64(seed: 1)

        init(_ rules: Rules, samples tags: [Tag], from: Instant) throws(SchemaProblem) {
            engine = try AlarmEngine(rules: rules.rules, tags: rules.tags, silentAfter: rules.silentAfter)
            _ = engine.replace(SuppressionBook(parents: rules.parentAssets), at: from)
            tally = RuleTally(from: from)
            indices = rules.tags == tags ? nil : rules.tags.compactMap { tags.firstIndex(of: $0) }
        }

        mutating func observe(_ sample: Sample) {
            let own = indices.map { indices in
                Sample(asset: sample.asset, instant: sample.instant, values: indices.map { sample.values[$0] })
            }
            note(engine.observe(own ?? sample, generator: &generator))
        }

        mutating func tick(_ now: Instant) { note(engine.tick(now, generator: &generator)) }

        private mutating func note(_ transitions: [AlarmTransition]) {
            for transition in transitions { tally.note(transition) }
        }
    }

    /// Tags of the samples that ``observe(_:)`` takes: all that either list of rules may speak of.
    package let tags: [Tag]
    package let from: Instant
    private let proposedRules: Rules
    private let presentRules: Rules?
    private var proposed: Play
    /// Nil where the rules are as proposed already, or where there are none to compare with.
    private var present: Play?
    private var tickedAt: Instant?
    private var rowCount = 0
    /// From the first to the last of those that count.
    private var rowSpan: ClosedRange<Instant>?
    /// Of each asset that is known, whether or not it sent any of them.
    private var covers: [String: RowCover]

    /// Silence is looked at so often by the history's own time: what it brings about carries its own instant.
    private static let tickInterval = Duration.seconds(60)

    /// - Parameters:
    ///   - proposed: What may go live.
    ///   - present: What is live; nil where there is nothing to compare with.
    ///   - from: Where counting begins; samples before it set the scene, see ``memory(of:)``.
    ///   - assets: Those that should have sent samples; others are known by theirs.
    /// - Throws: `SchemaProblem` for rules that are not good for their tags.
    package init(
        _ proposed: Rules,
        present: Rules? = nil,
        from: Instant,
        assets: Set<String> = []
    ) throws(SchemaProblem) {
        let isSame = present.map { $0.isAsGood(as: proposed) } ?? true
        tags = proposed.tags + (isSame ? [] : present?.tags.filter { !proposed.tags.contains($0) } ?? [])
        self.from = from
        covers = Dictionary(uniqueKeysWithValues: assets.map { ($0, RowCover()) })
        proposedRules = proposed
        presentRules = present
        self.proposed = try Play(proposed, samples: tags, from: from)
        self.present =
            isSame
            ? nil
            : try present.map { (rules) throws(SchemaProblem) in
                try Play(rules, samples: tags, from: from)
            }
    }

    /// How long before a stretch rules must have seen samples to know what stands as it begins: their delays, blocks
    /// and waits, and an hour; a week at most.
    package static func memory(of rules: [AlarmRule]) -> Duration {
        let longest = rules.map { rule in
            let own =
                switch rule.check {
                case .rateOfChange(let check): 11 * check.overSeconds
                case .stale(let check): check.afterSeconds
                case .setpoint, .limit, .binary: 0
                }
            return rule.onDelaySeconds + rule.offDelaySeconds + own
        }
        return .seconds(min(7 * 86_400, (longest.max() ?? 0) + 3_600))
    }

    /// Judges a sample by both lists of rules.
    ///
    /// - Parameter sample: With a value for each of ``tags``; of all assets in order of time.
    package mutating func observe(_ sample: Sample) {
        if sample.instant >= from {
            rowCount += 1
            let (first, last) = (rowSpan?.lowerBound ?? sample.instant, rowSpan?.upperBound ?? sample.instant)
            rowSpan = min(first, sample.instant)...max(last, sample.instant)
            covers[sample.asset, default: RowCover()].note(sample.instant, silentAfter: proposedRules.silentAfter)
        } else if covers[sample.asset] == nil {
            covers[sample.asset] = RowCover()
        }
        tick(at: sample.instant)
        proposed.observe(sample)
        present?.observe(sample)
    }

    private mutating func tick(at now: Instant) {
        let last = tickedAt ?? now
        guard now - last >= Self.tickInterval else {
            tickedAt = last
            return
        }
        tickedAt = now
        proposed.tick(now)
        present?.tick(now)
    }

    /// What was found, up to an instant at which delays that still ran have had their time.
    package func report(until end: Instant) -> RehearsalReport {
        var (proposed, present) = (proposed, present)
        proposed.tick(end)
        present?.tick(end)
        proposed.tally.finish(at: end)
        present?.tally.finish(at: end)
        let former = present?.tally ?? (presentRules == nil ? nil : proposed.tally)
        return RehearsalReport(
            from: from,
            to: end,
            rows: (rowCount, rowSpan),
            assets: covers.values.count { $0.hasRows },
            covered: covers.mapValues { $0.share(from: from, to: end, silentAfter: proposedRules.silentAfter) },
            proposed: (proposedRules.rules, proposed.tally),
            present: former.flatMap { former in presentRules.map { ($0.rules, former) } }
        )
    }
}
