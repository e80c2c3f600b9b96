import Database
import Foundation
import HTTPTypes
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Trust

@testable import Web

/// Health that is always green.
extension FormerFlawsTests {
    @Test func `health that is always green: a store that can't be read is told, until it is well`() async throws {
        try await TestServer.run { server in
            for fault in [DatabaseError.Code.unavailable, .corrupt, .busy] {
                #expect(try await server.ask("GET", "/readyz").status == 200)
                server.database.fail(at: Set((1...1_000).map { .read($0) }), with: fault)
                let down = try await server.ask("GET", "/readyz")
                #expect(down.status == 503)
                #expect(down.header("retry-after") != nil)
                #expect(down.json["isWell"]?.bool == false)
                let parts = down.json["parts"]?.list.filter { $0["isWell"]?.bool == false } ?? []
                #expect(parts.compactMap { $0["name"]?.string } == ["store"])
                #expect(try await server.ask("GET", "/livez").status == 200)
                server.database.fail(at: [])
            }
            #expect(try await server.ask("GET", "/readyz").status == 200)
        }
    }

    @Test(arguments: [DatabaseError.Code.full, .readOnly, .unavailable])
    func `health that is always green: a store that keeps nothing is told until it keeps something again`(
        fault: DatabaseError.Code
    ) async throws {
        try await TestServer.run { server in
            try await server.prepare()
            #expect(try await server.ask("GET", "/readyz").status == 200)
            server.database.fail(at: Set((1...100_000).map { .commit($0) }), with: fault)
            let push = try await server.ask("POST", "/api/v1/readings", as: .northAdmin, data: server.rows([50]))
            #expect(push.status >= 500)
            let down = try await server.ask("GET", "/readyz")
            #expect(down.status == 503)
            #expect(down.header("retry-after") != nil)
            let parts = down.json["parts"]?.list.filter { $0["isWell"]?.bool == false } ?? []
            #expect(parts.compactMap { $0["name"]?.string } == ["store"])
            if fault != .unavailable {
                #expect(parts.first?["detail"]?.string?.hasPrefix("nothing can be written") == true)
            }
            // That it can be read is no proof.
            #expect(try await server.ask("GET", "/api/v1/assets", as: .northAdmin).status == 200)
            await #expect(throws: DatabaseError.self) { try await server.context.stores.tryWriting() }
            #expect(try await server.ask("GET", "/readyz").status == 503)
            server.database.fail(at: [])
            try await server.context.stores.tryWriting()
            #expect(try await server.ask("GET", "/readyz").status == 200)
        }
    }

    @Test func `health that is always green: a keyring that is gone is told, and one put in its place`() async throws {
        let folder = try TemporaryDirectory()
        let (path, aside) = (folder.path("keyring.sqlite"), folder.path("aside"))
        var generator = SystemRandomNumberGenerator()
        let keyring = try await Keyring.open(
            SQLiteDatabase(.forgetfulFile(path)),
            provider: GivenKeys(MasterKeys(MasterKey(using: &generator))),
            now: { .t0 }
        )
        try await TestServer.run(keyring: keyring) { server in
            func unwell() async throws -> [String] {
                let answer = try await server.ask("GET", "/readyz")
                #expect((answer.status == 200) == (answer.json["isWell"]?.bool == true))
                let parts = answer.json["parts"]?.list.filter { $0["isWell"]?.bool == false } ?? []
                return parts.compactMap { $0["name"]?.string }
            }
            #expect(try await unwell().isEmpty)
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            #expect(try await unwell() == ["keyring"])
            try FileManager.default.copyItem(atPath: aside, toPath: path)
            #expect(try await unwell() == ["keyring"])
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: aside, toPath: path)
            #expect(try await unwell().isEmpty)
        }
    }

    @Test func `health that is always green: a keyring that keeps nothing is told until it keeps something again`()
        async throws
    {
        let faulty = FaultyDatabase(try SQLiteDatabase(.memory))
        var generator = SystemRandomNumberGenerator()
        let keyring = try await Keyring.open(
            faulty,
            provider: GivenKeys(MasterKeys(MasterKey(using: &generator))),
            now: { .t0 }
        )
        try await TestServer.run(keyring: keyring) { server in
            try await server.prepare()
            let watch = StoreWatch(stores: server.context.stores, logger: server.context.logger)
            faulty.fail(at: Set((1...1_000).map { .commit($0) }), with: .full)
            let rotated = try await server.ask("POST", "/api/v1/keys/rotate", as: .northAdmin)
            #expect(rotated.status >= 500)
            await watch.look()
            #expect(try await server.ask("GET", "/readyz").status == 503)
            faulty.fail(at: [])
            await watch.look()
            #expect(try await server.ask("GET", "/readyz").status == 200)
        }
    }
}
