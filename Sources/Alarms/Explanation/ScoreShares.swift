package import Features
import Plant

/// A score taken apart, feature by feature: base and shares add up to it.
package struct ScoreShares: Hashable, Sendable {
    package let quantity: Explanation.Quantity
    package let baseValue: Double
    package let score: Double
    /// In the order of the view's columns.
    package let features: [Double]

    /// A score with a share per column of the view.
    package init(quantity: Explanation.Quantity, baseValue: Double, score: Double, features: [Double]) {
        self.quantity = quantity
        self.baseValue = baseValue
        self.score = score
        self.features = features
    }

    /// The sums of each tag's features, the largest first.
    package func byTag(_ view: FeatureView) -> [Explanation.Share] {
        var sums = [Double](repeating: 0, count: view.tags.count)
        for (column, share) in features.enumerated() { sums[view.tagIndices[column]] += share }
        return Self.ordered(zip(view.tags, sums).map { Explanation.Share(name: $0.name, share: $1) })
    }

    /// The sums of the features of the tags that speak for each component, the largest first; a tag that speaks for two
    /// counts for both.
    package func byComponent(_ components: [String: [String]], _ view: FeatureView) -> [Explanation.Share] {
        let byTag = Dictionary(byTag(view).map { ($0.name, $0.share) }) { first, _ in first }
        return Self.ordered(
            components.map { name, tags in
                Explanation.Share(name: name, share: Set(tags).sorted().reduce(0) { $0 + (byTag[$1] ?? 0) })
            }
        )
    }

    /// The columns that matter most, the largest share first.
    package func topColumns(_ countMax: Int) -> [Int] {
        let order = features.indices.filter { features[$0] != 0 }.sorted {
            (abs(features[$1]), $0) < (abs(features[$0]), $1)
        }
        return Array(order.prefix(countMax))
    }

    private static func ordered(_ shares: [Explanation.Share]) -> [Explanation.Share] {
        shares.sorted { (abs($1.share), $0.name) < (abs($0.share), $1.name) }
    }
}
