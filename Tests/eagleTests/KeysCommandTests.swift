import Alarms
import Database
import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import eagle

/// The keyring of a data directory, as servers and commands meet it.
@Suite(.serialized, .timeLimit(.minutes(60))) struct KeysCommandTests {
    private let folder: TemporaryDirectory
    private var data: String { folder.path("data") }

    init() throws { folder = try TemporaryDirectory() }

    private func run(_ arguments: [String], key: String? = nil) throws -> EagleProcess.Outcome {
        try EagleProcess.run(arguments + ["--data", data], environment: key.map { ["EAGLE_MASTER_KEY": $0] } ?? [:])
    }

    private func base64(_ seed: UInt64) -> String {
        var generator = SeededGenerator(seed: seed)
        return MasterKey(using: &generator).base64
    }

    private func file(_ name: String) -> String { data + "/" + name }

    private static let url = "https://a.example/canary-path?token=canary-query"

    /// An organization with a webhook, whose key and URL nobody else knows.
    private func webhook(_ slug: String, _ stores: Stores) async throws -> (OrganizationScope, ID<DeliveryTarget>) {
        let made = try await stores.organizations.create(slug: slug, name: slug, at: .t0, in: SystemScope(for: .test))
        let scope = OrganizationScope(provenFor: made.id)
        let target = DeliveryTarget(id: ID(UUID()), name: "hook", channel: .webhook(server: "https://a.example"))
        let secret = DeliverySecret(url: Self.url, signingKeys: ["whsec_canary"])
        try await stores.deliveryTargets.put(target, secret: secret, by: "a", at: .t0, in: scope)
        return (scope, target.id)
    }

    @Test func `keys are listed and changed beside a running server, which goes on with them`() async throws {
        let server = try EagleServer(data: data)
        defer { server.kill() }
        let stores = try await Assembly.openStores(data)
        let (north, target) = try await webhook("north", stores)
        _ = try await webhook("south", stores)
        let rotated = try run(["keys", "rotate", "--organization", "north", "--json"])
        #expect(rotated.status == 0, "\(rotated.errors)")
        #expect(rotated.output.contains("\"version\" : 2"), "\(rotated.output)")
        let listed = try run(["keys", "list", "--all"])
        let lines = listed.output.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("north  version") } == 2, "\(listed.output)")
        #expect(lines.count { $0.hasPrefix("south  version") } == 1)
        #expect(try await stores.deliveryTargets.secret(of: target, in: north).signingKeys == ["whsec_canary"])
        #expect(try HTTPExchange.send("GET", "/readyz", port: server.port).status == 200)
        // What is wrong with a call is said before anything is done.
        #expect(try run(["keys", "rotate"]).status == 2)
        #expect(try run(["keys", "rotate", "--organization", "west"]).status == 1)
    }

    @Test func `the wrong master key is told of, and nothing is made over what is there`() async throws {
        let stores = try await Assembly.openStores(data)
        let (north, target) = try await webhook("north", stores)
        let before = try folder.bytes("data/keyring.sqlite")
        let key = try folder.bytes("data/master.key")
        let wrong = try run(["serve", "--port", "0"], key: base64(1))
        #expect(wrong.status == 1 && wrong.errors.contains("the master key is not this keyring's"), "\(wrong.errors)")
        #expect(!wrong.errors.contains(base64(1)))
        let weak = try run(["serve", "--port", "0"], key: "cGFzc3dvcmQ=")
        #expect(weak.status == 1 && weak.errors.contains("EAGLE_MASTER_KEY"), "\(weak.errors)")

        try FileManager.default.removeItem(atPath: file("master.key"))
        let missing = try run(["serve", "--port", "0"])
        #expect(missing.status == 1 && missing.errors.contains("master.key is missing"), "\(missing.errors)")
        #expect(!FileManager.default.fileExists(atPath: file("master.key")))
        _ = try folder.write(key, to: "data/master.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file("master.key"))

        try FileManager.default.moveItem(atPath: file("keyring.sqlite"), toPath: folder.path("away"))
        let lost = try run(["serve", "--port", "0"])
        #expect(lost.status == 1 && lost.errors.contains("keyring.sqlite is missing"), "\(lost.errors)")
        #expect(!FileManager.default.fileExists(atPath: file("keyring.sqlite")))
        try FileManager.default.moveItem(atPath: folder.path("away"), toPath: file("keyring.sqlite"))
        #expect(try folder.bytes("data/keyring.sqlite") == before)
        let again = try await Assembly.openStores(data)
        #expect(try await again.deliveryTargets.secret(of: target, in: north).signingKeys == ["whsec_canary"])
    }

    @Test func `the server's own key is listed and changed as organizations' are`() throws {
        #expect(try run(["organization", "create", "north"]).status == 0)
        for version in 1...2 {
            let rotated = try run(["keys", "rotate", "--server", "--json"])
            #expect(rotated.status == 0, "\(rotated.errors)")
            #expect(rotated.output.contains("\"version\" : \(version)"), "\(rotated.output)")
        }
        let listed = try run(["keys", "list", "--server"])
        let lines = listed.output.split(separator: "\n")
        #expect(lines.map { $0.prefix(19) } == ["(server)  version 1", "(server)  version 2"], "\(listed.output)")
        #expect(try run(["keys", "list", "--all"]).output.isEmpty)
        #expect(try run(["keys", "rotate", "--server", "--retire"]).status == 2)
        #expect(try run(["keys", "list", "--server", "--all"]).status == 2)
    }

    @Test func `another master key takes over, and the former is needed no more`() async throws {
        let (old, new) = (base64(2), base64(3))
        #expect(try run(["organization", "create", "north"], key: old).status == 0)
        #expect(!FileManager.default.fileExists(atPath: file("master.key")))
        let rotated = try run(["keys", "rotate", "--all"], key: old)
        #expect(rotated.status == 0, "\(rotated.errors)")
        let rewrapped = try run(["keys", "rewrap", "--json"], key: "\(new)\n\(old)")
        #expect(rewrapped.status == 0 && rewrapped.output.contains("\"rewrapped\" : 1"), "\(rewrapped.errors)")
        #expect(try run(["keys", "list", "--all"], key: new).status == 0)
        #expect(try run(["keys", "list", "--all"], key: old).status == 1)
    }

    /// A chain, oldest first.
    private func entries(_ place: String...) throws -> [[String: Any]] {
        let list = try run(["audit", "list", "--json"] + place)
        #expect(list.status == 0, "\(list.errors)")
        let all = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]]
        return (all ?? []).reversed()
    }

    @Test func `changed keys are written down before it is done, once, with what came of it`() async throws {
        let stores = try await Assembly.openStores(data)
        _ = try await webhook("north", stores)
        #expect(try run(["keys", "rotate", "--organization", "north"]).status == 0)
        #expect(try run(["keys", "rewrap"]).status == 0)
        for (chain, act) in [
            (try entries("--organization", "north"), "rotate"), (try entries("--server"), "rewrap"),
        ] {
            #expect(chain.map { $0["action"] as? String } == ["KEY", "KEY"])
            let said = chain.compactMap { $0["metadata"] as? [String: String] }
            #expect(said.map { $0["stage"] } == ["asked", "answered"])
            #expect(said.map { $0["act"] } == [act, act])
            #expect(said.allSatisfy { $0["means"] == "eagle keys \(act)" })
            #expect(said.last?["outcome"] == "done")
            #expect(said.last?[act == "rotate" ? "version" : "count"] == (act == "rotate" ? "2" : "0"))
        }
    }

    @Test func `the server's own changed key and a backup are written down before they are done, too`() async throws {
        let stores = try await Assembly.openStores(data)
        _ = try await webhook("north", stores)
        #expect(try run(["keys", "rotate", "--server"]).status == 0)
        let north = ["backup", "--organization", "north", "--output"]
        #expect(try run(north + [folder.path("north.eaglebackup")]).status == 0)
        #expect(try run(north + [folder.path("nowhere/north.eaglebackup")]).status != 0)
        let server = try entries("--server")
        #expect(server.map { $0["action"] as? String } == ["KEY", "KEY"])
        let changed = server.compactMap { $0["metadata"] as? [String: String] }
        #expect(changed.map { $0["stage"] } == ["asked", "answered"])
        #expect(changed.allSatisfy { $0["means"] == "eagle keys rotate" && $0["act"] == "rotate" })
        #expect(changed.last?["outcome"] == "done" && changed.last?["version"] == "1")
        let own = try entries("--organization", "north")
        #expect(own.map { $0["action"] as? String } == ["EXPORT", "EXPORT", "EXPORT", "EXPORT"])
        let taken = own.compactMap { $0["metadata"] as? [String: String] }
        #expect(taken.map { $0["stage"] } == ["asked", "answered", "asked", "answered"])
        #expect(taken.map { $0["outcome"] } == [nil, "done", nil, "failed"])
        #expect(taken.map { $0["backup"] != nil } == [false, true, false, false])
    }

    @Test func `what an earlier version left open is sealed at the next start, and what lies open later is not taken`()
        async throws
    {
        let stores = try await Assembly.openStores(data)
        let (north, target) = try await webhook("north", stores)
        let plain = #"{"signingKeys":["whsec_canary"]}"#
        let channel = #"{"kind":"webhook","url":"\#(Self.url)"}"#
        let run = ID<TrainingLog>(UUID())
        var log = TrainingLog(id: run, cause: .request, requestedBy: "ann", queuedAt: .t0)
        log.state = .queued
        try await stores.trainingLogs.enqueue(log, in: north)
        let training = file("training/\(north.id)/\(run)")
        try FileManager.default.createDirectory(atPath: training, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: training + "/gate.json"))
        func leaveOpen(_ state: String) async throws {
            try await stores.database.transaction { transaction in
                try transaction.execute("UPDATE delivery_secret SET secret = \(plain)")
                try transaction.execute("UPDATE delivery_target SET channel = \(channel)")
                try transaction.execute("UPDATE training_log SET state = \(state)")
                try transaction.execute("UPDATE keyring SET sealed_at = NULL")
            }
        }
        // A run that goes on is not touched.
        try await leaveOpen("QUEUED")
        _ = try await Assembly.openStores(data)
        #expect(try Data(contentsOf: URL(fileURLWithPath: training + "/gate.json")) == Data("{}".utf8))
        #expect(try await stores.deliveryTargets.secret(of: target, in: north).signingKeys == ["whsec_canary"])
        // Once it is over, it is.
        try await leaveOpen("COMPLETED")
        _ = try await Assembly.openStores(data)
        let sealed = try Data(contentsOf: URL(fileURLWithPath: training + "/gate.json"))
        #expect(SealedArtifact.isSealed(sealed))
        let artifacts = RunArtifacts(keyring: stores.keyring)
        let opened = try await artifacts.opened(run, in: training, in: north)
        #expect(opened.map(\.bytes) == [Array("{}".utf8)])
        #expect(try await stores.keyringMark.sealedAt() != nil)
        #expect(try await stores.deliveryTargets.secret(of: target, in: north).url == Self.url)
        let row = try await stores.database.query("SELECT channel FROM delivery_target").first
        #expect(try row?.decode("channel", as: String.self) == #"{"kind":"webhook","url":"https://a.example"}"#)
        // From then on an open row is somebody's doing, and is not taken.
        try await stores.database.transaction { transaction in
            try transaction.execute("UPDATE delivery_secret SET secret = \(plain)")
        }
        let after = try await Assembly.openStores(data)
        let error = await #expect(throws: KeyError.self) {
            try await after.deliveryTargets.secret(of: target, in: north)
        }
        #expect(error?.code == .notSealed)
    }

    @Test func `what can't be opened for now is sealed at a later start`() async throws {
        var generator = SeededGenerator(seed: 4)
        let keys = FaultyDatabase(try SQLiteDatabase(.memory))
        let masters = GivenKeys(MasterKeys(MasterKey(using: &generator)))
        let keyring = try await Keyring.open(keys, provider: masters, now: { .t0 })
        let stores = try await Stores.open(SQLiteDatabase(.memory), keyring: keyring)
        let (north, _) = try await webhook("north", stores)
        _ = try await stores.keyring.rotate(in: north)
        #expect(try await stores.sealedRows.references(in: north) == [1: 1])
        // Wherever the keyring fails, nothing counts as sealed that is not.
        var (reads, goesOn) = (0, 0)
        while try await stores.keyringMark.sealedAt() == nil {
            reads += 1
            keys.fail(at: [.read(reads)])
            do {
                try await Assembly.sealWhatLiesOpen(stores, data)
                goesOn += 1
            } catch is DatabaseError { /* the next start begins anew */  }
            keys.fail(at: [])
        }
        #expect(goesOn > 1)
        #expect(try await stores.sealedRows.references(in: north) == [2: 1])
    }
}
