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

    /// Bins a tag's values, NaN where missing: at most `binCount` bins, never parting equal values, and one on either
    /// side for what lies beyond all of them.
    package init(tag: String, values: [Float], binCount: Int = 10) {
        let present = values.filter { !$0.isNaN }.sorted()
        var limits = present.first.map { [Double($0.nextDown)] } ?? []
        for bin in 1..<max(2, binCount) where !present.isEmpty {
            let limit = Double(present[min(present.count - 1, present.count * bin / binCount)])
            if limits.last.map({ $0 < limit }) ?? true, limit < Double(present[present.count - 1]) {
                limits.append(limit)
            }
        }
        if let last = present.last { limits.append(Double(last)) }
        self.tag = tag
        self.limits = limits
        counts = Self.counts(of: values, limits: limits)
    }

    /// The same bins filled with other values.
    ///
    /// - Parameters:
    ///   - values: NaN where missing.
    ///   - weights: How many rows each stands for; nil for one.
    /// - Returns: A distribution of the same limits.
    package func filled(with values: [Float], weights: [Int]? = nil) -> TagDistribution {
        TagDistribution(tag: tag, limits: limits, counts: Self.counts(of: values, weights: weights, limits: limits))
    }

    private static func counts(of values: [Float], weights: [Int]? = nil, limits: [Double]) -> [Int] {
        var counts = [Int](repeating: 0, count: limits.count + 2)
        for (place, value) in values.enumerated() {
            let bin = value.isNaN ? limits.count + 1 : limits.partitioningIndex { $0 >= Double(value) }
            counts[bin] += weights?[place] ?? 1
        }
        return counts
    }

    package var total: Int { counts.reduce(0, +) }
}
