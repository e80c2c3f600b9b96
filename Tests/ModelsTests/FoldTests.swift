import Features
import Models
import Plant
import TestSupport
import Testing

@Suite struct FoldTests {
    private let hour = Duration.seconds(3_600)
    private let horizon = Duration.seconds(24 * 3_600)

    /// Six assets with a row each few hours for 60 days, that fail now and then.
    private func set(seed: UInt64) -> TrainingSet {
        var generator = SeededGenerator(seed: seed)
        let assets = (1...6).map { "a\($0)" }
        let failures = assets.flatMap { asset in
            (0..<5).map { _ in
                FailureEvent(asset: asset, start: .t0 + hour * Int.random(in: 0...1_440, using: &generator))
            }
        }
        let instants = assets.map { asset in
            (asset, (0...1_440).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }.map { .t0 + hour * $0 })
        }
        let latest = Dictionary(uniqueKeysWithValues: instants.map { ($0, $1.last ?? .t0) })
        let history = FailureHistory(failures: failures, latestRow: latest.values.max())
        let labeler = Labeler(history: history, horizon: horizon, recovery: .zero, latestRows: latest)
        let rows = instants.flatMap { asset, instants in
            instants.map { TrainingSet.Row(asset: asset, instant: $0, label: labeler.label(asset, at: $0)) }
        }
        let view = FeatureView(schema: SignalSchema(organization: "n", continuousColumns: ["x"]))
        return TrainingSet(view: view, rows: rows, history: history)
    }

    /// The failures that rows within the horizon before them speak of.
    private func announced(by indices: [Int], in set: TrainingSet) -> Set<FailureHistory.Episode> {
        Set(
            indices.compactMap { index in
                guard set.rows[index].label.isPositive else { return nil }
                return set.history.nextEpisode(of: set.rows[index].asset, after: set.rows[index].instant)
            }
        )
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `no failure has rows on both sides of a cut in time, and learning ends a horizon before it`(
        seed: UInt64
    ) throws {
        let set = set(seed: seed)
        let folds = set.timeFolds(shares: [0.5, 0.65, 0.8], horizon: horizon)
        #expect(folds.count == 3)
        for fold in folds {
            #expect(announced(by: fold.training, in: set).isDisjoint(with: announced(by: fold.judged, in: set)))
            let learnedUntil = try #require(fold.training.map { set.rows[$0].instant }.max())
            let judgedFrom = try #require(fold.judged.map { set.rows[$0].instant }.min())
            #expect(learnedUntil + horizon <= judgedFrom)
            #expect((fold.training + fold.judged).allSatisfy { set.rows[$0].label.isKnown })
        }
    }

    @Test func `folds in time are judged one after the other, up to the last row`() {
        let set = set(seed: 4)
        let folds = set.timeFolds(shares: [0.5, 0.65, 0.8], horizon: horizon)
        let judged = folds.map { $0.judged.map { set.rows[$0].instant } }
        for (before, after) in zip(judged, judged.dropFirst()) {
            #expect(before.max() ?? .distantFuture < after.min() ?? .distantPast)
        }
        #expect(judged.last?.max() == set.judged.map { set.rows[$0].instant }.max())
        #expect(Set(folds.flatMap(\.judged)).count == folds.map(\.judged.count).reduce(0, +))
        for (before, after) in zip(folds, folds.dropFirst()) {
            #expect(Set(before.training).isSubset(of: after.training))
        }
    }

    @Test func `folds of assets leave each asset whole, and judge each row once`() {
        let set = set(seed: 5)
        let folds = set.assetFolds(count: 4)
        #expect(folds.count == 4)
        for fold in folds {
            let learned = Set(fold.training.map { set.rows[$0].asset })
            #expect(learned.isDisjoint(with: fold.judged.map { set.rows[$0].asset }))
            #expect(fold.training.count + fold.judged.count == set.judged.count)
        }
        #expect(folds.flatMap(\.judged).sorted() == set.judged)
    }

    @Test func `what can't be parted gives no folds`() {
        let view = FeatureView(schema: SignalSchema(organization: "n", continuousColumns: ["x"]))
        let history = FailureHistory(failures: [], latestRow: nil)
        let empty = TrainingSet(view: view, rows: [], history: history)
        #expect(empty.timeFolds(shares: [0.5], horizon: horizon).isEmpty)
        #expect(empty.assetFolds(count: 5).isEmpty)
        let row = TrainingSet.Row(asset: "a", instant: .t0, label: .negative)
        let single = TrainingSet(view: view, rows: [row], history: history)
        #expect(single.timeFolds(shares: [0, 0.5], horizon: horizon).isEmpty)
        #expect(single.assetFolds(count: 5).isEmpty)
    }
}
