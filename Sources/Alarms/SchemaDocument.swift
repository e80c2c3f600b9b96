package import Plant

/// What files and the API carry for one organization: its schema, and its rules beside it as one more key.
package struct SchemaDocument: Hashable, Sendable {
    package let schema: SignalSchema
    /// Good ones for the schema's tags, with ids of their own.
    package let rules: [AlarmRule]
    /// By asset: the one whose alarms explain its own, so that a consequence is not told beside its cause.
    package let parentAssets: [String: String]
    /// What missed failures of one asset or component cost, beside those of others.
    package let costWeights: CostWeights

    /// - Throws: `SchemaProblem` for the first thing that is wrong with any of it.
    package init(
        schema: SignalSchema,
        rules: [AlarmRule] = [],
        parentAssets: [String: String] = [:],
        costWeights: CostWeights = CostWeights()
    ) throws(SchemaProblem) {
        if let problem = schema.problems.first ?? rules.problems(tags: schema.tags).first { throw problem }
        let book = SuppressionBook(parents: parentAssets)
        if let circle = parentAssets.keys.sorted().first(where: { book.ancestors(of: $0).contains($0) }) {
            throw SchemaProblem(path: ["parentAssets", circle], message: "leads back to itself")
        }
        if let problem = costWeights.problem { throw problem }
        self.schema = schema
        self.rules = rules
        self.parentAssets = parentAssets
        self.costWeights = costWeights
    }

    /// A cost weight whose component is written a little otherwise than those that the schema knows; nil where there is
    /// none.
    ///
    /// Failures may name others, so that a weight need not be of a component that the schema lists. What is kept already
    /// is read all the same.
    package var misspeltWeight: SchemaProblem? {
        let known = Set(schema.components.keys).union(rules.compactMap(\.component))
        for name in costWeights.components.keys.sorted() where !known.contains(name) {
            guard let near = schema.components.keys.sorted().first(where: { Self.isMisspelt(name, for: $0) }) else {
                continue
            }
            return SchemaProblem(
                path: ["costWeights", "components", name],
                message: "is no component of the schema: did you mean '\(near)'? If not, list it in components"
            )
        }
        return nil
    }

    private static func isMisspelt(_ name: String, for known: String) -> Bool {
        let (left, right) = (name.lowercased(), known.lowercased())
        if left == right { return true }
        guard left.count >= 6, !areSiblings(left, right) else { return false }
        return left.sorted() == right.sorted() || !NearMisses.of(left, among: [right], share: 1 / 5).isEmpty
    }

    /// Whether names differ in a number alone, or in one word that is as short as an index or quite another.
    private static func areSiblings(_ left: String, _ right: String) -> Bool {
        if left.filter({ !$0.isNumber }) == right.filter({ !$0.isNumber }) { return true }
        let words = [left, right].map { $0.split { "-_. ".contains($0) }.map(String.init) }
        guard words[0].count > 1, words[0].count == words[1].count else { return false }
        let differing = zip(words[0], words[1]).filter { $0 != $1 }
        guard differing.count == 1, let (one, other) = differing.first else { return false }
        return min(one.count, other.count) <= 2 || NearMisses.of(one, among: [other]).isEmpty
    }

    /// How long nothing may come of an asset, or of the plant as a whole, while all is well.
    package var silentAfter: Duration { .seconds(schema.sourceStaleSeconds) }
}

extension SchemaDocument: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case rules, parentAssets, costWeights }

    /// The keys a schema document may have.
    package static let keys = SignalSchema.keys + CodingKeys.allCases.map(\.rawValue)

    /// Reads a schema document with its defaults.
    ///
    /// - Throws: `DecodingError` where a key is missing or of the wrong type, `SchemaProblem` for an unknown key,
    ///   with the nearest known one, and for the first value that means nothing.
    package init(from decoder: any Decoder) throws {
        try KnownKeys(Self.keys, of: "a schema").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            schema: SignalSchema(from: decoder),
            rules: values.decodeIfPresent([AlarmRule].self, forKey: .rules) ?? [],
            parentAssets: values.decodeIfPresent([String: String].self, forKey: .parentAssets) ?? [:],
            costWeights: values.decodeIfPresent(CostWeights.self, forKey: .costWeights) ?? CostWeights()
        )
    }

    package func encode(to encoder: any Encoder) throws {
        try schema.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(rules, forKey: .rules)
        if !parentAssets.isEmpty { try values.encode(parentAssets, forKey: .parentAssets) }
        if costWeights != CostWeights() { try values.encode(costWeights, forKey: .costWeights) }
    }
}
