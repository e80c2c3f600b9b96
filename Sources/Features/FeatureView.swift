import Crypto
import FoundationEssentials
package import Plant

/// The ordered list of features that a schema defines: what a model is trained on and asked with.
package struct FeatureView: Hashable, Sendable {
    /// Continuous tags, then boolean ones: the order of every sample's values.
    package let tags: [Tag]
    package let lagSeconds: [Int]
    package let rollingWindows: [Int]
    /// How old a sample may be and still stand for "now minus lag".
    package let staleAfterSeconds: Int
    /// 0: every row; else lags and windows see the last good sample per tag and time-aligned bucket of that length.
    package let sampleEverySeconds: Int

    /// In column order: tags in their order, per tag its value, lags, windows.
    package let featureNames: [String]
    /// For each feature the index of the tag it is made from.
    package let tagIndices: [Int]
    /// Names the view by all that its features mean: SHA-256 over ``canonicalText``, 64 hexadecimal digits.
    package let hash: String

    package var count: Int { featureNames.count }

    /// As many features as a view that is read may have: far more than a plant's, and few enough to name them all.
    package static let countMax = 1_000_000

    /// - Parameter schema: One without ``SignalSchema/problems``.
    package init(schema: SignalSchema) {
        self.init(
            tags: schema.tags,
            lagSeconds: schema.lagSeconds,
            rollingWindows: schema.rollingWindows,
            staleAfterSeconds: schema.staleAfterSeconds,
            sampleEverySeconds: schema.sampleEverySeconds
        )
    }

    private init(
        tags: [Tag],
        lagSeconds: [Int],
        rollingWindows: [Int],
        staleAfterSeconds: Int,
        sampleEverySeconds: Int
    ) {
        self.tags = tags
        self.lagSeconds = lagSeconds
        self.rollingWindows = rollingWindows
        self.staleAfterSeconds = staleAfterSeconds
        self.sampleEverySeconds = sampleEverySeconds
        var names: [String] = []
        var indices: [Int] = []
        for (index, tag) in tags.enumerated() {
            names += Self.featureNames(of: tag, lagSeconds: lagSeconds, rollingWindows: rollingWindows)
            indices += Array(repeating: index, count: names.count - indices.count)
        }
        featureNames = names
        tagIndices = indices
        let text = Self.canonicalText(tags, lagSeconds, rollingWindows, staleAfterSeconds, sampleEverySeconds)
        hash = Self.hexadecimal(SHA256.hash(data: Data(text.utf8)))
    }

    private static func featureNames(of tag: Tag, lagSeconds: [Int], rollingWindows: [Int]) -> [String] {
        let name = tag.name
        switch tag.kind {
        case .continuous:
            let statistics = ["mean", "std", "min", "max", "slope"]
            return [name] + lagSeconds.map { "\(name)_lag_\($0)s" }
                + rollingWindows.flatMap { window in statistics.map { "\(name)_\($0)_\(window)s" } }
        case .boolean:
            return [name, "\(name)_since_s"]
                + rollingWindows.flatMap { ["\(name)_fraction_\($0)s", "\(name)_rises_\($0)s"] }
        }
    }

    /// Tags, lags, windows, staleness and sampling, a line each.
    ///
    /// Names carry their length, so no two views share a text.
    private static func canonicalText(
        _ tags: [Tag],
        _ lagSeconds: [Int],
        _ rollingWindows: [Int],
        _ staleAfterSeconds: Int,
        _ sampleEverySeconds: Int
    ) -> String {
        let lines =
            ["feature view 1"]
            + tags.map { "tag \($0.kind.rawValue) \($0.name.utf8.count) \($0.name)" }
            + lagSeconds.map { "lag \($0)" }
            + rollingWindows.map { "window \($0)" }
            + ["staleAfter \(staleAfterSeconds)", "sampleEvery \(sampleEverySeconds)"]
        return lines.joined(separator: "\n")
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension FeatureView: Codable {
    private enum CodingKeys: String, CodingKey {
        case tags, lagSeconds, rollingWindows, staleAfterSeconds, sampleEverySeconds
    }

    /// Reads what ``encode(to:)`` wrote; names and hash follow from it.
    ///
    /// - Throws: `DecodingError` also where the parts make no view.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let tags = try values.decode([Tag].self, forKey: .tags)
        let lagSeconds = try values.decode([Int].self, forKey: .lagSeconds)
        let rollingWindows = try values.decode([Int].self, forKey: .rollingWindows)
        // Before there is a name for each of them: a short text may say a great many.
        guard tags.count * (2 + lagSeconds.count + 5 * rollingWindows.count) <= Self.countMax else {
            throw DecodingError.dataCorruptedError(
                forKey: .tags,
                in: values,
                debugDescription: "tags, lags and windows make more than \(Self.countMax) features"
            )
        }
        self.init(
            tags: tags,
            lagSeconds: lagSeconds,
            rollingWindows: rollingWindows,
            staleAfterSeconds: try values.decode(Int.self, forKey: .staleAfterSeconds),
            sampleEverySeconds: try values.decode(Int.self, forKey: .sampleEverySeconds)
        )
        func require(_ isGood: Bool, _ key: CodingKeys, _ message: String) throws {
            if isGood { return }
            throw DecodingError.dataCorruptedError(forKey: key, in: values, debugDescription: message)
        }
        let year = 31_622_400
        let kinds = tags.drop { $0.kind == .continuous }
        try require(kinds.allSatisfy { $0.kind == .boolean }, .tags, "boolean tags must stand behind continuous ones")
        try require(tags.first?.kind == .continuous, .tags, "at least one continuous tag is needed")
        try require(Set(tags.map(\.name)).count == tags.count, .tags, "a tag stands there twice")
        for (key, lengths) in [(CodingKeys.lagSeconds, lagSeconds), (.rollingWindows, rollingWindows)] {
            try require(lengths.allSatisfy { (1...year).contains($0) }, key, "lengths must be 1 second to 366 days")
            try require(Set(lengths).count == lengths.count, key, "a length stands there twice")
        }
        for (key, length) in [
            (CodingKeys.staleAfterSeconds, staleAfterSeconds), (.sampleEverySeconds, sampleEverySeconds),
        ] {
            try require((0...year).contains(length), key, "must be 0 seconds to 366 days")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(tags, forKey: .tags)
        try container.encode(lagSeconds, forKey: .lagSeconds)
        try container.encode(rollingWindows, forKey: .rollingWindows)
        try container.encode(staleAfterSeconds, forKey: .staleAfterSeconds)
        try container.encode(sampleEverySeconds, forKey: .sampleEverySeconds)
    }
}
