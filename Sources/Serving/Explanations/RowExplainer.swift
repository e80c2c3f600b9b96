import Alarms
import Features
import LightGBM
import Models
import Plant

/// Takes one version's scores apart, feature by feature.
final class RowExplainer: Sendable {
    let manifest: ModelManifest
    /// Which tags speak for which component, as the model's own schema has it.
    let components: [String: [String]]
    private let trees: TreeShares?

    /// - Throws: ``ModelError`` where the booster's text is broken; `LightGBMError` where the library is missing.
    init(_ artifact: ModelArtifact) throws {
        manifest = artifact.manifest
        components = (try? SchemaText.document(artifact.schemaDocument))?.schema.components ?? [:]
        trees = try artifact.boosters["failure"].map { try TreeShares($0, columnCount: artifact.manifest.view.count) }
    }

    /// A row's shares.
    ///
    /// - Parameter row: In the view's column order; NaN is missing.
    /// - Returns: Nil where the model can't be taken apart: one that was made elsewhere, without its booster.
    /// - Throws: `LightGBMError` where the row does not fit the model.
    /// - Complexity: One TreeSHAP of the failure head, on the calling thread.
    func shares(of row: [Float]) throws -> ScoreShares? {
        if let baseline = manifest.anomaly {
            let shares = baseline.shares(columnCount: row.count) { row[$0] }
            return ScoreShares(
                quantity: .squaredDistance,
                baseValue: 0,
                score: baseline.squaredDistances { row[$0] }.reduce(0, +),
                features: shares
            )
        }
        return try trees?.shares(of: row)
    }
}

/// TreeSHAP of a failure head, as LightGBM computes it from the booster's own text; after Lundberg and others (2020).
private final class TreeShares: Sendable {
    private let booster: Booster
    private let columnCount: Int

    init(_ text: String, columnCount: Int) throws {
        let plain = try BoosterText.plain(text, featureCount: columnCount)
        booster = try Booster(try LightGBMLibrary.load(), modelText: plain)
        self.columnCount = columnCount
    }

    func shares(of row: [Float]) throws -> ScoreShares {
        let contributions = try booster.predict(.contributions, values: row, rows: 1, columns: columnCount)
        let score = try booster.predict(.rawScore, values: row, rows: 1, columns: columnCount)
        return ScoreShares(
            quantity: .rawScore,
            baseValue: contributions[columnCount],
            score: score[0],
            features: Array(contributions[..<columnCount])
        )
    }
}

extension ModelRegistry {
    /// What takes a version's scores apart, read from its file.
    ///
    /// - Parameters:
    ///   - version: The model's.
    ///   - scope: Its organization.
    ///   - work: Where the file is read.
    /// - Returns: What explains rows of the model's own view.
    /// - Throws: ``ModelError`` where the file is gone or changed; `LightGBMError` where the library is missing; what
    ///   the work throws by itself.
    func explainer(
        of version: ModelVersion,
        in scope: OrganizationScope,
        on work: BlockingWork
    ) async throws -> RowExplainer {
        try await work.run { try RowExplainer(ModelArtifact(bytes: fileBytes(of: version, in: scope))) }
    }
}
