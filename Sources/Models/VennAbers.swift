import Plant

/// The Venn-Abers interval of a probability at a score (Vovk and Petej 2014), as a table over scores.
package struct VennAbers: Hashable, Sendable, Codable {
    /// Ascending.
    package let scores: [Double]
    /// The isotonic fit at each score if the row's outcome were negative, and if it were positive.
    package let lower: [Double]
    package let upper: [Double]

    /// Fits a table of at most `countMax` rows, not fewer than 4; nil without scores, or where one is no number.
    ///
    /// - Parameters:
    ///   - scores: Raw scores of rows that the booster did not learn from.
    ///   - outcomes: One for each score.
    ///   - countMax: How many rows the table may have.
    package init?(fitting scores: [Double], outcomes: [Bool], countMax: Int = 200) {
        precondition(scores.count == outcomes.count && countMax >= 4)
        guard !scores.isEmpty, scores.allSatisfy(\.isFinite) else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        let grid = Self.grid(order.map { scores[$0] }, order.map { outcomes[$0] ? 1 : 0 }, countMax: countMax)
        self.scores = grid
        (lower, upper) = Self.bounds(order.map { (scores[$0], outcomes[$0] ? 1 : 0) }, at: grid)
    }

    /// Reads what was written.
    ///
    /// - Throws: `DecodingError` also for a table that is none.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        scores = try values.decode([Double].self, forKey: .scores)
        lower = try values.decode([Double].self, forKey: .lower)
        upper = try values.decode([Double].self, forKey: .upper)
        let isTable =
            !scores.isEmpty && scores.count == lower.count && scores.count == upper.count
            && scores.allSatisfy(\.isFinite) && zip(scores, scores.dropFirst()).allSatisfy { $0 < $1 }
            && zip(lower, upper).allSatisfy { 0 <= $0 && $0 <= $1 && $1 <= 1 }
        guard isTable else {
            throw DecodingError.dataCorruptedError(
                forKey: .scores,
                in: values,
                debugDescription: "a Venn-Abers table has ascending scores, and for each an interval in 0...1"
            )
        }
    }

    /// 1 minus the width of the interval at a score; in `0...1`.
    package func confidence(atScore score: Double) -> Double {
        let index = scores.partitioningIndex { $0 > score }
        if index == 0 { return 1 - (upper[0] - lower[0]) }
        let last = scores.count - 1
        if index > last { return 1 - (upper[last] - lower[last]) }
        let share = (score - scores[index - 1]) / (scores[index] - scores[index - 1])
        let width = { (row: Int) in upper[row] - lower[row] }
        return 1 - (width(index - 1) + share * (width(index) - width(index - 1)))
    }

    /// Half of the table by rank over all rows, half by rank over the rarer outcome, where the curve bends.
    private static func grid(_ sorted: [Double], _ targets: [Double], countMax: Int) -> [Double] {
        let rare = targets.reduce(0, +) * 2 <= Double(targets.count) ? 1.0 : 0.0
        let rareScores = zip(sorted, targets).filter { $0.1 == rare }.map(\.0)
        func ranked(_ list: [Double]) -> [Double] {
            guard list.count > countMax / 2 else { return list }
            return (0..<countMax / 2).map { list[$0 * (list.count - 1) / (countMax / 2 - 1)] }
        }
        return Set(ranked(sorted) + ranked(rareScores)).sorted()
    }

    /// The isotonic fits at each score of the grid with one more row there, negative and positive.
    ///
    /// Pooling adjacent violators gives the same in any order: rows below a score and rows above it are pooled once
    /// for all of the grid, then around the added row.
    ///
    /// - Complexity: O(rows), and for each score of the grid a copy of the blocks there are.
    private static func bounds(
        _ rows: [(score: Double, target: Double)],
        at grid: [Double]
    ) -> (lower: [Double], upper: [Double]) {
        // Rows of one score are one observation: a fit is a function of the score.
        var scores: [Double] = []
        var blocks: [Block] = []
        for row in rows {
            if scores.last == row.score {
                blocks[blocks.count - 1].add(Block(sum: row.target, weight: 1))
            } else {
                scores.append(row.score)
                blocks.append(Block(sum: row.target, weight: 1))
            }
        }
        let below = snapshots(scores.indices, scores, blocks, grid[...]) { $0.mean >= $1.mean }
        let above = snapshots(scores.indices.reversed(), scores, blocks, grid.reversed()[...]) { $0.mean <= $1.mean }
        let places = grid.indices.map { (below[$0], above[grid.count - 1 - $0]) }
        func fits(_ target: Double) -> [Double] {
            places.map { below, above in
                var block = below.block
                block.add(Block(sum: target, weight: 1))
                return pooled(block, below.pooled, above.pooled)
            }
        }
        return (fits(0), fits(1))
    }

    private struct Block {
        var sum: Double
        var weight: Double
        var mean: Double { sum / weight }

        mutating func add(_ other: Block) {
            sum += other.sum
            weight += other.weight
        }
    }

    /// At each score of the grid, its own block, and the pooled ones of all scores passed before it, nearest last.
    private static func snapshots(
        _ indices: some Sequence<Int>,
        _ scores: [Double],
        _ blocks: [Block],
        _ grid: ArraySlice<Double>,
        violates: (Block, Block) -> Bool
    ) -> [(block: Block, pooled: [Block])] {
        var rest = grid
        var pooled: [Block] = []
        var snapshots: [(block: Block, pooled: [Block])] = []
        for index in indices {
            if rest.first == scores[index] {
                snapshots.append((blocks[index], pooled))
                rest.removeFirst()
            }
            var block = blocks[index]
            while let before = pooled.last, violates(before, block) {
                block.add(before)
                pooled.removeLast()
            }
            pooled.append(block)
        }
        return snapshots
    }

    /// The mean of the block that a block becomes between pooled ones below and above it, nearest last.
    private static func pooled(_ block: Block, _ below: [Block], _ above: [Block]) -> Double {
        var block = block
        var (below, above) = (below[...], above[...])
        while true {
            if let before = below.last, before.mean >= block.mean {
                block.add(before)
                below.removeLast()
            } else if let after = above.last, after.mean <= block.mean {
                block.add(after)
                above.removeLast()
            } else {
                return block.mean
            }
        }
    }
}
