import ArgumentParser
import Foundation
import Plant
import Serving
import Storage
import Trust

extension TrainingCommands {
    /// What a run left is sealed below the data directory: this opens it for an engineer.
    struct Artifacts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write what a run left, opened: report, labels and what the gate found."
        )

        @Argument(help: ArgumentHelp("The run's id.", valueName: "id"))
        var run: String

        @OptionGroup var place: OrganizationOnDisk

        @Option(help: ArgumentHelp("Where to; made if it is not there.", valueName: "folder"))
        var output: String

        func run() async throws {
            let (stores, scope) = try await place.open()
            let log = try await TrainingCommands.log(run, stores, scope)
            guard log.artifactsPath != nil else { throw CommandError("the run left nothing: it made no model") }
            let folder = try place.directory.configuration().dataDirectory + "/training/\(scope.id)/\(log.id)"
            let record = TerminalRecord(stores, in: scope)
            try await record.of("training artifacts", on: "training-runs/\(log.id)", as: .export) {
                let files = try await RunArtifacts(keyring: stores.keyring).opened(log.id, in: folder, in: scope)
                try FileManager.default.createDirectory(
                    atPath: output,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
                for file in files {
                    try OutputFile.write(file.bytes, to: output + "/" + file.name)
                    Console.write(output + "/" + file.name)
                }
            }
        }
    }
}
