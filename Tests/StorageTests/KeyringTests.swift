import Database
import Foundation
import Plant
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

/// Keyrings over files as a server and commands beside it have them.
@Suite(.timeLimit(.minutes(60))) struct KeyringTests {
    private let folder: TemporaryDirectory
    private let master: MasterKey
    private let north = OrganizationScope(provenFor: ID(UUID()))
    private let south = OrganizationScope(provenFor: ID(UUID()))
    private let system = SystemScope(for: .test)

    init() throws {
        folder = try TemporaryDirectory()
        var generator = SeededGenerator(seed: 1)
        master = MasterKey(using: &generator)
    }

    private var path: String { folder.path("keyring.sqlite") }

    /// Each call is another process's.
    private func keyring(
        _ masters: MasterKeys? = nil,
        limits: KeyLimits = .standard,
        now: @escaping @Sendable () -> Instant = { .t0 }
    ) async throws -> Keyring {
        try await Keyring.open(
            SQLiteDatabase(.forgetfulFile(path)),
            provider: GivenKeys(masters ?? MasterKeys(master)),
            limits: limits,
            now: now
        )
    }

    private func code(_ operation: () async throws -> some Any) async -> KeyError.Code? {
        do {
            _ = try await operation()
            return nil
        } catch {
            return (error as? KeyError)?.code
        }
    }

    @Test func `what one organization sealed opens for it alone, also in another process`() async throws {
        let keyring = try await keyring()
        let sealed = try await keyring.seal([1, 2, 3], as: .source, named: "s", in: north)
        _ = try await keyring.seal([4], as: .source, named: "s", in: south)
        let other = try await self.keyring()
        #expect(try await other.open(sealed, as: .source, named: "s", in: north) == [1, 2, 3])
        #expect(await code { try await other.open(sealed, as: .source, named: "s", in: south) } == .wrongKey)
        #expect(await code { try await other.open(sealed, as: .source, named: "s", in: system) } == .unknownKey)
        #expect(await code { try await other.open(sealed, as: .source, named: "t", in: north) } == .tampered)
        #expect(await code { try await other.open([7], as: .source, named: "s", in: north) } == .notSealed)
        let ofServer = try await keyring.seal([5], as: .totp, named: "u", in: system)
        #expect(try await other.open(ofServer, as: .totp, named: "u", in: system) == [5])
        #expect(await code { try await other.open(ofServer, as: .totp, named: "u", in: north) } == .wrongKey)
        #expect(try await other.versions(in: north).map(\.version) == [1])
        #expect(try await other.versions(in: south).first?.id != other.versions(in: north).first?.id)
    }

    @Test
    func `a key that has sealed as much as it may gives way to the next, and uses are counted before they are made`()
        async throws
    {
        let limits = KeyLimits(usesMax: 10, blockSize: 4)
        let first = try await keyring(limits: limits)
        var sealed: [[UInt8]] = []
        for index in 0..<10 { sealed.append(try await first.seal([UInt8(index)], as: .model, named: "m", in: north)) }
        #expect(Set(sealed.compactMap { SealedArtifact.keyVersion(of: $0) }) == [1])
        #expect(try await first.versions(in: north).map(\.uses) == [10])
        for index in 10..<25 { sealed.append(try await first.seal([UInt8(index)], as: .model, named: "m", in: north)) }
        let versions = try await first.versions(in: north)
        #expect(versions.map(\.version) == [1, 2, 3])
        #expect(versions.map(\.cause) == [.firstUse, .usesMax, .usesMax])
        #expect(versions.map(\.isCurrent) == [false, false, true])
        #expect(versions.allSatisfy { $0.uses <= 10 })
        for (index, one) in sealed.enumerated() {
            #expect(try await first.open(one, as: .model, named: "m", in: north) == [UInt8(index)])
        }
        // What a process had left of its block when it ended counts as used.
        let before = try #require(try await first.versions(in: north).last?.uses)
        _ = try await keyring(limits: limits).seal([0], as: .model, named: "m", in: north)
        let after = try await first.versions(in: north)
        #expect(after.last?.version == 4 || (after.last?.uses ?? 0) > before)
    }

    @Test func `two processes that seal at once never use a key more often than it may`() async throws {
        let limits = KeyLimits(usesMax: 20, blockSize: 3)
        let rings = [try await keyring(limits: limits), try await keyring(limits: limits)]
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for ring in rings {
                for _ in 0..<50 {
                    group.addTask {
                        let sealed = try await ring.seal([1], as: .model, named: "m", in: north)
                        return try #require(SealedArtifact.keyVersion(of: sealed))
                    }
                }
            }
            return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(counts.values.reduce(0, +) == 100)
        #expect(counts.values.allSatisfy { $0 <= 20 })
    }

    @Test func `a rotation by another process holds for the next sealing, and former versions open`() async throws {
        let server = try await keyring()
        let command = try await keyring()
        let before = try await server.seal([1], as: .source, named: "s", in: north)
        #expect(try await command.rotate(in: north).version == 2)
        let after = try await server.seal([2], as: .source, named: "s", in: north)
        #expect(SealedArtifact.keyVersion(of: after) == 2)
        for ring in [server, command] {
            #expect(try await ring.open(before, as: .source, named: "s", in: north) == [1])
            #expect(try await ring.open(after, as: .source, named: "s", in: north) == [2])
        }
        #expect(try await command.retire([1, 2], settling: .seconds(1), in: north) == [])
        #expect(try await command.retire([1, 2], settling: .zero, in: north) == [1])
        #expect(await code { try await server.open(before, as: .source, named: "s", in: north) } == .destroyed)
        #expect(try await server.open(after, as: .source, named: "s", in: north) == [2])
        // A version's number never comes again.
        #expect(try await server.rotate(in: north).version == 3)
    }

    @Test func `destroyed keys are gone for every process and from the file, and that is remembered`() async throws {
        let server = try await keyring()
        let command = try await keyring()
        let sealed = try await server.seal([1], as: .source, named: "s", in: north)
        let others = try await server.seal([2], as: .source, named: "s", in: south)
        _ = try await server.rotate(in: north)
        let database = try SQLiteDatabase(.readOnlyFile(path))
        let wrapped: [Data] = try await database.query(
            "SELECT wrapped FROM data_key WHERE organization_id = \(north.id.description)"
        ).map { try $0.decode("wrapped") }
        #expect(wrapped.count == 2)
        #expect(wrapped.allSatisfy { contains($0) })
        #expect(try await command.destruction(in: north) == nil)

        let destruction = try await command.destroyKeys(in: north, at: .t0)
        #expect(destruction.organization == north.id && destruction.versions == [1, 2] && destruction.at == .t0)
        #expect(!wrapped.contains { contains($0) })
        for ring in [server, command, try await keyring()] {
            #expect(await code { try await ring.open(sealed, as: .source, named: "s", in: north) } == .destroyed)
            #expect(await code { try await ring.seal([3], as: .source, named: "s", in: north) } == .destroyed)
            #expect(await code { try await ring.rotate(in: north) } == .destroyed)
            #expect(try await ring.open(others, as: .source, named: "s", in: south) == [2])
            #expect(try await ring.destruction(in: north) == destruction)
            #expect(try await ring.destroyKeys(in: north, at: .t0 + .seconds(9)) == destruction)
        }
        // One that never had a key gets none afterwards either.
        let nobody = OrganizationScope(provenFor: ID(UUID()))
        #expect(try await server.destroyKeys(in: nobody, at: .t0).versions == [])
        #expect(await code { try await server.seal([3], as: .source, named: "s", in: nobody) } == .destroyed)
    }

    /// Whether any file beside the keyring, or itself, has those bytes.
    private func contains(_ bytes: Data) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.contains { (try? folder.bytes($0)).map { Data($0).range(of: bytes) != nil } ?? false }
    }

    @Test func `another master key is told of, and changes nothing`() async throws {
        let sealed = try await keyring().seal([1], as: .source, named: "s", in: north)
        let before = try folder.bytes("keyring.sqlite")
        var generator = SeededGenerator(seed: 7)
        let wrong = MasterKey(using: &generator)
        let error = await #expect(throws: KeyError.self) { try await keyring(MasterKeys(wrong)) }
        #expect(error?.code == .masterMissing)
        #expect(error?.message.contains(master.id.hexadecimal) == true)
        #expect(error?.message.contains(wrong.id.hexadecimal) == true)
        #expect(try folder.bytes("keyring.sqlite") == before)
        #expect(try await keyring().open(sealed, as: .source, named: "s", in: north) == [1])
    }

    @Test func `a new master key takes over while a server with both goes on, and the former is needed no more`()
        async throws
    {
        let old = try await keyring()
        let sealed = try await old.seal([1], as: .source, named: "s", in: north)
        _ = try await old.seal([1], as: .source, named: "s", in: south)
        var generator = SeededGenerator(seed: 8)
        let new = MasterKey(using: &generator)
        let both = MasterKeys(new, formerly: [master])
        let command = try await keyring(both)
        #expect(try await command.rewrap(in: system) == 2)
        #expect(try await command.rewrap(in: system) == 0)
        #expect(try await command.versions(in: north).map(\.masterID) == [new.id])
        let alone = try await keyring(MasterKeys(new))
        #expect(try await alone.open(sealed, as: .source, named: "s", in: north) == [1])
        #expect(await code { try await keyring(MasterKeys(master)) } == .masterMissing)
        // The server that only has the former goes on with what it has in hand, and makes no key under the former.
        #expect(try await old.open(sealed, as: .source, named: "s", in: north) == [1])
        let third = OrganizationScope(provenFor: ID(UUID()))
        #expect(await code { try await old.seal([1], as: .source, named: "s", in: third) } == .masterMissing)
    }

    @Test func `a server asks its provider again where the master key was changed under it`() async throws {
        final class Vault: KeyProvider {
            let keys: Mutex<MasterKeys>
            var place: String { "a vault" }
            init(_ keys: MasterKeys) { self.keys = Mutex(keys) }
            func masterKeys() -> MasterKeys { keys.withLock { $0 } }
        }
        let vault = Vault(MasterKeys(master))
        let server = try await Keyring.open(SQLiteDatabase(.forgetfulFile(path)), provider: vault, now: { .t0 })
        let command = try await keyring()
        let sealed = try await command.seal([1], as: .source, named: "s", in: north)
        var generator = SeededGenerator(seed: 9)
        let both = MasterKeys(MasterKey(using: &generator), formerly: [master])
        vault.keys.withLock { $0 = both }
        #expect(try await keyring(both).rewrap(in: system) == 1)
        // It has never unwrapped that key.
        #expect(try await server.open(sealed, as: .source, named: "s", in: north) == [1])
        let third = OrganizationScope(provenFor: ID(UUID()))
        _ = try await server.seal([1], as: .source, named: "s", in: third)
        #expect(try await server.versions(in: third).first?.masterID == both.first.id)
    }

    @Test func `while the provider is asked all wait for its answer, and it is asked once`() async throws {
        final class SlowVault: KeyProvider {
            let state: Mutex<(keys: MasterKeys, askCount: Int)>
            var place: String { "a slow vault" }
            init(_ keys: MasterKeys) { state = Mutex((keys: keys, askCount: 0)) }
            func masterKeys() async -> MasterKeys {
                for _ in 0..<1_000 { await Task.yield() }
                return state.withLock { state in
                    state.askCount += 1
                    return state.keys
                }
            }
        }
        let vault = SlowVault(MasterKeys(master))
        let server = try await Keyring.open(SQLiteDatabase(.forgetfulFile(path)), provider: vault, now: { .t0 })
        let command = try await keyring()
        let scopes = (0..<20).map { _ in OrganizationScope(provenFor: ID(UUID())) }
        var sealed: [[UInt8]] = []
        for scope in scopes { sealed.append(try await command.seal([1], as: .source, named: "s", in: scope)) }
        var generator = SeededGenerator(seed: 10)
        let both = MasterKeys(MasterKey(using: &generator), formerly: [master])
        vault.state.withLock { $0 = (keys: both, askCount: 0) }
        #expect(try await keyring(both).rewrap(in: system) == 20)
        // None of these keys is in its memory.
        let opened = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for (scope, bytes) in zip(scopes, sealed) {
                group.addTask { try await server.open(bytes, as: .source, named: "s", in: scope) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(opened.count == 20 && opened.allSatisfy { $0 == [1] })
        #expect(vault.state.withLock { $0.askCount } == 1)
    }

    @Test func `a keyring's file is for its owner's eyes alone, and holds no key in the clear`() async throws {
        let keyring = try await keyring()
        _ = try await keyring.seal([1], as: .source, named: "s", in: north)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let handed = try await keyring.handedOver(in: north)
        let base64 = try #require(handed.firstMatch(of: /"bytes":"([^"]+)"/)?.1)
        let key = try #require(Data(base64Encoded: String(base64.replacing("\\/", with: "/"))))
        #expect(key.count == 32 && !contains(key))
    }

    @Test func `keys that were handed over open one organization's things and seal nothing`() async throws {
        let keyring = try await keyring()
        let own = try await keyring.seal([1], as: .model, named: "m", in: north)
        let others = try await keyring.seal([2], as: .model, named: "m", in: south)
        let child = try #require(try await Keyring(handedOver: keyring.handedOver(in: north)))
        #expect(try await child.open(own, as: .model, named: "m", in: north) == [1])
        #expect(await code { try await child.open(others, as: .model, named: "m", in: south) } == .unknownKey)
        #expect(await code { try await child.open(others, as: .model, named: "m", in: north) } == .wrongKey)
        #expect(await code { try await child.seal([3], as: .model, named: "m", in: north) } == .readOnly)
        #expect(await code { try await child.destroyKeys(in: north, at: .t0) } == .readOnly)
        #expect(Keyring(handedOver: "nonsense") == nil)
    }

    @Test func `a reader beside the server opens and does not write`() async throws {
        let keyring = try await keyring()
        let sealed = try await keyring.seal([1], as: .model, named: "m", in: north)
        let reader = try await Keyring.openForReading(
            SQLiteDatabase(.readOnlyFile(path)),
            provider: GivenKeys(MasterKeys(master)),
            now: { .t0 }
        )
        #expect(try await reader.open(sealed, as: .model, named: "m", in: north) == [1])
        #expect(await databaseError { try await reader.seal([1], as: .model, named: "m", in: north) } == .readOnly)
    }
}
