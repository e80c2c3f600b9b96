import Plant

/// How a tag's values were spread when a model learned: bins of about equal counts, and what was missing.
package struct TagDistribution: Hashable, Sendable, Codable {
    package let tag: String
    /// Ascending limits between bins; a value on a limit belongs below it.
    package let limits: [Double]
    /// One more than limits; then that of missing values.
    package let counts: [Int]

    package init(tag: String, limits: [Double], counts: [Int]) {
        self.tag = tag
        self.limits = limits
        self.counts = counts
    }

    /// Bins a tag's values, NaN where missing: at most `binCount` bins, never parting equal values.
    package init(tag: String, values: [Float], binCount: Int = 10) {
        let present = values.filter { !$0.isNaN }.sorted()
        var limits: [Double] = []
        for bin in 1..<max(2, binCount) where !present.isEmpty {
            let limit = Double(present[min(present.count - 1, present.count * bin / binCount)])
            if limits.last.map({ $0 < limit }) ?? true, limit < Double(present[present.count - 1]) {
                limits.append(limit)
            }
        }
        self.tag = tag
        self.limits = limits
        counts = Self.counts(of: values, limits: limits)
    }

    /// The same bins filled with other values.
    package func filled(with values: [Float]) -> TagDistribution {
        TagDistribution(tag: tag, limits: limits, counts: Self.counts(of: values, limits: limits))
    }

    private static func counts(of values: [Float], limits: [Double]) -> [Int] {
        var counts = [Int](repeating: 0, count: limits.count + 2)
        for value in values {
            if value.isNaN {
                counts[limits.count + 1] += 1
            } else {
                counts[limits.partitioningIndex { $0 >= Double(value) }] += 1
            }
        }
        return counts
    }

    package var total: Int { counts.reduce(0, +) }
}
