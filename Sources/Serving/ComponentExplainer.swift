import Features
import LightGBM
import Models
import Plant

/// Names the component behind a probability where the model itself knows only one.
///
/// It is the component whose tags carry the largest share of the score: the sum of their features' TreeSHAP values
/// (Lundberg et al. 2020), as LightGBM computes them.
final class ComponentExplainer: Sendable {
    private let booster: Booster
    private let columnCount: Int
    /// In order of the components' names: the columns that speak for each.
    private let columns: [(component: String, columns: [Int])]

    /// Nil where the model names components itself, the schema maps none, or LightGBM is not there.
    init?(_ artifact: ModelArtifact, components: [String: [String]]) {
        let view = artifact.manifest.view
        guard artifact.manifest.components.isEmpty, !components.isEmpty, let text = artifact.boosters["failure"],
            let plain = try? BoosterText.plain(text, featureCount: view.count),
            let library = try? LightGBMLibrary.load(), let booster = try? Booster(library, modelText: plain)
        else { return nil }
        self.booster = booster
        columnCount = view.count
        columns = components.sorted { $0.key < $1.key }.map { component, tags in
            (component, view.tagIndices.indices.filter { tags.contains(view.tags[view.tagIndices[$0]].name) })
        }
    }

    /// The component that speaks loudest for a failure; nil where none speaks for one.
    func component(of row: [Float]) throws -> String? {
        let shares = try booster.predict(.contributions, values: row, rows: 1, columns: columnCount)
        let sums = columns.map { entry in entry.columns.reduce(0) { $0 + shares[$1] } }
        guard let loudest = sums.indices.max(by: { sums[$0] < sums[$1] }), sums[loudest] > 0 else { return nil }
        return columns[loudest].component
    }
}
