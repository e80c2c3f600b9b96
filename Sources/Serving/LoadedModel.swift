package import Alarms
import Features
package import Models
package import ONNXRuntime
import Plant

/// One model version, proven and ready: whoever holds it holds its session.
package final class LoadedModel: Sendable {
    package let version: ModelVersion
    package let manifest: ModelManifest
    /// Of the file's graph.
    let graphByteCount: Int
    private let session: Session
    private let outputs: [String]
    private let explainer: ComponentExplainer?

    /// Opens a session and replays the golden vectors.
    ///
    /// - Throws: ``ModelError``: `.artifactCorrupt` where the graph is not one of ours, `.signatureMismatch` where it
    ///   is not the manifest's, `.goldenVectorsMismatch` where it gives other numbers than were recorded.
    package init(_ artifact: ModelArtifact, version: ModelVersion, runtime: ONNXRuntimeLibrary) throws(ModelError) {
        self.version = version
        manifest = artifact.manifest
        graphByteCount = artifact.onnx.count
        outputs = manifest.outputWidths.map(\.name)
        do {
            try ONNXInspection.validate(
                artifact.onnx,
                featureCount: manifest.view.count,
                outputs: manifest.outputWidths
            )
        } catch {
            throw ModelError(.artifactCorrupt, "the model's graph is not one that may be served", cause: error)
        }
        let components = (try? SchemaText.document(artifact.schemaDocument))?.schema.components ?? [:]
        explainer = ComponentExplainer(artifact, components: components)
        do {
            session = try Session(onnx: artifact.onnx, library: runtime)
        } catch {
            let isMemory = error.message.contains("bad_alloc") || error.message.contains("Failed to allocate")
            throw ModelError(
                isMemory ? .outOfMemory : .runtimeFailed,
                isMemory ? "there is no memory for the model" : "ONNX Runtime does not open the model",
                cause: error
            )
        }
        try prove(by: artifact.golden)
    }

    /// Replays golden vectors.
    ///
    /// - Throws: ``ModelError`` with `.goldenVectorsMismatch` where it gives other numbers than were recorded, or as
    ///   ``outputs(for:rowCount:)``.
    func prove(by golden: GoldenVectors) throws(ModelError) {
        let replayed = try replay(golden)
        let named = Dictionary(uniqueKeysWithValues: zip(outputs, replayed))
        guard golden.outputNames == outputs.sorted() else {
            throw ModelError(.signatureMismatch, "the golden vectors have other outputs than the manifest")
        }
        if let difference = golden.firstDifference(from: named) {
            throw ModelError(
                .goldenVectorsMismatch,
                "the model does not give the numbers recorded with it: \(difference)"
            )
        }
    }

    /// A batch at a time: a graph may be wide.
    private func replay(_ golden: GoldenVectors) throws(ModelError) -> [[Float]] {
        let (features, width) = (golden.featureValues, golden.columnCount)
        var replayed = outputs.map { _ in [Float]() }
        for start in stride(from: 0, to: golden.rowCount, by: 64) {
            let end = min(start + 64, golden.rowCount)
            let part = try run(Array(features[start * width..<end * width]), rowCount: end - start)
            for (index, output) in part.enumerated() { replayed[index] += output }
        }
        return replayed
    }

    /// When its probabilities raise an alarm.
    package var policy: PredictivePolicy { PredictivePolicy(manifest) }

    /// What the model says, row by row.
    ///
    /// - Parameters:
    ///   - values: `Float32`, row-major, shape `[rowCount, view.count]`; NaN is a missing value.
    ///   - rowCount: At least 1.
    /// - Returns: One output per row, in row order.
    /// - Throws: ``ModelError`` with `.runtimeFailed`, `.signatureMismatch` for another width, or `.outputInvalid` where
    ///   a row's level is not between 0 and 1: a wrong number is told to nobody.
    /// - Complexity: One call into the runtime, on the calling thread.
    package func outputs(for values: [Float], rowCount: Int) throws(ModelError) -> [ModelOutput] {
        let outputs = manifest.decode(try run(values, rowCount: rowCount), rowCount: rowCount)
        if let wrong = outputs.first(where: { !(0...1).contains($0.probability) }) {
            throw ModelError(.outputInvalid, "the model says \(wrong.probability), which is not between 0 and 1")
        }
        return outputs
    }

    /// The component to name in an alarm raised by a row whose prediction names none; nil where nothing tells them
    /// apart.
    ///
    /// - Complexity: One TreeSHAP of the failure head, 1 to 2 ms.
    package func component(behind row: [Float]) -> String? { try? explainer?.component(of: row) }

    /// When the asset fails, given that it does within the horizon, for one row; nil where the model does not say.
    ///
    /// - Throws: As ``outputs(for:rowCount:)``.
    package func survivalCurve(behind row: [Float]) throws(ModelError) -> SurvivalCurve? {
        manifest.survivalCurve(try run(row, rowCount: 1))
    }

    private func run(_ values: [Float], rowCount: Int) throws(ModelError) -> [[Float]] {
        guard rowCount > 0, values.count == rowCount * manifest.view.count else {
            throw ModelError(
                .signatureMismatch,
                "\(values.count) values are not \(rowCount) rows of the model's \(manifest.view.count) features"
            )
        }
        do {
            return try session.run(values, rows: rowCount, columns: manifest.view.count, outputs: outputs)
        } catch {
            throw ModelError(.runtimeFailed, "ONNX Runtime failed on \(rowCount) rows", cause: error)
        }
    }
}
