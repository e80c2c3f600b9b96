import ArgumentParser
import Models
import Plant
import Serving
import Storage

extension ModelCommand {
    struct Upload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring a model into a server's data directory, as the API's upload does.",
            discussion: """
                It is checked part by part, opened, and its golden rows replayed before it is kept. Works while the \
                server runs, and changes nothing of what serves: an admin deploys it, in the console under Models.
                """
        )

        @Argument(help: ArgumentHelp("The model's file.", valueName: "file"))
        var model: String

        @OptionGroup var place: OrganizationOnDisk

        func run() async throws {
            let bytes = try OutputFile.read(model)
            let (stores, scope) = try await place.open()
            let quotas = QuotaDesk(stores: stores, server: try place.directory.configuration().quotas)
            let registry = ModelRegistry(
                stores: stores,
                folder: try place.directory.modelFolder(),
                time: SystemTime()
            )
            let version = ModelArtifact.version(of: bytes)
            let countMax = try await quotas.modelCountMax(in: scope)
            let record = TerminalRecord(stores, in: scope)
            _ = try await record.of("model upload", on: "models/\(version.hash)") {
                try await registry.register(bytes, countMax: countMax, in: scope)
            }
            Console.write(version.hash)
            Console.note("Next: deploy it, in the console under Models or with POST /api/v1/models/HASH/deploy")
        }
    }
}
