import Alarms
import Database
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Serving

/// Models and credentials on disk: nobody who reads the disk reads them, and no organization reads another's.
@Suite(.timeLimit(.minutes(60))) struct SealedModelTests {
    private static let canaries = ["canary-password-7d21", "canary-webhook-0c9e", "canary-path-31fb"]

    private func path(_ harness: Harness, _ version: ModelVersion, in scope: OrganizationScope) -> String {
        "models/\(scope.id)/\(version.hash).eaglemodel"
    }

    /// Every file below the data directory that holds those bytes.
    private func holders(of bytes: [UInt8], in harness: Harness) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: harness.folder.path)
        return names.filter { name in
            guard let data = FileManager.default.contents(atPath: harness.folder.path(name)) else { return false }
            return data.range(of: Data(bytes)) != nil
        }
    }

    private func plain(_ harness: Harness, in scope: OrganizationScope) async throws -> [UInt8] {
        let slug = try await harness.stores.organizations.organization(in: scope).slug
        return try SmallPlant.artifact(SmallPlant.artifact.get(), of: slug).bytes()
    }

    /// Stores a source's password, and a webhook's key and URL.
    private func credentials(_ harness: Harness, in scope: OrganizationScope) async throws {
        let source = SourceConfiguration(
            id: ID(UUID()),
            name: "main",
            configuration: #"{"kind":"push","password":"\#(Self.canaries[0])"}"#
        )
        try await harness.stores.sources.put(source, at: .t0, in: scope)
        let target = DeliveryTarget(id: ID(UUID()), name: "hook", channel: .webhook(server: "https://a.example"))
        let secret = DeliverySecret(url: "https://a.example/\(Self.canaries[2])", signingKeys: [Self.canaries[1]])
        try await harness.stores.deliveryTargets.put(target, secret: secret, by: "a", at: .t0, in: scope)
    }

    @Test func `no file of the data directory holds a model, a password, a webhook's key or its URL`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        try await credentials(harness, in: scope)
        let artifact = try SmallPlant.artifact.get()
        let booster = try #require(artifact.boosters["failure"])
        let marks =
            Self.canaries.map { Array($0.utf8) }
            + [Array(artifact.onnx.prefix(200)), Array(artifact.onnx.suffix(200)), Array(booster.utf8.suffix(200))]
        for mark in marks { #expect(try holders(of: mark, in: harness) == []) }
        // The search finds what is there.
        let sealed = try holders(of: Array("EAGLESEAL\0".utf8), in: harness)
        #expect(sealed.count == 1 && sealed.first?.hasSuffix(".eaglemodel") == true)
    }

    @Test func `a model serves from its sealed file, and another organization's in its place is refused`() async throws
    {
        let harness = try await Harness()
        let own = try await harness.organization()
        let other = try await harness.organization("quarry")
        let version = try #require(try await harness.stores.models.champion(in: own)?.version)
        let foreign = try #require(try await harness.stores.models.champion(in: other)?.version)
        #expect(try await harness.registry.prove(version, in: own).version == version)
        let bytes = try harness.folder.bytes(path(harness, version, in: own))
        #expect(SealedArtifact.isSealed(bytes))
        // The other's bytes under this name, and these bytes in the other's folder.
        _ = try harness.folder.write(
            harness.folder.bytes(path(harness, foreign, in: other)),
            to: path(harness, version, in: own)
        )
        _ = try harness.folder.write(bytes, to: path(harness, foreign, in: other))
        _ = try harness.folder.write(bytes, to: path(harness, version, in: other))
        for (version, scope) in [(version, own), (foreign, other), (version, other)] {
            let error = await #expect(throws: ModelError.self) { try await harness.registry.prove(version, in: scope) }
            #expect(error?.code == .artifactCorrupt)
            #expect((error?.cause as? KeyError)?.code == .wrongKey)
        }
        let health = try await harness.registry.validateHealth(of: version, in: own)
        #expect(health.checks.first { $0.name == .file }?.isWell == false)
        _ = try harness.folder.write(bytes, to: path(harness, version, in: own))
        #expect(try await harness.registry.prove(version, in: own).version == version)
        #expect(try await harness.registry.card(of: version, in: own).manifest.organization == "harbor")
    }

    @Test func `a model that an earlier version left open serves, and is sealed where it lies`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let plain = try await plain(harness, in: scope)
        _ = try harness.folder.write(plain, to: path(harness, version, in: scope))
        #expect(try await harness.registry.prove(version, in: scope).version == version)
        let desk = KeyDesk(stores: harness.stores, dataDirectory: harness.folder.path)
        #expect(try await desk.references(in: scope) == [0: 1])
        let report = try await desk.reseal(in: scope)
        #expect(report.resealed == 1 && report.failures == [])
        #expect(SealedArtifact.isSealed(try harness.folder.bytes(path(harness, version, in: scope))))
        #expect(try await harness.registry.prove(version, in: scope).version == version)
        #expect(try await desk.reseal(in: scope).resealed == 0)
        #expect(try holders(of: Array(plain.prefix(300)), in: harness) == [])
    }

    @Test func `a key is changed while models are loaded, one organization's alone, and the former goes when asked`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry")
        try await credentials(harness, in: scope)
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let foreign = try #require(try await harness.stores.models.champion(in: other)?.version)
        let before = try harness.folder.bytes(path(harness, foreign, in: other))
        let former = try harness.folder.bytes(path(harness, version, in: scope))
        let desk = KeyDesk(stores: harness.stores, dataDirectory: harness.folder.path, settling: .zero)
        let report = try await withThrowingTaskGroup(of: KeyDesk.Report?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    _ = try await harness.registry.prove(version, in: scope)
                    return nil
                }
            }
            group.addTask { try await desk.rotate(in: scope) }
            return try await group.reduce(nil) { $0 ?? $1 }
        }
        #expect(report?.version == 2 && report?.resealed == 3 && report?.failures == [])
        #expect(try await desk.references(in: scope) == [2: 3])
        #expect(try harness.folder.bytes(path(harness, foreign, in: other)) == before)
        #expect(try await harness.stores.keyring.versions(in: other).map(\.version) == [1])
        #expect(try await harness.registry.prove(version, in: scope).version == version)

        // Something that still needs the former version keeps it.
        _ = try harness.folder.write(former, to: path(harness, version, in: scope))
        #expect(try await desk.retire(in: scope) == [])
        #expect(try await harness.registry.prove(version, in: scope).version == version)
        #expect(try await desk.reseal(in: scope).resealed == 1)
        #expect(try await desk.retire(in: scope) == [1])
        #expect(try await harness.registry.prove(version, in: scope).version == version)
        let error = await #expect(throws: KeyError.self) {
            try await harness.stores.keyring.open(former, as: .model, named: version.hash, in: scope)
        }
        #expect(error?.code == .destroyed)
    }

    @Test func `what can't be opened is named, stays as it is, and keeps its key`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        try await credentials(harness, in: scope)
        try harness.corrupt(version, in: scope)
        let broken = try harness.folder.bytes(path(harness, version, in: scope))
        let desk = KeyDesk(stores: harness.stores, dataDirectory: harness.folder.path, settling: .zero)
        let report = try await desk.rotate(in: scope, retiring: true)
        #expect(report.resealed == 2 && report.retired == [])
        #expect(report.failures.count == 1 && report.failures.first?.contains(version.hash) == true)
        #expect(try harness.folder.bytes(path(harness, version, in: scope)) == broken)
        #expect(try await harness.stores.keyring.versions(in: scope).count == 2)
    }

    @Test func `where a file can't be looked into no key is destroyed`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let desk = KeyDesk(stores: harness.stores, dataDirectory: harness.folder.path, settling: .zero)
        let file = harness.folder.path(path(harness, version, in: scope))
        let aside = harness.folder.path("aside")
        // Rights hold up nobody who is root: a link in a circle, and a file where the folder was, do.
        try FileManager.default.moveItem(atPath: file, toPath: aside)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: file)
        let report = try await desk.rotate(in: scope)
        #expect(report.failures.count == 1 && report.failures.first?.contains(version.hash) == true)
        await #expect(throws: POSIXError.self) { try await desk.retire(in: scope) }
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: aside, toPath: file)
        let folder = harness.folder.path("models/\(scope.id)")
        try FileManager.default.moveItem(atPath: folder, toPath: aside)
        try Data().write(to: URL(fileURLWithPath: folder))
        await #expect(throws: (any Error).self) { try await desk.retire(in: scope) }
        #expect(try await harness.stores.keyring.versions(in: scope).map(\.version) == [1, 2])
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.moveItem(atPath: aside, toPath: folder)
        #expect(try await harness.registry.prove(version, in: scope).version == version)
    }

    @Test func `an erased organization's model can't be loaded, and no other's suffers`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry")
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let foreign = try #require(try await harness.stores.models.champion(in: other)?.version)
        #expect(try await harness.stores.keyring.destroyKeys(in: scope, at: .t0).versions == [1])
        let error = await #expect(throws: ModelError.self) { try await harness.registry.prove(version, in: scope) }
        #expect(error?.code == .artifactMissing)
        #expect((error?.cause as? KeyError)?.code == .destroyed)
        let bytes = try await plain(harness, in: scope)
        await #expect(throws: KeyError.self) { try await harness.registry.register(bytes, in: scope) }
        #expect(try await harness.registry.prove(foreign, in: other).version == foreign)
    }

    @Test func `where a former keyring was put back, the keys of who was erased are destroyed again`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry")
        let foreign = try #require(try await harness.stores.models.champion(in: other)?.version)
        _ = try await harness.stores.erasures.begin(scope.id, by: .terminal, at: .t0, in: SystemScope(for: .test))
        // Asked for and not yet done: the keys are the erasure's business.
        try await harness.running { try await $0.closeErased() }
        #expect(try await harness.stores.keyring.destruction(in: scope) == nil)
        try await harness.stores.erasures.note(in: scope) { $0.keysDestroyedAt = .t0 }
        #expect(try await harness.stores.keyring.versions(in: scope).count == 1)
        for _ in 0..<2 { try await harness.running { try await $0.closeErased() } }
        #expect(try await harness.stores.keyring.destruction(in: scope)?.versions == [1])
        #expect(try await harness.stores.keyring.versions(in: scope).isEmpty)
        #expect(try await harness.registry.prove(foreign, in: other).version == foreign)
    }

    @Test func `a file is replaced whole or not at all, and one that is gone stays gone`() throws {
        let folder = try TemporaryDirectory()
        let file = DurableFile(folder.path("a/b"))
        #expect(throws: (any Error).self) { try file.write([1]) }
        try file.write([1, 2], makingFolder: true)
        try file.write([3])
        #expect(try folder.bytes("a/b") == [3])
        try FileManager.default.removeItem(atPath: file.path)
        let error = #expect(throws: POSIXError.self) { try file.write([4], onlyReplacing: true) }
        #expect(error?.code == .ENOENT)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("a")) == [])
    }
}
