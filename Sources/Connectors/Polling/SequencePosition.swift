import Plant

/// How far a table numbered in order has been read: up to a number, but for gaps shortly below it.
///
/// Numbers are given out before rows are committed, so a smaller one may turn up after a bigger one. Each
/// number not seen is a gap until it falls out of the overlap; all others below are done and never read again.
struct SequencePosition: Hashable, Sendable, Codable {
    /// The biggest number seen; nil before the first.
    private(set) var high: Int64?
    /// Ascending, apart from one another, none above `high`.
    private(set) var gaps: [ClosedRange<Int64>] = []

    init() {}

    func isInGap(_ number: Int64) -> Bool { gapIndex(of: number) != nil }

    private func gapIndex(of number: Int64) -> Int? {
        let index = gaps.partitioningIndex { $0.upperBound >= number }
        return index < gaps.endIndex && gaps[index].contains(number) ? index : nil
    }

    /// Takes note of numbers that were read, gaps and new ones alike, in ascending order.
    mutating func advance(over numbers: some Sequence<Int64>, overlap: Int64) {
        for number in numbers {
            guard let high else {
                // What was committed late may lie below the very first row as well.
                let lowest = number.lowered(by: overlap)
                if lowest < number { gaps = [lowest...number - 1] }
                self.high = number
                continue
            }
            guard number > high else {
                close(number)
                continue
            }
            if number - 1 > high { gaps.append(high + 1...number - 1) }
            self.high = number
        }
        guard let high else { return }
        let lowest = high.lowered(by: overlap)
        gaps = gaps.compactMap { gap in
            gap.upperBound < lowest ? nil : max(gap.lowerBound, lowest)...gap.upperBound
        }
    }

    /// Takes note that the table ends at a number now: rows above it were deleted, and their numbers may come again.
    mutating func reopen(above top: Int64) {
        guard let high, top < high else { return }
        gaps = gaps.compactMap { $0.lowerBound > top ? nil : $0.lowerBound...min($0.upperBound, top) }
        gaps.append(top + 1...high)
    }

    private mutating func close(_ number: Int64) {
        guard let index = gapIndex(of: number) else { return }
        let gap = gaps[index]
        var rest: [ClosedRange<Int64>] = []
        if gap.lowerBound < number { rest.append(gap.lowerBound...number - 1) }
        if number < gap.upperBound { rest.append(number + 1...gap.upperBound) }
        gaps.replaceSubrange(index...index, with: rest)
    }

    private enum CodingKeys: String, CodingKey { case high, gaps }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        high = try values.decodeIfPresent(Int64.self, forKey: .high)
        gaps = try values.decode([[Int64]].self, forKey: .gaps).map { bounds in
            guard bounds.count == 2, bounds[0] <= bounds[1] else {
                throw DecodingError.dataCorruptedError(forKey: .gaps, in: values, debugDescription: "not two bounds")
            }
            return bounds[0]...bounds[1]
        }
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(high, forKey: .high)
        try values.encode(gaps.map { [$0.lowerBound, $0.upperBound] }, forKey: .gaps)
    }
}

extension Int64 {
    /// The difference; the smallest number where that would be smaller still.
    func lowered(by distance: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(distance)
        return overflow ? .min : difference
    }
}
