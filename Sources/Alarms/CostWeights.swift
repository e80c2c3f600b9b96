import Plant

/// How much more, or less, than the schema's `missedFailureCost` a missed failure of an asset or of a component costs.
///
/// Only what wants attention first is ranked by them; models are trained and judged by the schema's costs.
package struct CostWeights: Hashable, Sendable, Codable {
    /// By the asset's name; 1 for all others.
    package let assets: [String: Double]
    /// By the component's name; 1 for all others, and where a prediction names none.
    package let components: [String: Double]

    package init(assets: [String: Double] = [:], components: [String: Double] = [:]) {
        self.assets = assets
        self.components = components
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case assets, components }

    package init(from decoder: any Decoder) throws {
        try KnownKeys(CodingKeys.allCases.map(\.rawValue), of: "costWeights").check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        assets = try values.decodeIfPresent([String: Double].self, forKey: .assets) ?? [:]
        components = try values.decodeIfPresent([String: Double].self, forKey: .components) ?? [:]
    }

    package func weight(asset: String, component: String?) -> Double {
        (assets[asset] ?? 1) * (component.flatMap { components[$0] } ?? 1)
    }

    /// The first that means nothing; nil where all do.
    var problem: SchemaProblem? {
        for (key, weights) in [("assets", assets), ("components", components)] {
            for (name, weight) in weights.sorted(by: { $0.key < $1.key })
            where !(weight >= 0 && weight <= 1_000_000) {
                return SchemaProblem(path: ["costWeights", key, name], message: "must be from 0 to 1000000")
            }
        }
        return nil
    }
}
