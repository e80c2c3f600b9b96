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
    ///   - known: The rows to part; nil for all whose label is known.
    /// - Returns: The folds with both outcomes to learn from, and rows to be judged on; none where there are none.
    package func timeFolds(shares: [Double], horizon: Duration, among known: [Int]? = nil) -> [Fold] {
        let judged = known ?? judged
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
    /// - Parameters:
    ///   - count: How many; assets are dealt in the order of their names.
    ///   - known: The rows to part; nil for all whose label is known.
    /// - Returns: The folds with both outcomes to learn from, and rows to be judged on.
    package func assetFolds(count: Int, among known: [Int]? = nil) -> [Fold] {
        precondition(count > 0)
        let judged = known ?? judged
        let assets = Set(judged.map { rows[$0].asset }).sorted()
        let part = Dictionary(uniqueKeysWithValues: assets.enumerated().map { ($1, $0 % count) })
        return (0..<count).compactMap { index in
            fold(
                training: judged.filter { part[rows[$0].asset] != index },
                judged: judged.filter { part[rows[$0].asset] == index }
            )
        }
    }

    /// Parts the rows once: the last share of their time is judged, and what lies before it, purged of what reaches into
    /// it, is learned.
    ///
    /// - Returns: Nil where one of the parts would be empty.
    package func timeHoldout(share: Double, horizon: Duration) -> Fold? {
        let judged = judged
        guard let first = judged.map({ rows[$0].instant }).min(), let last = judged.map({ rows[$0].instant }).max()
        else { return nil }
        let cut = first + .microseconds(Int64((1 - share) * Double((last - first).microseconds)))
        let fold = Fold(
            training: judged.filter { rows[$0].instant + horizon <= cut },
            judged: judged.filter { rows[$0].instant >= cut }
        )
        return fold.training.isEmpty || fold.judged.isEmpty ? nil : fold
    }

    /// Parts the rows once by whole assets: the same assets are judged again however many readings follow.
    ///
    /// - Returns: Nil where there are fewer than two assets.
    package func assetHoldout(share: Double) -> Fold? {
        let judged = judged
        let assets = Set(judged.map { rows[$0].asset }).sorted { (Self.mixed($0), $0) < (Self.mixed($1), $1) }
        guard assets.count > 1 else { return nil }
        let count = min(assets.count - 1, max(1, Int((Double(assets.count) * share).rounded())))
        let untouched = Set(assets.prefix(count))
        return Fold(
            training: judged.filter { !untouched.contains(rows[$0].asset) },
            judged: judged.filter { untouched.contains(rows[$0].asset) }
        )
    }

    /// FNV-1a over a name: an order that has nothing to do with names.
    private static func mixed(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func fold(training: [Int], judged: [Int]) -> Fold? {
        let hasBoth: ([Int]) -> Bool = { indices in
            let positives = indices.count { rows[$0].label.isPositive }
            return positives > 0 && positives < indices.count
        }
        return hasBoth(training) && !judged.isEmpty ? Fold(training: training, judged: judged) : nil
    }
}
