import Plant

/// Where a figure lies with 90 % confidence.
package struct Interval: Hashable, Sendable, Codable {
    package let low: Double
    package let high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    package func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

extension Interval {
    /// A share's score interval (Wilson 1927, Journal of the American Statistical Association 22, 209-212); nil where
    /// nothing was counted.
    ///
    /// - Parameters:
    ///   - count: Of those that are so.
    ///   - total: Of all.
    ///   - z: The normal distribution's quantile that the interval reaches to: 1.6449 for 90 %, 1.9600 for 95 %.
    package init?(share count: Int, of total: Int, z: Double = 1.6449) {
        guard total > 0 else { return nil }
        let (n, p) = (Double(total), Double(count) / Double(total))
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        // At the ends the two terms are equal, but for rounding.
        self.init(
            low: count == 0 ? 0 : max(0, centre - half),
            high: count == total ? 1 : min(1, centre + half)
        )
    }
}

/// Redraws judged rows by blocks, since rows of one asset near each other tell the same story (Kuensch 1989).
package struct BlockBootstrap: Sendable {
    /// Row to block.
    private let blocks: [Int]
    private let blockCount: Int
    private let drawCount: Int

    /// - Parameters:
    ///   - rows: The judged rows.
    ///   - length: How long a block is; an asset's rows within it are drawn together.
    ///   - drawCount: How often all blocks are drawn anew.
    package init(rows: [TrainingSet.Row], length: Duration, drawCount: Int = 200) {
        var numbers: [Block: Int] = [:]
        let seconds = max(1, Int(length.microseconds / 1_000_000))
        blocks = rows.map { row in
            let block = Block(asset: row.asset, start: row.instant.floored(toMultipleOf: seconds))
            if let number = numbers[block] { return number }
            numbers[block] = numbers.count
            return numbers.count - 1
        }
        blockCount = numbers.count
        self.drawCount = drawCount
    }

    private struct Block: Hashable {
        let asset: String
        let start: Instant
    }

    /// What each draw gives; `figure` is told how often each row was drawn.
    package func draws<Figure>(_ figure: ([Double]) -> Figure) -> [Figure] {
        guard blockCount > 1 else { return [] }
        var chance = SplitMix64(seed: 20_150_715)
        var weights = [Double](repeating: 0, count: blocks.count)
        return (0..<drawCount).map { _ in
            var counts = [Double](repeating: 0, count: blockCount)
            for _ in 0..<blockCount { counts[Int(chance.next() % UInt64(blockCount))] += 1 }
            for row in blocks.indices { weights[row] = counts[blocks[row]] }
            return figure(weights)
        }
    }
}

extension Interval {
    /// The 5th and 95th percentile of what draws gave; nil where most gave nothing.
    package init?(of draws: [Double?]) {
        let figures = draws.compactMap(\.self).sorted()
        guard !figures.isEmpty, figures.count * 2 > draws.count else { return nil }
        self.init(low: figures[figures.count * 5 / 100], high: figures[(figures.count - 1) * 95 / 100])
    }
}
