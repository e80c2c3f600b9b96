import Alarms
import Database
import Dispatch
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// What goes wrong around a lane, and must not go further.
@Suite struct TroubleTests {
    private let live = SmallPlant.readings(days: 40..<48)

    @Test func `a row from the future is set apart, and those that follow are not too late`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let now = harness.time.now
        let limit = now + Lanes.clockSkewMax
        let rows = [
            Reading(asset: "p1", instant: limit + .microseconds(1), values: [2, 5, 0]),
            Reading(asset: "p1", instant: limit, values: [2, 5, 0]),
            Reading(asset: "p2", instant: now + .seconds(86_400), values: [2, 5, 0]),
            Reading(asset: "p2", instant: now, values: [2, 5, 1]),
        ]
        try await harness.running { lanes in
            let receipt = try await lanes.ingest(rows, schemaVersion: 1, in: scope)
            #expect(receipt.accepted == 2)
            #expect(
                receipt.setApart.map(\.row) == [rows[0], rows[2]].map { "\($0.asset) at \($0.instant): 2.0, 5.0, 0.0" }
            )
            try await lanes.settle(in: scope, serving: false)
        }
        let kept = try await harness.stores.readings.readings(after: 0, countMax: 9, in: scope)
        #expect(kept.map(\.reading) == [rows[1], rows[3]])
        #expect(kept.allSatisfy { !$0.isTooLate })
        #expect(try await harness.stores.alarms.open(in: scope).map(\.condition) == [.component("seal")])
    }

    @Test func `a model that does not answer holds up no rule, and predicts again when it does`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let parts = stride(from: 0, to: 300, by: 60).map { Array(live[$0..<$0 + 60]) }
        try await harness.running(batcher: runtime.batcher(), predictionDeadline: .milliseconds(20)) { lanes in
            try await lanes.settle(in: scope, on: .on)
            runtime.hold()
            for part in parts.dropLast() {
                try await lanes.push(part, in: scope)
                try await lanes.settle(in: scope, serving: false)
            }
            let status = try await lanes.status(in: scope)
            #expect(status.breakers[.model].lastFailure == harness.time.now)
            #expect(status.predictions == .failing)
            #expect(try await harness.stores.predictions.page(asset: "p1", limit: 9, in: scope).elements.isEmpty)
            #expect(try await said(harness, scope).contains { $0.condition == .rule("pressure-low") })
            #expect(runtime.heldCount == 1)  // A model that hangs holds one thread, however many rows come.
            runtime.release()
            harness.time.advance(by: .seconds(31))
            while try await harness.stores.predictions.page(asset: "p1", limit: 9, in: scope).elements.isEmpty {
                // Twenty milliseconds may be too short for a busy machine: then the breaker opens again.
                harness.time.advance(by: .seconds(31))
                try await lanes.push([SmallPlant.reading(after: harness.time.now)], in: scope)
                try await lanes.settle(in: scope, serving: false)
            }
        }
    }

    @Test func `commands are answered while the store fails, and carried out when it is back`() async throws {
        let folder = try TemporaryDirectory()
        let faulty = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let harness = try await Harness(folder: folder, database: faulty)
        let scope = try await harness.organization(withModel: false)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope, serving: false)
            let open = try #require(try await harness.stores.alarms.open(in: scope).first)
            faulty.fail(at: Set((1...10_000).flatMap { [.commit($0), .read($0)] }))
            for _ in 1...20 {
                do {
                    _ = try await lanes.acknowledge(open.id, by: "olga", note: nil, in: scope)
                    Issue.record("acknowledged, and not kept")
                } catch {
                    #expect(error is DatabaseError || (error as? LaneError)?.code == .storeFailing, "\(error)")
                }
            }
            faulty.fail(at: [])
            while true {
                harness.time.advance(by: .milliseconds(100))
                guard let alarm = try? await lanes.acknowledge(open.id, by: "olga", note: nil, in: scope) else {
                    await Task.yield()
                    continue
                }
                #expect(alarm.acknowledgedBy == "olga")
                return
            }
        }
    }

    @Test func `an operator's word does not wait until all readings are through`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<400]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            let open = try #require(try await harness.stores.alarms.open(in: scope).first)
            // Many batches wait; rows without values, so that they change nothing.
            let rows = (1...20_000).map {
                Reading(asset: "p1", instant: live[400].instant + .seconds($0), values: [.nan, .nan, .nan])
            }
            try await lanes.push(rows, in: scope)
            _ = try await lanes.acknowledge(open.id, by: "olga", note: nil, in: scope)
            #expect(try await lanes.status(in: scope).behind > 0)
        }
    }

    private func said(_ harness: Harness, _ scope: OrganizationScope) async throws -> [Said] {
        try await harness.stores.alerts.after(0, limit: 100_000, in: scope).map(Said.init)
    }
}
