extension AnomalyBaseline {
    /// What each column adds to the squared distance of a row; the columns that are not watched add nothing.
    ///
    /// - Parameters:
    ///   - columnCount: The view's width.
    ///   - value: Of a column; NaN where missing.
    /// - Returns: Per column; the sum is that of ``squaredDistances(_:)``.
    package func shares(columnCount: Int, _ value: (_ column: Int) -> Float) -> [Double] {
        var shares = [Double](repeating: 0, count: columnCount)
        for tag in tags {
            let (levels, spreads) = (parts(of: tag.levels, value), parts(of: tag.spreads, value))
            let larger = levels.reduce(0) { $0 + $1.share } >= spreads.reduce(0) { $0 + $1.share } ? levels : spreads
            for (column, share) in larger { shares[column] += share }
        }
        return shares
    }

    /// The parts of the mean over the columns that are there.
    private func parts(of features: [Feature], _ value: (Int) -> Float) -> [(column: Int, share: Double)] {
        let present = features.filter { !value($0.column).isNaN }
        return present.map { ($0.column, $0.squaredDeviation(of: value($0.column)) / Double(present.count)) }
    }

    /// The usual state of each column that is watched.
    package var featuresByColumn: [Int: Feature] {
        let features = tags.flatMap { $0.levels + $0.spreads }
        return Dictionary(features.map { ($0.column, $0) }) { first, _ in first }
    }
}
