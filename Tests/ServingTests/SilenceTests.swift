import Alarms
import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// What people silenced, through the lane, the store and a restart.
@Suite struct SilenceTests {
    private let live = SmallPlant.readings(days: 40..<44)

    @Test func `a shelf outlives a restart, ends by the server's clock, and is nobody else's`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let other = try await harness.organization("quarry", withModel: false)
        let place = SuppressionBook.Place(asset: "p1", condition: .component("seal"))
        let until = harness.time.now + .seconds(3_600)
        let suppression = Suppression(
            kind: .shelved,
            by: "asha",
            reason: "noise",
            since: harness.time.now,
            until: until
        )
        let leak = Reading(asset: "p1", instant: live[0].instant, values: [2, 5, 1])
        try await harness.running { lanes in
            try await lanes.suppress(place, suppression, by: "asha", mayOverride: false, in: scope)
            #expect(try await harness.stores.lane.suppressions(in: scope) == [place: suppression])
        }
        try await harness.running { lanes in
            for scope in [scope, other] {
                try await lanes.push([leak], in: scope)
                try await lanes.settle(in: scope, serving: false)
            }
            #expect(try await harness.stores.alarms.open(in: scope).map(\.suppression) == [suppression])
            #expect(try await harness.stores.alarms.open(in: other).map(\.suppression) == [.none])
            #expect(try await harness.stores.lane.suppressions(in: other).isEmpty)
            let heard = lanes.hub.subscribe(in: scope)
            harness.time.advance(by: .seconds(3_601))
            let alert = try #require(try await heard.first { $0.transition.change == .unsuppressed })
            #expect(alert.transition.annunciates)
            #expect(try await harness.stores.lane.suppressions(in: scope).isEmpty)
            #expect(try await harness.stores.alarms.open(in: scope).map(\.suppression) == [.none])
        }
    }

    @Test func `a latched alarm is still latched after a restart`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let document = try SmallPlant.document()
        var rules = document.rules
        rules[1].isLatching = true
        let changed = try SchemaText.text(SchemaDocument(schema: document.schema, rules: rules))
        _ = try await harness.stores.schemas.put(changed, by: nil, at: harness.time.now, in: scope)
        func leak(_ value: Double, _ minutes: Int) -> Reading {
            Reading(asset: "p1", instant: live[0].instant + .seconds(minutes * 60), values: [2, 5, value])
        }
        let leaking = leak(1, 0)
        let id = try await harness.running { lanes in
            try await lanes.push([leaking], in: scope)
            try await lanes.settle(in: scope, serving: false)
            let alarm = try #require(try await harness.stores.alarms.open(in: scope).first)
            _ = try await lanes.acknowledge(alarm.id, by: "olga", note: nil, in: scope)
            return alarm.id
        }
        let dry = leak(0, 1)
        try await harness.running { lanes in
            try await lanes.push([dry], in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(try await harness.stores.alarms.byID(id, in: scope)?.state == .latched)
        }
        try await harness.running { lanes in
            await #expect(throws: AlarmError.self) {
                _ = try await lanes.reset(ID(UUID()), by: "olga", in: scope)
            }
            let closed = try await lanes.reset(id, by: "olga", in: scope)
            #expect(closed.state == .normal)
        }
    }
}
