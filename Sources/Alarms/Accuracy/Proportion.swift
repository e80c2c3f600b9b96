package import Models

/// A share that was counted, and how far it can be trusted.
package struct Proportion: Hashable, Sendable {
    package let count: Int
    package let of: Int

    /// Of fewer no share is told: the interval of four is never narrower than 0.49.
    package static let leastOf = 5

    /// The normal distribution's quantile for 95 %.
    static let z = 1.959963984540054

    package init(_ count: Int, of total: Int) {
        self.count = count
        of = total
    }

    /// Nil where there are too few to tell.
    package var value: Double? { of >= Self.leastOf ? Double(count) / Double(of) : nil }

    /// The 95 % score interval (Wilson 1927); nil where there are too few to tell.
    package var interval: Interval? { of >= Self.leastOf ? Interval(share: count, of: of, z: Self.z) : nil }
}

extension Proportion: Encodable {
    enum CodingKeys: String, CodingKey { case count, of, value, low, high }

    /// Leaves out what can't be told.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(count, forKey: .count)
        try values.encode(of, forKey: .of)
        try values.encodeIfPresent(value, forKey: .value)
        try values.encodeIfPresent(interval?.low, forKey: .low)
        try values.encodeIfPresent(interval?.high, forKey: .high)
    }
}
