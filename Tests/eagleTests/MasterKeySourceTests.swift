import Foundation
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import eagle

/// Where the master key comes from, and what happens when it does not.
@Suite(.timeLimit(.minutes(60))) struct MasterKeySourceTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func key(_ seed: UInt64) -> MasterKey {
        var generator = SeededGenerator(seed: seed)
        return MasterKey(using: &generator)
    }

    private func configuration(_ keys: String) throws -> KeysConfiguration {
        let text = "keys:\n" + keys.split(separator: "\n").map { "  \($0)\n" }.joined()
        return try ServerConfiguration.load(path: folder.write(text, to: "eagle.yaml")).keys
    }

    private func script(_ lines: String) throws -> String {
        let path = try folder.write("#!/bin/sh\n\(lines)\n", to: "vault")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        return path
    }

    private func error(of provider: any KeyProvider) async -> KeyError? {
        do {
            _ = try await provider.masterKeys()
            return nil
        } catch {
            return error as? KeyError
        }
    }

    @Test func `the first start makes a file for its owner alone, and later ones find it`() async throws {
        let path = folder.path("master.key")
        let made = try MasterKeyFile(path: path, mayMake: true).masterKeys()
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try MasterKeyFile(path: path, mayMake: false).masterKeys().first.id == made.first.id)
        #expect(try MasterKeyFile(path: path, mayMake: true).masterKeys().first.id == made.first.id)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(await error(of: MasterKeyFile(path: path, mayMake: true))?.message.contains("chmod 600") == true)
        try FileManager.default.removeItem(atPath: path)
        let missing = await error(of: MasterKeyFile(path: path, mayMake: false))
        #expect(missing?.code == .masterUnavailable && missing?.message.contains("put it back") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `many who start at once agree on one key`() async throws {
        let path = folder.path("master.key")
        let ids = try await withThrowingTaskGroup(of: KeyID.self) { group in
            for _ in 0..<16 {
                group.addTask { try MasterKeyFile(path: path, mayMake: true).masterKeys().first.id }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["master.key"])
    }

    @Test func `a training run inherits nothing that lets one in somewhere`() {
        let environment = [
            "EAGLE_MASTER_KEY": "a", "EAGLE_SIGNING_KEY": "b", "EAGLE_SMTP_PASSWORD": "c",
            "EAGLE_OIDC_SECRET_WORK": "d", "EAGLE_LIGHTGBM": "/opt/lib", "PATH": "/bin",
        ]
        let withheld = Set(Assembly.secretVariables(in: environment))
        #expect(Set(environment.keys).subtracting(withheld) == ["EAGLE_LIGHTGBM", "PATH"])
    }

    @Test func `the environment wins, and a weak key in it is refused by its name and not repeated`() async throws {
        let strong = key(1)
        let provider = KeysConfiguration().provider(
            directory: folder.path,
            isNew: true,
            environment: ["EAGLE_MASTER_KEY": strong.base64]
        )
        #expect(try await provider.masterKeys().first.id == strong.id)
        let weak = Data("correct horse battery staple 123".utf8).base64EncodedString()
        let refused = await error(
            of: KeysConfiguration().provider(
                directory: folder.path,
                isNew: true,
                environment: ["EAGLE_MASTER_KEY": weak]
            )
        )
        #expect(refused?.code == .masterWeak && refused?.message.hasPrefix("EAGLE_MASTER_KEY: ") == true)
        #expect(refused?.message.contains(weak) == false && refused?.message.contains("horse") == false)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a program prints the keys, the first of which wraps`() async throws {
        let (new, old) = (key(2), key(3))
        let path = try script("echo \(new.base64)\necho \(old.base64)\necho asked >&2")
        let keys = try configuration("masterKeyCommand: [\(path), argument]")
        let given = try await keys.provider(directory: folder.path, isNew: true, environment: [:]).masterKeys()
        #expect(given.first.id == new.id && given.ids == [new.id, old.id])
    }

    @Test(arguments: [
        ("exit 7", "code 7"), ("echo no key!", "not base64"), ("exec sleep 1000", "took longer"),
        ("exec 1>&-; exec sleep 1000", "took longer"), ("exec yes", "more than keys"), ("true", "no master key"),
    ])
    func `a program that gives no key says why, in its time`(lines: String, words: String) async throws {
        // By the shell: a file that was just written may still be open in another test's child.
        let time = Duration.seconds(lines.contains("sleep") ? 2 : 600)
        let provider = MasterKeyCommand(command: ["/bin/sh", try script(lines)], time: time)
        let error = await error(of: provider)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "a key")")
    }

    @Test func `a program that is not there is named`() async throws {
        let error = await error(of: MasterKeyCommand(command: ["/nowhere/vault"], time: .seconds(2)))
        #expect(error?.code == .masterUnavailable && error?.message.contains("/nowhere/vault") == true)
    }

    @Test(arguments: [
        ("masterKey: x", "'masterKey' is no setting"), ("masterKeyCommand: [vault]", "whole path"),
        ("masterKeyCommand: []", "whole path"), ("masterKeyFile: a\nmasterKeyCommand: [/b]", "one place"),
        ("commandSeconds: 0", "from 1 to 300"),
    ])
    func `settings that can't be are named`(lines: String, words: String) throws {
        let error = #expect(throws: (any Error).self) { try configuration(lines) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
    }
}
