import Connectors
import Foundation
import Plant
import Serving
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
/// | `keys` | see ``KeysConfiguration`` | where the master key comes from |
struct ServerConfiguration: Decodable, Sendable {
    var dataDirectory = "eagle-data"
    var host = "127.0.0.1"
    var port = 8_080
    var sourceFolders: [String: [String]] = [:]
    var models = ServingConfiguration()
    var delivery = DeliveryConfiguration()
    var keys = KeysConfiguration()

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case dataDirectory, host, port, sourceFolders, models, delivery, keys
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        dataDirectory = try values.decodeIfPresent(String.self, forKey: .dataDirectory) ?? dataDirectory
        host = try values.decodeIfPresent(String.self, forKey: .host) ?? host
        port = try values.decodeIfPresent(Int.self, forKey: .port) ?? port
        models = try values.decodeIfPresent(ServingConfiguration.self, forKey: .models) ?? models
        delivery = try values.decodeIfPresent(DeliveryConfiguration.self, forKey: .delivery) ?? delivery
        keys = try values.decodeIfPresent(KeysConfiguration.self, forKey: .keys) ?? keys
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
        try refuseStrangers(in: root["delivery"], known: DeliveryConfiguration.keys, path: path)
        try refuseStrangers(in: root["delivery"]?["smtp"], known: DeliveryConfiguration.SMTP.keys, path: path)
        try refuseStrangers(in: root["keys"], known: KeysConfiguration.keys, path: path)
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
