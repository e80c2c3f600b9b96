import Foundation
import Trust

/// A file with the master key, for the server's eyes alone; made where nothing was wrapped yet.
struct MasterKeyFile: KeyProvider {
    let path: String
    /// One that is missing later is not made anew: what the former had wrapped would be lost.
    let mayMake: Bool

    var place: String { path }

    func masterKeys() throws -> MasterKeys {
        guard mayMake || FileManager.default.fileExists(atPath: path) else {
            throw KeyError(
                .masterUnavailable,
                "\(path) is missing, and the keyring's keys are wrapped under what was in it: put it back. No other one "
                    + "is made in its place"
            )
        }
        let bytes: [UInt8]
        do {
            bytes = try KeyFile(path: path).bytes {
                var generator = SystemRandomNumberGenerator()
                return Array("\(MasterKey(using: &generator).base64)\n".utf8)
            }
        } catch {
            throw KeyError(.masterUnavailable, error.message)
        }
        return try MasterKeys(text: String(decoding: bytes, as: UTF8.self), from: place)
    }
}

/// The master key in the process's environment.
struct MasterKeyVariable: KeyProvider {
    static let name = "EAGLE_MASTER_KEY"

    let text: String

    var place: String { Self.name }

    func masterKeys() throws -> MasterKeys { try MasterKeys(text: text, from: place) }
}

extension MasterKeys {
    /// The same, with its place in what is wrong with it.
    init(text: String, from place: String) throws(KeyError) {
        do { try self.init(text: text) } catch { throw KeyError(error.code, "\(place): \(error.message)") }
    }
}
