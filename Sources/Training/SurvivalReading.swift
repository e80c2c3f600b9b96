import Features
import LightGBM
import Models
import Plant

/// How the survival head's score is read: its bins, a link for each, and how far failures lie from what it says.
struct SurvivalReading {
    let bins: SurvivalBins
    /// For each bin but the last.
    let links: [SurvivalLink]
    let spread: TimeSpread?

    /// Finds it on failures that the heads it asks did not learn from; nil without failures.
    ///
    /// By assets, heads learn from some assets and are asked of others; by time, from some failures and of others, and
    /// the spread is that of the later ones, whose windows are full.
    init?(
        of data: TrainingData,
        learning: [Int],
        split: SignalSchema.Split,
        growth: Growth,
        library: LightGBMLibrary
    ) throws {
        let rows = learning.compactMap { index -> TimedRow? in
            guard case .positive(let minutes, _) = data.rows[index].label else { return nil }
            return TimedRow(index: index, minutes: minutes, row: data.rows[index])
        }
        guard !rows.isEmpty else { return nil }
        let bins = SurvivalBins(dividing: rows.map(\.minutes), countMax: growth.survivalBinsMax)
        self.bins = bins
        guard bins.count > 1 else {
            links = []
            spread = nil
            return
        }
        let groups = Dictionary(grouping: rows) { $0.group(by: split) }
        let parts = Dictionary(
            uniqueKeysWithValues: groups.keys.sorted().enumerated().map { ($1, $0 % growth.survivalFolds) }
        )
        var asked: [(row: TimedRow, score: Double)] = []
        for part in 0..<growth.survivalFolds {
            let others = rows.filter { parts[$0.group(by: split)] != part }
            let mine = rows.filter { parts[$0.group(by: split)] == part }
            guard !mine.isEmpty, !others.isEmpty else { continue }
            let head = try Heads.survivalHead(of: data, indices: others.map(\.index), bins: bins, growth, library, {})
            try data.forEachPage(of: mine.map(\.index)) { places, values in
                let scores = try head?.predict(.rawScore, values: values, rows: places.count, columns: data.view.count)
                asked += zip(mine[places], scores ?? []).map { ($0, $1) }
            }
        }
        let scores = asked.map(\.score)
        let links = bins.high.dropLast().map { end in
            SurvivalLink(fitting: scores, isLater: asked.map { $0.row.minutes > end })
        }
        self.links = links
        guard groups.count >= growth.spreadEpisodesMin else {
            spread = nil
            return
        }
        let from = split == .time ? Self.start(of: data, learning, growth) : nil
        spread = TimeSpread(
            of: asked.filter { asked in from.map { asked.row.row.instant >= $0 } ?? true }.map { asked in
                let (mean, deviation) = bins.moments(survival: links.map { $0.survival(ofScore: asked.score) } + [0])
                return (asked.row.minutes - mean) / deviation
            }
        )
    }

    /// The first cut of the folds: what lies before it was seen with windows that were not full yet.
    private static func start(of data: TrainingData, _ learning: [Int], _ growth: Growth) -> Instant? {
        let instants = learning.map { data.rows[$0].instant }
        guard let first = instants.min(), let last = instants.max(), let share = growth.foldCuts.first else {
            return nil
        }
        return first + .microseconds(Int64(share * Double((last - first).microseconds)))
    }

    func time(ofScore score: Double) -> FailureTime? {
        bins.time(survival: links.map { $0.survival(ofScore: score) } + [0], spread: spread)
    }
}

/// A row before a failure.
private struct TimedRow {
    let index: Int
    let minutes: Double
    let row: TrainingSet.Row

    /// What must stay on one side: an asset, or a failure.
    func group(by split: SignalSchema.Split) -> Group {
        switch split {
        case .asset: Group(asset: row.asset, failure: .distantPast)
        case .time: Group(asset: row.asset, failure: row.instant + .microseconds(Int64(minutes * 60_000_000)))
        }
    }
}

private struct Group: Hashable, Comparable {
    let asset: String
    let failure: Instant

    static func < (left: Group, right: Group) -> Bool { (left.failure, left.asset) < (right.failure, right.asset) }
}
