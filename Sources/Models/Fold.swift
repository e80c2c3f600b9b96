import Plant

/// One way to part a training set: rows to learn from, and rows to be judged on.
package struct Fold: Sendable {
    package let training: [Int]
    package let judged: [Int]
}

extension TrainingSet {
    /// Forward-chaining folds: each learns from what lies before a cut and is judged on what comes next.
    ///
    /// Rows whose horizon reaches past the cut are left out of the learning (purged), so that no failure
    /// has rows on both sides.
    ///
    /// - Parameters:
    ///   - shares: Where the cuts lie in the time of the judged rows, ascending, each in `0..<1`.
    ///   - horizon: The labels' own.
    /// - Returns: The folds with both outcomes to learn from, and rows to be judged on; none where there are none.
    package func timeFolds(shares: [Double], horizon: Duration) -> [Fold] {
        let judged = judged
        let instants = judged.map { rows[$0].instant }.sorted()
        guard let first = instants.first, let last = instants.last else { return [] }
        let span = Double((last - first).microseconds)
        let cuts = shares.map { first + .microseconds(Int64($0 * span)) }
        return cuts.indices.compactMap { index in
            let end = index + 1 < cuts.count ? cuts[index + 1] : last + .microseconds(1)
            return fold(
                training: judged.filter { rows[$0].instant + horizon <= cuts[index] },
                judged: judged.filter { rows[$0].instant >= cuts[index] && rows[$0].instant < end }
            )
        }
    }

    /// Folds of whole assets: each is judged on assets that it did not learn from.
    ///
    /// - Parameter count: How many; assets are dealt in the order of their names.
    /// - Returns: The folds with both outcomes to learn from, and rows to be judged on.
    package func assetFolds(count: Int) -> [Fold] {
        precondition(count > 0)
        let judged = judged
        let assets = Set(judged.map { rows[$0].asset }).sorted()
        let part = Dictionary(uniqueKeysWithValues: assets.enumerated().map { ($1, $0 % count) })
        return (0..<count).compactMap { index in
            fold(
                training: judged.filter { part[rows[$0].asset] != index },
                judged: judged.filter { part[rows[$0].asset] == index }
            )
        }
    }

    private func fold(training: [Int], judged: [Int]) -> Fold? {
        let hasBoth: ([Int]) -> Bool = { indices in
            let positives = indices.count { rows[$0].label.isPositive }
            return positives > 0 && positives < indices.count
        }
        return hasBoth(training) && !judged.isEmpty ? Fold(training: training, judged: judged) : nil
    }
}
