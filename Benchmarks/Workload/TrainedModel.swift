import Alarms
import Features
import LightGBM
package import Models
package import ONNXRuntime
import Plant
import Training

/// A model from the training that the server uses; of 300 trees 120 are for the failure, the others for its component
/// and its time.
package struct TrainedModel: Sendable {
    package let artifact: ModelArtifact
    package let runtime: ONNXRuntimeLibrary
    /// Feature rows that it may be asked.
    package let rows: [[Float]]

    /// Not the number of trees that the figures are about.
    package struct WrongSize: Error, CustomStringConvertible {
        package let description: String
    }

    private static let machineCount = 6
    private static let rowCount = 1_000

    /// Takes some seconds of one core.
    ///
    /// - Parameter treeCount: Over all heads; all that are not the failure's are 180.
    /// - Throws: ``WrongSize``, and whatever keeps a model from being trained.
    package init(treeCount: Int = 300) throws {
        let plant = SyntheticPlant(organization: "benchmark", seed: 1)
        let document = try plant.document()
        let machines = 0..<Self.machineCount
        let data = try DatasetReader(schema: document.schema).trainingData(
            readings: machines.flatMap { machine in
                (0..<Self.rowCount).map { plant.reading(machine: machine, row: $0) }
            },
            failures: machines.flatMap { plant.failures(machine: $0, rows: 0..<Self.rowCount) }
        )
        runtime = try ONNXRuntimeLibrary.load()
        var growth = Growth()
        growth.treesMax = treeCount - 180
        // So slow that the log-loss still falls with the last tree.
        growth.failureParameters = ["learning_rate": "0.005"]
        artifact = try TrainingRun(
            document: document,
            growth: growth,
            lightGBM: LightGBMLibrary.load(),
            runtime: runtime
        ).artifact(from: data)
        rows = try (0..<1_024).map { try data.features.values(of: [$0 * data.rows.count / 1_024]) }
        try Self.checkSize(of: artifact, treeCount: treeCount)
    }

    private static func checkSize(of artifact: ModelArtifact, treeCount: Int) throws {
        let grown = artifact.boosters.mapValues { $0.split(separator: "\n").count { $0.hasPrefix("Tree=") } }
        // The component booster's first class is health, which is not exported.
        let component = grown["component", default: 0]
        let exported = grown.values.reduce(0, +) - component / (artifact.manifest.components.count + 1)
        guard exported == treeCount, grown["failure"] == treeCount - 180,
            (artifact.manifest.survivalBins?.count ?? 0) > 1
        else {
            throw WrongSize(description: "the trained model has \(exported) trees (\(grown)), not \(treeCount)")
        }
    }
}
