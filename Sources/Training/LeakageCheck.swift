import Features
import Models

/// Finds tags that know the future: no machine's sensor tells failures from health without any error, or has today
/// what another will read tomorrow.
struct LeakageCheck {
    /// A tag, and what betrays it.
    struct Finding: Hashable {
        let tag: String
        let message: String
    }

    private let columns: TagColumns
    private let rows: [TrainingSet.Row]
    private let trusted: Set<String>

    private static let aucMin = 0.998
    private static let positivesMin = 20
    private static let correlationMin = 0.995
    private static let shiftMax = 48
    private static let changesMin = 50
    private static let equalShareMin = 0.98
    private static let distinctMin = 20

    /// Looks at the rows that a model learned from, which are ordered, and at no tag that somebody vouches for.
    init(of data: TrainingData, learned: [Int], trusted: [String]) throws {
        // Contiguous rows of each asset, so that a shift by one row is one: the newest of them.
        let byAsset = Dictionary(grouping: learned) { data.rows[$0].asset }
        let share = max(1, TagColumns.rowsMax / max(1, byAsset.count))
        columns = try TagColumns(of: data, rows: byAsset.values.flatMap { $0.suffix(share) }.sorted())
        rows = columns.rows.map { data.rows[$0] }
        self.trusted = Set(trusted)
    }

    /// What was found, tag by tag.
    var findings: [Finding] {
        columns.names.indices.filter { !trusted.contains(columns.names[$0]) }
            .compactMap { labelCopy($0) ?? timeCopy($0) ?? futureCopy($0) }
    }

    /// A tag that tells failing rows from others by itself.
    private func labelCopy(_ tag: Int) -> Finding? {
        guard rows.count(where: \.label.isPositive) >= Self.positivesMin else { return nil }
        let values = columns.values[tag]
        for (signs, what) in [
            (values.map { $0.isNaN ? 1.0 : 0.0 }, "whether it is there"),
            (values.map { $0.isNaN ? -Double.infinity : Double($0) }, "its value"),
            (values.map { $0.isNaN ? Double.infinity : Double($0) }, "its value"),
        ] {
            guard let auc = auc(signs), max(auc, 1 - auc) >= Self.aucMin else { continue }
            return Finding(
                tag: columns.names[tag],
                message: "'\(columns.names[tag])' alone tells what fails from what does not (\(what) has an ROC-AUC of "
                    + "\(rounded(max(auc, 1 - auc)))): it looks like a copy of the failure record. Leave it out of "
                    + "'tags', or name it in 'trustedTags' if it is truly measured before"
            )
        }
        return nil
    }

    /// By ranks, ties counted half (Mann and Whitney 1947).
    private func auc(_ values: [Double]) -> Double? {
        let ranks = Self.ranks(values)
        let positives = rows.indices.filter { rows[$0].label.isPositive }
        let (n, m) = (Double(positives.count), Double(rows.count - positives.count))
        guard n > 0, m > 0 else { return nil }
        return (positives.reduce(0) { $0 + ranks[$1] } - n * (n + 1) / 2) / (n * m)
    }

    /// A tag that counts down to the failure.
    private func timeCopy(_ tag: Int) -> Finding? {
        var (minutes, values): ([Double], [Double]) = ([], [])
        for (row, value) in zip(rows, columns.values[tag]) where !value.isNaN {
            guard case .positive(let toFailure, _) = row.label else { continue }
            minutes.append(toFailure)
            values.append(Double(value))
        }
        guard minutes.count >= Self.positivesMin, Set(minutes).count >= Self.distinctMin,
            let correlation = Self.correlation(Self.ranks(minutes), Self.ranks(values)),
            abs(correlation) >= Self.correlationMin
        else { return nil }
        return Finding(
            tag: columns.names[tag],
            message:
                "'\(columns.names[tag])' follows the time to failure (rank correlation \(rounded(correlation))): it "
                + "looks like a countdown that was written afterwards. Leave it out of 'tags', or name it in "
                + "'trustedTags'"
        )
    }

    /// A tag that has what another tag reads some rows later.
    private func futureCopy(_ tag: Int) -> Finding? {
        let copy = columns.values[tag]
        for (other, name) in columns.names.enumerated() where other != tag {
            let source = columns.values[other]
            guard Set(source.prefix(2_000)).count >= Self.distinctMin else { continue }
            for shift in 1...Self.shiftMax where isCopy(copy, of: source, shiftedBy: shift) {
                return Finding(
                    tag: columns.names[tag],
                    message:
                        "'\(columns.names[tag])' has what '\(name)' reads \(shift) rows later: "
                        + "one is a copy of the future, or the other a delayed copy. Leave it out of 'tags', or name it "
                        + "in 'trustedTags'"
                )
            }
        }
        return nil
    }

    private func isCopy(_ copy: [Float], of source: [Float], shiftedBy shift: Int) -> Bool {
        guard copy.count > shift else { return false }
        var (changes, equal) = (0, 0)
        for row in 0..<copy.count - shift {
            guard rows[row].asset == rows[row + shift].asset, source[row + shift] != source[row] else { continue }
            if source[row + shift].isNaN { continue }
            changes += 1
            if copy[row] == source[row + shift] { equal += 1 }
            // Most columns are no copy, and show it at once.
            if changes == Self.changesMin, Double(equal) < Self.equalShareMin * Double(changes) { return false }
        }
        return changes >= Self.changesMin && Double(equal) >= Self.equalShareMin * Double(changes)
    }

    /// From 1; equal values share their mean rank.
    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for index in order[start..<end] { ranks[index] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    /// Pearson's; nil where one of them does not vary.
    private static func correlation(_ left: [Double], _ right: [Double]) -> Double? {
        let n = Double(left.count)
        let (meanLeft, meanRight) = (left.reduce(0, +) / n, right.reduce(0, +) / n)
        var (covariance, varianceLeft, varianceRight) = (0.0, 0.0, 0.0)
        for (x, y) in zip(left, right) {
            covariance += (x - meanLeft) * (y - meanRight)
            varianceLeft += (x - meanLeft) * (x - meanLeft)
            varianceRight += (y - meanRight) * (y - meanRight)
        }
        guard varianceLeft > 0, varianceRight > 0 else { return nil }
        return covariance / (varianceLeft * varianceRight).squareRoot()
    }

    private func rounded(_ value: Double) -> String { String((value * 10_000).rounded() / 10_000) }
}
