import Connectors
import Foundation
import Plant
import Serving
import Trust
import Yams

/// What `eagle serve` is told, by `eagle.yaml` and its own options; the options win.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `dataDirectory` | `eagle-data` | the database, the organizations' models and the signing key |
/// | `host` | `127.0.0.1` | the address to listen on; `0.0.0.0` for all |
/// | `port` | 8080 | the port to listen on; 0 for any that is free |
/// | `sourceFolders` | none | by organization, the folders below which its admins' source may name a file |
/// | `models` | see ``ServingConfiguration`` | how many models stay in memory, and how they are asked |
/// | `delivery` | see ``DeliveryConfiguration`` | how alerts leave the server |
/// | `trainingSlots` | 1 | training runs at once over all organizations, each of which has one at most |
/// | `quotas` | see `Quota` | what each organization may have and do only so much of, where it has no settings of its own |
struct ServerConfiguration: Decodable, Sendable {
    var dataDirectory = "eagle-data"
    var host = "127.0.0.1"
    var port = 8_080
    var sourceFolders: [String: [String]] = [:]
    var models = ServingConfiguration()
    var delivery = DeliveryConfiguration()
    var quotas = QuotaSettings()
    var trainingSlots = 1

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case dataDirectory, host, port, sourceFolders, models, delivery, quotas, trainingSlots
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        dataDirectory = try values.decodeIfPresent(String.self, forKey: .dataDirectory) ?? dataDirectory
        host = try values.decodeIfPresent(String.self, forKey: .host) ?? host
        port = try values.decodeIfPresent(Int.self, forKey: .port) ?? port
        models = try values.decodeIfPresent(ServingConfiguration.self, forKey: .models) ?? models
        delivery = try values.decodeIfPresent(DeliveryConfiguration.self, forKey: .delivery) ?? delivery
        trainingSlots = try values.decodeIfPresent(Int.self, forKey: .trainingSlots) ?? trainingSlots
        guard (1...64).contains(trainingSlots) else {
            throw SchemaProblem(path: [CodingKeys.trainingSlots.rawValue], message: "must be from 1 to 64")
        }
        do { quotas = try values.decodeIfPresent(QuotaSettings.self, forKey: .quotas) ?? quotas } catch let problem
            as SchemaProblem
        {
            throw SchemaProblem(path: [CodingKeys.quotas.rawValue] + problem.path, message: problem.message)
        }
        sourceFolders = try values.decodeIfPresent([String: [String]].self, forKey: .sourceFolders) ?? sourceFolders
    }

    /// - Throws: `FileError` that says what is wrong with the file.
    static func load(path: String) throws -> ServerConfiguration {
        let text = String(decoding: try OutputFile.read(path), as: UTF8.self)
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else { return ServerConfiguration() }
            root = node
        } catch {
            throw SchemaTrouble.syntax(error, path: path)
        }
        try refuseStrangers(in: root, known: CodingKeys.allCases.map(\.rawValue), path: path)
        try refuseStrangers(in: root["models"], known: ServingConfiguration.keys, path: path)
        try refuseStrangers(in: root["quotas"], known: Quota.allCases.map(\.rawValue), path: path)
        try refuseStrangers(in: root["delivery"], known: DeliveryConfiguration.keys, path: path)
        try refuseStrangers(in: root["delivery"]?["smtp"], known: DeliveryConfiguration.SMTP.keys, path: path)
        do { return try YAMLDecoder().decode(ServerConfiguration.self, from: root) } catch {
            throw SchemaTrouble.decoding(error, of: root, path: path)
        }
    }

    private static func refuseStrangers(in node: Node?, known: [String], path: String) throws(FileError) {
        for (key, _) in node?.mapping ?? [:] where !known.contains(key.string ?? "") {
            throw FileError(
                .schema,
                path: path,
                line: key.mark?.line,
                column: key.mark?.column,
                "'\(key.string ?? "")' is no setting: there are \(known.joined(separator: ", "))"
            )
        }
    }
}
