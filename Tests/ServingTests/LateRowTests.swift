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
            for _ in 0..<10 { await harness.tick(lanes, in: scope, by: .seconds(10)) }
        }
        let said = try await harness.stores.predictions.revisions(asset: "p1", at: newest.instant, in: scope)
        #expect(said.count == 1)
        #expect(said.allSatisfy { !$0.prediction.isLate })
    }

    /// Lets time pass until nothing waits.
    private func untilAnswered(_ harness: Harness, _ lanes: Lanes, in scope: OrganizationScope) async throws {
        try await harness.ticking(lanes, in: scope) { try await lanes.status(in: scope).waitingRows == 0 }
    }

    @Test(arguments: [true, false])
    func `readings between two predictions do not take the place of a row that waits`(isOneBatch: Bool) async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await harness.deployModel(SmallPlant.artifact(predictingEvery: 7_200), in: scope)
        let runtime = FaultyRuntime()
        // One each half an hour: of four, the first is due.
        let rows = live[..<200].filter { $0.asset == "p1" }
        let due = rows[80]
        #expect((due.instant - .t0).components.seconds.isMultiple(of: 7_200))
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(rows[..<80]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 1)
            let parts = isOneBatch ? [Array(rows[80...82])] : rows[80...82].map { [$0] }
            for part in parts {
                try await lanes.push(part, in: scope)
                try await lanes.settle(in: scope)
            }
            #expect(try await lanes.status(in: scope).waitingRows == 1)
            try await untilAnswered(harness, lanes, in: scope)
        }
        let said = try await harness.stores.predictions.page(asset: "p1", limit: 1, in: scope).elements.first
        #expect(said?.prediction.instant == due.instant)
        #expect(said?.prediction.isLate == true)
    }

    @Test func `with an interval, the next row that is due takes the place of one that waits`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await harness.deployModel(SmallPlant.artifact(predictingEvery: 7_200), in: scope)
        let runtime = FaultyRuntime()
        let rows = live[..<200].filter { $0.asset == "p1" }
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(rows[..<80]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 2)
            for due in [80, 84] {
                try await lanes.push([rows[due]], in: scope)
                try await lanes.settle(in: scope)
                #expect(try await lanes.status(in: scope).waitingRows == 1)
            }
            try await untilAnswered(harness, lanes, in: scope)
        }
        let said = try await harness.stores.predictions.page(asset: "p1", limit: 2, in: scope).elements
            .map(\.prediction)
        #expect(said.first?.instant == rows[84].instant)
        #expect(said.first?.isLate == true)
        #expect(said.dropFirst().allSatisfy { $0.instant < rows[80].instant && !$0.isLate })
    }

    @Test func `a row without continuous values does not take the place of one that waits`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let rows = live[..<100].filter { $0.asset == "p1" }
        let newest = try #require(rows.last)
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(rows.dropLast()), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 1)
            try await lanes.push([newest], in: scope)
            try await lanes.settle(in: scope)
            let event = Reading(asset: "p1", instant: newest.instant + .seconds(60), values: [.nan, .nan, 1])
            try await lanes.push([event], in: scope)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).waitingRows == 1)
            try await untilAnswered(harness, lanes, in: scope)
        }
        let said = try await harness.stores.predictions.page(asset: "p1", limit: 1, in: scope).elements.first
        #expect(said?.prediction.instant == newest.instant)
        #expect(said?.prediction.isLate == true)
    }

    @Test func `while the breaker rests no try is put off, and the first after it asks all that waits`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let runtime = FaultyRuntime()
        let live = live
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            runtime.fail(times: 3)
            for start in stride(from: 100, to: 160, by: 20) {
                try await lanes.push(Array(live[start..<start + 20]), in: scope)
                try await lanes.settle(in: scope, serving: false)
            }
            let breaker = try await lanes.status(in: scope).breakers[.model]
            #expect(breaker.state == .open)
            let probesAt = try #require(breaker.probesAt)
            try await untilAnswered(harness, lanes, in: scope)
            // Were it put off with each tick, it might be a minute more.
            #expect(harness.time.now - probesAt < .seconds(20))
            #expect(runtime.rowCounts.last == 2)
        }
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
            try await harness.ticking(lanes, in: scope, by: .seconds(30)) { try await !alarms().isEmpty }
        }
        try await harness.running { lanes in
            try await lanes.settle(in: scope, serving: false)
            for _ in 0..<40 { await harness.tick(lanes, in: scope, by: .seconds(30)) }
            #expect(try await alarms() == [SystemAlarmState(isOpen: true)])
            try await lanes.push(Array(live[20..<40]), in: scope)
            try await harness.ticking(lanes, in: scope) {
                try await alarms() == [SystemAlarmState(isOpen: false)]
            }
        }
    }

    private struct SystemAlarmState: Hashable { let isOpen: Bool }
}
