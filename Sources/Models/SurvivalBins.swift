import Plant

/// The time bins of the survival head: when failures happen, given that they lie within the horizon.
///
/// Each bin spans the times to failure that were seen in it, and time between two bins has no mass: where
/// rows come daily and failures in the morning, the median is one of the hours that do occur.
package struct SurvivalBins: Hashable, Sendable, Codable {
    /// Minutes to failure, ascending; `low[i] <= high[i] < low[i + 1]`.
    package let low: [Double]
    package let high: [Double]

    package var count: Int { low.count }

    /// A bin for each time where few occur, else bins of about equally many rows, never parting equal times.
    ///
    /// - Parameters:
    ///   - minutes: Times to failure of the positive rows.
    ///   - countMax: How many bins there may be.
    package init(dividing minutes: [Double], countMax: Int) {
        precondition(countMax > 0)
        let sorted = minutes.sorted()
        let distinct = Set(minutes).sorted()
        if distinct.count <= countMax {
            low = distinct
            high = distinct
            return
        }
        var low: [Double] = []
        var high: [Double] = []
        var start = 0
        while start < sorted.count {
            let remainingBins = max(1, countMax - low.count)
            var end = start + max(1, (sorted.count - start + remainingBins - 1) / remainingBins)
            if low.count == countMax - 1 { end = sorted.count }
            end = min(end, sorted.count)
            while end < sorted.count, sorted[end] == sorted[end - 1] { end += 1 }
            low.append(sorted[start])
            high.append(sorted[end - 1])
            start = end
        }
        self.low = low
        self.high = high
    }

    /// The bin of a time to failure: the first that ends at or after it.
    package func bin(of minutes: Double) -> Int {
        min(high.partitioningIndex { $0 >= minutes }, max(0, count - 1))
    }

    /// Reads what was written.
    ///
    /// - Throws: `DecodingError` also where the bins are none, overlap or are out of order.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        low = try values.decode([Double].self, forKey: .low)
        high = try values.decode([Double].self, forKey: .high)
        let isOrdered =
            low.count == high.count && zip(low, high).allSatisfy { $0 >= 0 && $0 <= $1 && $1.isFinite }
            && zip(high, low.dropFirst()).allSatisfy { $0 < $1 }
        guard !low.isEmpty, isOrdered else {
            throw DecodingError.dataCorruptedError(
                forKey: .low,
                in: values,
                debugDescription: "bins must be one or more, ascend and not overlap"
            )
        }
    }

    /// The time by which the failure has come with a given probability; NaN where the curve is none.
    ///
    /// - Parameters:
    ///   - share: The probability, in `0...1`.
    ///   - survival: Per bin, the probability that the failure comes after its end.
    /// - Returns: Minutes from now.
    package func quantile(_ share: Double, survival: [Double]) -> Double {
        guard survival.allSatisfy(\.isFinite) else { return .nan }
        var before = 0.0
        for bin in 0..<count {
            let after = bin + 1 == count ? 1 : 1 - survival[bin]
            if after >= share {
                let mass = after - before
                let part = mass > 0 ? max(0, min(1, (share - before) / mass)) : 0
                return low[bin] + part * (high[bin] - low[bin])
            }
            before = max(before, after)
        }
        return high.last ?? .nan
    }
}
