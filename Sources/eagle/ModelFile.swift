import Alarms
import ArgumentParser
import FoundationEssentials
import Models
import ONNXRuntime
import Serving

/// A model on the command line.
struct ModelFile: ParsableArguments {
    @Option(help: ArgumentHelp("The model that eagle train wrote.", valueName: "file"))
    var model: String

    /// The model, proven, and the schema document it was trained with.
    func load() throws -> (LoadedModel, SchemaDocument) { try Self.load(model) }

    static func load(_ model: String) throws -> (LoadedModel, SchemaDocument) {
        let (artifact, version) = try artifact(at: model)
        let document = try SchemaText.document(artifact.schemaDocument)
        return (try LoadedModel(artifact, version: version, runtime: ONNXRuntimeLibrary.load()), document)
    }

    static func report(of artifact: ModelArtifact) throws -> ModelReport {
        guard let report = artifact.report else {
            throw CommandError("the model was made without a report: train it anew to have one")
        }
        return report
    }

    static func artifact(at path: String) throws -> (ModelArtifact, ModelVersion) {
        let bytes = try OutputFile.read(path)
        do {
            return (try ModelArtifact(bytes: bytes), ModelArtifact.version(of: bytes))
        } catch {
            throw ModelError(error.code, "\(path): \(error.message)", cause: error.cause)
        }
    }
}
