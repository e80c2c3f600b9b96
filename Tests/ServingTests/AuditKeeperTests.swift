import Database
import Foundation
import Logging
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

@testable import Serving

/// What the server writes down unasked.
@Suite struct AuditKeeperTests {
    private func keeper(_ lanes: Lanes, _ harness: Harness) throws -> AuditKeeper {
        AuditKeeper(
            lanes: lanes,
            identity: try ServerIdentity(rawKey: Array(1...32)),
            policy: AuditHeadPolicy(entryCountMax: 1),
            time: harness.time,
            machineTime: harness.time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func entries(_ action: AuditAction, _ harness: Harness, _ scope: OrganizationScope) async throws
        -> [AuditEntry]
    {
        let filter = AuditFilter(action: action)
        return try await harness.stores.audit.page(filter, limit: 1_000, in: scope).elements
    }

    @Test func `loads of models are told of once, those that failed too`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry", withModel: false)
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        try await harness.running { lanes in
            let keeper = try keeper(lanes, harness)
            await keeper.look()
            let loads = try await entries(.modelLoad, harness, scope)
            #expect(!loads.isEmpty)
            #expect(loads.allSatisfy { $0.metadata["version"] == version.hash && $0.metadata["outcome"] == "loaded" })
            await keeper.look()
            #expect(try await entries(.modelLoad, harness, scope).count == loads.count)
            // What is in memory is loaded by nobody.
            harness.registry.release(version, in: scope)
            _ = try await harness.registry.load(version, in: scope)
            _ = try await harness.registry.load(version, in: scope)
            await keeper.look()
            #expect(try await entries(.modelLoad, harness, scope).count == loads.count + 1)
            try harness.corrupt(version, in: scope)
            await #expect(throws: ModelError.self) { try await harness.registry.load(version, in: scope) }
            await keeper.look()
            let failed = try await entries(.modelLoad, harness, scope).filter { $0.metadata["outcome"] == "failed" }
            #expect(failed.map { $0.metadata["code"] } == ["artifactCorrupt"])
            #expect(try await entries(.modelLoad, harness, other).isEmpty)
        }
    }

    @Test func `nothing is added to the chain of an organization that is being erased`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let other = try await harness.organization("quarry")
        try await harness.running { lanes in
            lanes.refuse(scope.id)
            let before = try await harness.stores.audit.page(limit: 1_000, in: scope).elements
            try await keeper(lanes, harness).look()
            #expect(try await !entries(.modelLoad, harness, other).isEmpty)
            #expect(try await harness.stores.audit.page(limit: 1_000, in: scope).elements == before)
            #expect(try await harness.stores.audit.heads(limit: 9, in: scope).elements.isEmpty)
        }
    }

    @Test func `loads wait while the store takes nothing`() async throws {
        let folder = try TemporaryDirectory()
        let faulty = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let harness = try await Harness(folder: folder, database: faulty)
        let scope = try await harness.organization()
        try await harness.running { lanes in
            try await lanes.settle(in: scope, on: .on)
            let keeper = try keeper(lanes, harness)
            faulty.fail(at: Set((1...1_000).flatMap { [.commit($0), .read($0)] }))
            await keeper.look()
            faulty.fail(at: Set((1...1_000).map { .commit($0) }))
            await keeper.look()
            faulty.fail(at: [])
            await keeper.look()
            #expect(try await !entries(.modelLoad, harness, scope).isEmpty)
        }
    }

    @Test func `each prediction is in one minute's entry, and heads vouch for all of it`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let live = SmallPlant.readings(days: 40..<42)
        try await harness.running { lanes in
            let keeper = try keeper(lanes, harness)
            try await lanes.push(Array(live[..<120]), in: scope)
            try await lanes.settle(in: scope)
            await keeper.look()
            harness.time.advance(by: .seconds(61))
            try await lanes.push(Array(live[120..<160]), in: scope)
            try await lanes.settle(in: scope)
            harness.time.advance(by: .seconds(61))
            await keeper.look()
            await keeper.look()
        }
        var kept = 0
        for pump in SmallPlant.pumps {
            kept += try await harness.stores.predictions.history(
                asset: pump,
                madeUpTo: .distantFuture,
                in: scope
            ).count
        }
        let told = try await entries(.prediction, harness, scope)
        #expect(kept > 0)
        #expect(told.compactMap { $0.metadata["count"].flatMap { Int($0) } }.reduce(0, +) == kept)
        #expect(Set(told.compactMap { $0.metadata["minute"] }).count == told.count)
        let last = try await harness.stores.audit.page(limit: 1, in: scope).elements.first
        let heads = try await harness.stores.audit.heads(limit: 9, in: scope).elements
        #expect(heads.first?.number == last?.number)
        #expect(heads.allSatisfy { $0.isSigned })
    }
}
