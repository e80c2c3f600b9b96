package import Plant

/// Two models on the same live rows, judged by what then became of them.
///
/// Time is parted into blocks of four horizons, a day at least, and the last horizon of each is left out: so no two
/// blocks tell of the same outcomes. A block's figure is by how much the rival's squared error is smaller, the mean of
/// its rows by asset and then over assets, as a share of the most by which it could have been smaller or larger given
/// what both had said: it lies in -1...1, and is known to do so before the outcomes are.
package struct LiveTrial: Sendable {
    /// What both said of one row, and what became of it.
    package struct Pair: Hashable, Sendable {
        package let asset: String
        package let instant: Instant
        package let champion: Double
        package let rival: Double
        package let label: Label

        package init(asset: String, instant: Instant, champion: Double, rival: Double, label: Label) {
            self.asset = asset
            self.instant = instant
            self.champion = champion
            self.rival = rival
            self.label = label
        }
    }

    /// How often a rival that is not better may be called better, however long the trial goes on.
    package static let errorRateMax = 0.05
    /// Nothing is decided before so many failures: a model that never warns looks good until the first.
    package static let failuresMin = 5
    /// The share of the champion's rows that the rival must have predicted too for a block to count.
    package static let coverageMin = 0.95

    private let since: Instant
    private let length: Duration
    private let horizon: Duration
    private var forRival = SequentialTest()
    private var forChampion = SequentialTest()
    private var blockCount = 0
    private var judgedCount = 0
    private var skippedCount = 0
    private var rows = 0
    private var errors = (champion: 0.0, rival: 0.0)
    private var failures: Set<Failure> = []

    private struct Failure: Hashable {
        let asset: String
        let start: Instant
    }

    /// A trial of rows from an instant on.
    package init(since: Instant, horizon: Duration) {
        self.since = since
        self.horizon = horizon
        length = max(.microseconds(4 * horizon.microseconds), .seconds(86_400))
    }

    private var nextStart: Instant { since + .microseconds(length.microseconds * Int64(blockCount)) }

    /// Where the rows of the next block lie.
    package var nextBlock: Range<Instant> { nextStart..<(settledAt - horizon) }

    /// When what becomes of all rows of the next block is known.
    package var settledAt: Instant { nextStart + length }

    /// Judges the next block.
    ///
    /// - Parameters:
    ///   - pairs: Its rows that both predicted, in any order; those whose label is unknown judge nobody.
    ///   - championRowCount: How many of its rows the champion predicted.
    package mutating func judge(_ pairs: [Pair], championRowCount: Int) {
        blockCount += 1
        guard Double(pairs.count) >= Self.coverageMin * Double(championRowCount) else {
            skippedCount += 1
            return
        }
        var gains: [Double] = []
        var bounds: [Double] = []
        let judged = pairs.filter(\.label.isKnown)
        for (asset, ofAsset) in Dictionary(grouping: judged, by: \.asset).sorted(by: { $0.key < $1.key }) {
            var (gain, bound) = (0.0, 0.0)
            for pair in ofAsset {
                let outcome = pair.label.isPositive ? 1.0 : 0
                let (champion, rival) = (Self.error(pair.champion, outcome), Self.error(pair.rival, outcome))
                errors = (errors.champion + champion, errors.rival + rival)
                gain += champion - rival
                bound += max(
                    abs(Self.error(pair.champion, 0) - Self.error(pair.rival, 0)),
                    abs(Self.error(pair.champion, 1) - Self.error(pair.rival, 1))
                )
                if case .positive(let minutes, _) = pair.label {
                    let start = pair.instant + .microseconds(Int64((minutes * 60_000_000).rounded()))
                    failures.insert(Failure(asset: asset, start: start))
                }
            }
            gains.append(gain / Double(ofAsset.count))
            bounds.append(bound / Double(ofAsset.count))
        }
        rows += judged.count
        let most = bounds.reduce(0, +)
        guard most > 0 else { return }  // Both said the same of everything.
        judgedCount += 1
        let figure = gains.reduce(0, +) / most
        forRival.observe(figure)
        forChampion.observe(-figure)
    }

    private static func error(_ probability: Double, _ outcome: Double) -> Double {
        (probability - outcome) * (probability - outcome)
    }

    package var report: TrialReport {
        let brier = rows > 0 ? (errors.champion / Double(rows), errors.rival / Double(rows)) : nil
        return TrialReport(
            since: since,
            until: nextStart,
            blocks: judgedCount,
            skippedBlocks: skippedCount,
            rows: rows,
            failures: failures.count,
            neededFailures: Self.failuresMin,
            championBrier: brier?.0,
            rivalBrier: brier?.1,
            evidenceForRival: forRival.evidence,
            evidenceForChampion: forChampion.evidence,
            neededEvidence: 1 / Self.errorRateMax
        )
    }
}

/// How a trial of two models on live rows stands.
package struct TrialReport: Hashable, Sendable, Codable {
    package let since: Instant
    /// What became of rows before it is known and was judged.
    package let until: Instant
    /// That told the two models apart.
    package let blocks: Int
    /// In which too few of the champion's rows were predicted by the rival too.
    package let skippedBlocks: Int
    package let rows: Int
    /// Failures that judged rows lay before.
    package let failures: Int
    package let neededFailures: Int
    /// Nil before the first row was judged.
    package let championBrier: Double?
    package let rivalBrier: Double?
    /// E-values: at least ``neededEvidence`` proves it, at an error rate of 1 by it.
    package let evidenceForRival: Double
    package let evidenceForChampion: Double
    package let neededEvidence: Double

    package init(
        since: Instant,
        until: Instant,
        blocks: Int,
        skippedBlocks: Int,
        rows: Int,
        failures: Int,
        neededFailures: Int,
        championBrier: Double?,
        rivalBrier: Double?,
        evidenceForRival: Double,
        evidenceForChampion: Double,
        neededEvidence: Double
    ) {
        self.since = since
        self.until = until
        self.blocks = blocks
        self.skippedBlocks = skippedBlocks
        self.rows = rows
        self.failures = failures
        self.neededFailures = neededFailures
        self.championBrier = championBrier
        self.rivalBrier = rivalBrier
        self.evidenceForRival = evidenceForRival
        self.evidenceForChampion = evidenceForChampion
        self.neededEvidence = neededEvidence
    }

    package enum Outcome: String, Hashable, Sendable, Codable {
        case undecided = "UNDECIDED"
        case rivalIsBetter = "RIVAL_IS_BETTER"
        case championIsBetter = "CHAMPION_IS_BETTER"
    }

    package var outcome: Outcome {
        guard failures >= neededFailures else { return .undecided }
        if evidenceForRival >= neededEvidence { return .rivalIsBetter }
        if evidenceForChampion >= neededEvidence { return .championIsBetter }
        return .undecided
    }
}
