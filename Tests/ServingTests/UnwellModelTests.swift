import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite struct UnwellModelTests {
    @Test func `a model that says NaN is taken out and named, tells nobody so, and rules go on`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let version = try await harness.deployModel(UnwellModel.artifact, in: scope)
        let live = SmallPlant.readings(days: 40..<48)
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            let said = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
            #expect(!said.isEmpty)

            let newest = try #require(live[..<100].map(\.instant).max())
            let broken = Reading(asset: "p1", instant: newest + .seconds(1), values: [-2, 5, 0])
            try await lanes.push([broken], in: scope)
            try await lanes.settle(in: scope, on: .failing)
            let told = try await harness.stores.systemAlarms.newest(limit: 9, in: scope)
            #expect(told.map(\.kind) == [.modelUnwell])
            #expect(told.first?.subject == version.hash)
            #expect(told.first?.message.contains("is not between 0 and 1") == true)
            #expect(try await lanes.status(in: scope).reason?.contains("not between 0 and 1") == true)

            let before = try await harness.stores.alerts.lastSequence(in: scope)
            let leak = Reading(asset: "p1", instant: newest + .seconds(2), values: [2, 5, 1])
            try await lanes.push([leak], in: scope)
            try await lanes.settle(in: scope, on: .failing)
            #expect(try await harness.stores.alerts.lastSequence(in: scope) > before)
            let open = try await harness.stores.alarms.open(in: scope)
            #expect(open.contains { $0.condition == .component("seal") && $0.cause(from: .rule("leak")) != nil })
            // Nothing was kept of what it said.
            let kept = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
            #expect(kept == said)
            #expect(try await harness.stores.systemAlarms.newest(limit: 9, in: scope).count == 1)
        }
    }
}
