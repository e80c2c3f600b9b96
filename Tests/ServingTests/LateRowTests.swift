import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

/// Rows that wait for an answer while other things happen to them.
@Suite struct LateRowTests {
    private let live = SmallPlant.readings(days: 40..<48)

    @Test func `a row that was corrected and answered while it waited is not answered again as it was`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let rows = live[..<200].filter { $0.asset == "p1" }
        let newest = try #require(rows.last)
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(rows.dropLast()), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 1)
            try await lanes.push([newest], in: scope)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).waitingRows == 1)
            // Between the two newest, and so hot that the newest row's features change.
            let late = Reading(asset: "p1", instant: newest.instant - .seconds(600), values: [9, 5, 0])
            try await lanes.push([late], in: scope)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).waitingRows == 0)
            for _ in 0..<10 {
                harness.time.advance(by: .seconds(10))
                for _ in 0..<50 { await Task.yield() }
            }
        }
        let said = try await harness.stores.predictions.revisions(asset: "p1", at: newest.instant, in: scope)
        #expect(said.count == 1)
        #expect(said.allSatisfy { !$0.prediction.isLate })
    }

    @Test func `after a restart a source that is still silent is not said to be back`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let live = live
        @Sendable func alarms() async throws -> [SystemAlarmState] {
            try await harness.stores.systemAlarms.newest(limit: 9, in: scope)
                .map { SystemAlarmState(isOpen: $0.clearedAt == nil) }
        }
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<20]), in: scope)
            try await lanes.settle(in: scope, serving: false)
            while try await alarms().isEmpty {
                harness.time.advance(by: .seconds(30))
                for _ in 0..<50 { await Task.yield() }
            }
        }
        try await harness.running { lanes in
            try await lanes.settle(in: scope, serving: false)
            for _ in 0..<40 {
                harness.time.advance(by: .seconds(30))
                for _ in 0..<50 { await Task.yield() }
            }
            #expect(try await alarms() == [SystemAlarmState(isOpen: true)])
            try await lanes.push(Array(live[20..<40]), in: scope)
            while try await alarms() != [SystemAlarmState(isOpen: false)] {
                harness.time.advance(by: .seconds(1))
                for _ in 0..<50 { await Task.yield() }
            }
        }
    }

    private struct SystemAlarmState: Hashable { let isOpen: Bool }
}
