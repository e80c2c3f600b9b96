import ArgumentParser
import Connectors
import Foundation
import Models
import ONNXRuntime
import Serving

struct ModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Look into a model, take it apart, prove it.",
        subcommands: [Show.self, Export.self, Verify.self]
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What a model was trained on and how good it is.")

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @Flag(help: "Print the manifest as JSON.")
        var json = false

        func run() async throws {
            let (artifact, version) = try ModelFile.artifact(at: model)
            if json {
                try Console.writeJSON(artifact.manifest)
            } else {
                Console.write(ManifestText.summary(of: artifact.manifest, version: version))
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the ONNX, the boosters' texts, the schema and the manifest, for any other tool.",
            discussion: "A .eaglemodel is a tar archive: tar xf does the same, but checks nothing."
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @Option(help: ArgumentHelp("The folder to write to; made if it isn't there.", valueName: "folder"))
        var output: String

        func run() async throws {
            let (artifact, _) = try ModelFile.artifact(at: model)
            do {
                try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            } catch {
                throw FileError(.notWritable, path: output, "is no folder and can't be made one")
            }
            let archive = try TarArchive(artifact.bytes())
            for (name, bytes) in archive.entries {
                try OutputFile.write(bytes, to: output + "/" + name)
                Console.write(output + "/" + name)
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a model's parts, open it, and replay its golden vectors.",
            discussion: "Exit code 3 if it is not what it was."
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        func run() async throws {
            let runtime = try ONNXRuntimeLibrary.load()
            do {
                let (artifact, version) = try ModelFile.artifact(at: model)
                try artifact.proveBoosters()
                _ = try LoadedModel(artifact, version: version, runtime: runtime)
                Console.write(
                    """
                    Model \(version) is whole: \(artifact.manifest.contents.count) parts match their SHA-256, the graph \
                    is well formed,
                    and \(artifact.golden.rowCount) golden rows give the recorded numbers on ONNX Runtime \(runtime.version).
                    """
                )
            } catch let error as ModelError {
                Console.note("eagle: \(error)")
                throw ExitCode.wanting
            }
        }
    }
}
