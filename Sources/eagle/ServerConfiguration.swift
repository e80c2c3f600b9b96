import Connectors
import Foundation
import Yams

/// What `eagle serve` is told, by `eagle.yaml` and its own options; the options win.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `dataDirectory` | `eagle-data` | the database, the organizations' models and the signing key |
/// | `host` | `127.0.0.1` | the address to listen on; `0.0.0.0` for all |
/// | `port` | 8080 | the port to listen on; 0 for any that is free |
/// | `sourceFolders` | none | by organization, the folders below which its admins' source may name a file |
struct ServerConfiguration: Decodable, Sendable {
    var dataDirectory = "eagle-data"
    var host = "127.0.0.1"
    var port = 8_080
    var sourceFolders: [String: [String]] = [:]

    private enum CodingKeys: String, CodingKey, CaseIterable { case dataDirectory, host, port, sourceFolders }

    init() {}

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        dataDirectory = try values.decodeIfPresent(String.self, forKey: .dataDirectory) ?? dataDirectory
        host = try values.decodeIfPresent(String.self, forKey: .host) ?? host
        port = try values.decodeIfPresent(Int.self, forKey: .port) ?? port
        sourceFolders = try values.decodeIfPresent([String: [String]].self, forKey: .sourceFolders) ?? sourceFolders
    }

    /// - Throws: `FileError` that says what is wrong with the file.
    static func load(path: String) throws -> ServerConfiguration {
        let bytes = try OutputFile.read(path)
        do {
            let text = String(decoding: bytes, as: UTF8.self)
            let keys = CodingKeys.allCases.map(\.rawValue)
            if let node = try Yams.compose(yaml: text)?.mapping {
                for (key, _) in node where !keys.contains(key.string ?? "") {
                    throw FileError(
                        .schema,
                        path: path,
                        line: key.mark?.line,
                        column: key.mark?.column,
                        "'\(key.string ?? "")' is no setting: there are \(keys.joined(separator: ", "))"
                    )
                }
            }
            return try YAMLDecoder().decode(ServerConfiguration.self, from: text)
        } catch let error as FileError {
            throw error
        } catch {
            throw FileError(.syntax, path: path, "can't be read as settings: \(error)")
        }
    }
}
