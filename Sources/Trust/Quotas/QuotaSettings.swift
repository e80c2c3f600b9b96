package import Plant

/// Some quotas' values: the server's settings, or what one organization has instead.
package struct QuotaSettings: Hashable, Sendable {
    private var values: [Quota: Int]

    /// None: whatever stands behind it holds.
    package init() { values = [:] }

    /// - Throws: `SchemaProblem` for the first value out of its range, by the quota's name.
    package init(_ values: [Quota: Int]) throws(SchemaProblem) {
        for quota in Quota.allCases {
            guard let value = values[quota], !quota.range.contains(value) else { continue }
            throw SchemaProblem(
                path: [quota.rawValue],
                message: "is \(value): use \(quota.range.lowerBound) to \(quota.range.upperBound)"
            )
        }
        self.values = values
    }

    /// Nil where it says nothing.
    package subscript(_ quota: Quota) -> Int? { values[quota] }

    package var isEmpty: Bool { values.isEmpty }

    /// With the other's values in the place of its own; nil in it takes a value away.
    ///
    /// - Throws: As ``init(_:)``.
    package func changed(by changes: [Quota: Int?]) throws(SchemaProblem) -> QuotaSettings {
        var values = values
        for (quota, value) in changes { values[quota] = value }
        return try QuotaSettings(values)
    }
}

extension QuotaSettings: Codable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ quota: Quota) { stringValue = quota.rawValue }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads an object with some of the quotas; null is as if it were not there.
    ///
    /// - Throws: `DecodingError`, or `SchemaProblem` for a key that is none and a value out of its range.
    package init(from decoder: any Decoder) throws {
        try KnownKeys(Quota.allCases.map(\.rawValue), of: "the quotas").check(decoder)
        let container = try decoder.container(keyedBy: Key.self)
        var values: [Quota: Int] = [:]
        for quota in Quota.allCases { values[quota] = try container.decodeIfPresent(Int.self, forKey: Key(quota)) }
        try self.init(values)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for quota in Quota.allCases { try container.encodeIfPresent(values[quota], forKey: Key(quota)) }
    }
}

/// What holds for one organization: its own values, else the server's, else the standard ones.
package struct QuotaLimits: Hashable, Sendable {
    private let server: QuotaSettings
    private let own: QuotaSettings

    package init(server: QuotaSettings = QuotaSettings(), own: QuotaSettings = QuotaSettings()) {
        self.server = server
        self.own = own
    }

    package subscript(_ quota: Quota) -> Int { own[quota] ?? server[quota] ?? quota.standard }

    /// Whether the organization has a value of its own.
    package func isOwn(_ quota: Quota) -> Bool { own[quota] != nil }

    /// Of a quota that is a rate, with its burst.
    package func rate(of quota: Quota) -> TokenBucket.Rate {
        TokenBucket.Rate(perSecond: self[quota], burst: quota.burst.map { self[$0] } ?? self[quota])
    }
}
