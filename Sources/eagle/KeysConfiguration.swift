import Foundation
import Plant
import Trust

/// Where the master key comes from: `keys` in `eagle.yaml`; the environment's `EAGLE_MASTER_KEY` wins over it.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `masterKeyFile` | `master.key` in the data directory | a file, mode 0600; made at the first start |
/// | `masterKeyCommand` | none | a program and its arguments, which prints the key |
/// | `commandSeconds` | 10 | how long that may take, 1 to 300 |
///
/// Each gives 32 bytes in base64, or several keys, a line each: the first wraps, all of them unwrap.
struct KeysConfiguration: Decodable, Sendable {
    var masterKeyFile: String?
    var masterKeyCommand: [String]?
    var commandTime = Duration.seconds(10)

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case masterKeyFile, masterKeyCommand, commandSeconds
    }

    static let keys = CodingKeys.allCases.map(\.rawValue)

    init() {}

    /// - Throws: `SchemaProblem` that names the key whose value can't be.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        masterKeyFile = try values.decodeIfPresent(String.self, forKey: .masterKeyFile)
        masterKeyCommand = try values.decodeIfPresent([String].self, forKey: .masterKeyCommand)
        if let command = masterKeyCommand {
            guard let program = command.first, program.hasPrefix("/") else {
                throw Self.problem(.masterKeyCommand, "must be a list that begins with a program's whole path")
            }
            guard masterKeyFile == nil else {
                throw Self.problem(.masterKeyCommand, "can't stand beside masterKeyFile: the key has one place")
            }
        }
        if let seconds = try values.decodeIfPresent(Int.self, forKey: .commandSeconds) {
            guard (1...300).contains(seconds) else { throw Self.problem(.commandSeconds, "must be from 1 to 300") }
            commandTime = .seconds(seconds)
        }
    }

    private static func problem(_ key: CodingKeys, _ message: String) -> SchemaProblem {
        SchemaProblem(path: ["keys", key.rawValue], message: message)
    }

    /// Where the keys of a data directory come from.
    ///
    /// - Parameters:
    ///   - directory: The data directory.
    ///   - isNew: Whether there is nothing yet that another key has wrapped: only then one is made.
    ///   - environment: The process's.
    /// - Returns: The provider.
    func provider(
        directory: String,
        isNew: Bool,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> any KeyProvider {
        if let text = environment[MasterKeyVariable.name] { return MasterKeyVariable(text: text) }
        if let command = masterKeyCommand { return MasterKeyCommand(command: command, time: commandTime) }
        return MasterKeyFile(path: masterKeyFile ?? directory + "/master.key", mayMake: isNew)
    }
}
