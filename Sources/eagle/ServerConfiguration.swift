import Connectors
import Delivery
import Foundation
import Logging
import Plant
import Serving
import Trust
import Web
import Yams

/// What `eagle serve` is told, by `eagle.yaml` and its own options; the options win.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `dataDirectory` | `eagle-data` | the database, the organizations' models and the signing key |
/// | `host` | `127.0.0.1` | the address to listen on; `0.0.0.0` for all, which needs `tls` or `allowPlainHTTP` |
/// | `port` | 8080 | the port to listen on; 0 for any that is free |
/// | `tls` | none | see ``TLSFiles``: with it the port speaks TLS |
/// | `allowPlainHTTP` | false | whether other machines may reach it without TLS: only from a proxy that has it |
/// | `trustedProxies` | none | addresses and networks whose `X-Forwarded-For` is believed |
/// | `corsOrigins` | none | exact origins of other pages that may call the API |
/// | `logLevel` | `info` | `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical` |
/// | `sourceFolders` | none | by organization, the folders below which its admins' source may name a file |
/// | `models` | see ``ServingConfiguration`` | how many models stay in memory, and how they are asked |
/// | `delivery` | see ``DeliveryConfiguration`` | how alerts leave the server |
/// | `oidc` | see ``OpenIDConfiguration`` | who else says who people are |
/// | `keys` | see ``KeysConfiguration`` | where the master key comes from |
/// | `trainingSlots` | 1 | training runs at once over all organizations, each of which has one at most |
/// | `quotas` | see `Quota` | what each organization may have and do only so much of, where it has no settings of its own |
struct ServerConfiguration: Decodable, Sendable {
    var dataDirectory = "eagle-data"
    var host = "127.0.0.1"
    var port = 8_080
    var sourceFolders: [String: [String]] = [:]
    var models = ServingConfiguration()
    var delivery = DeliveryConfiguration()
    var tls: TLSFiles?
    var allowPlainHTTP = false
    var trustedProxies: [NetworkRange] = []
    var corsOrigins: Set<WebOrigin> = []
    var logLevel = Logger.Level.info
    var oidc = OpenIDConfiguration()
    var keys = KeysConfiguration()
    var quotas = QuotaSettings()
    var trainingSlots = 1

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case dataDirectory, host, port, sourceFolders, models, delivery
        case tls, allowPlainHTTP, trustedProxies, corsOrigins, logLevel, oidc, keys, quotas, trainingSlots
    }

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        dataDirectory = try values.decodeIfPresent(String.self, forKey: .dataDirectory) ?? dataDirectory
        host = try values.decodeIfPresent(String.self, forKey: .host) ?? host
        port = try values.decodeIfPresent(Int.self, forKey: .port) ?? port
        models = try values.decodeIfPresent(ServingConfiguration.self, forKey: .models) ?? models
        delivery = try values.decodeIfPresent(DeliveryConfiguration.self, forKey: .delivery) ?? delivery
        oidc = try values.decodeIfPresent(OpenIDConfiguration.self, forKey: .oidc) ?? oidc
        keys = try values.decodeIfPresent(KeysConfiguration.self, forKey: .keys) ?? keys
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
        tls = try values.decodeIfPresent(TLSFiles.self, forKey: .tls)
        allowPlainHTTP = try values.decodeIfPresent(Bool.self, forKey: .allowPlainHTTP) ?? allowPlainHTTP
        trustedProxies = try Self.proxies(try values.decodeIfPresent([String].self, forKey: .trustedProxies) ?? [])
        corsOrigins = try Self.origins(try values.decodeIfPresent([String].self, forKey: .corsOrigins) ?? [])
        if let text = try values.decodeIfPresent(String.self, forKey: .logLevel) { logLevel = try Self.level(text) }
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
        try refuseStrangers(in: root["tls"], known: TLSFiles.keys, path: path)
        try refuseStrangers(in: root["models"], known: ServingConfiguration.keys, path: path)
        try refuseStrangers(in: root["quotas"], known: Quota.allCases.map(\.rawValue), path: path)
        try refuseStrangers(in: root["delivery"], known: DeliveryConfiguration.keys, path: path)
        try refuseStrangers(in: root["delivery"]?["smtp"], known: DeliveryConfiguration.SMTP.keys, path: path)
        try refuseStrangers(in: root["oidc"], known: OpenIDConfiguration.keys, path: path)
        for (_, provider) in root["oidc"]?["providers"]?.mapping ?? [:] {
            try refuseStrangers(in: provider, known: OpenIDConfiguration.Provider.keys, path: path)
        }
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
