import Alarms
import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// Alarms of rules done again, where silence raised them and rows came afterwards that would have kept them from it.
@Suite(.timeLimit(.minutes(60))) struct RuleReplayTests {
    private static let start = Instant.t0 + .seconds(40 * 86_400)

    /// A plant that may be silent for a quarter of an hour; its schema is the second version.
    private func organization(_ harness: Harness) async throws -> OrganizationScope {
        let scope = try await harness.organization(withModel: false)
        let document = try SmallPlant.document()
        var schema = document.schema
        schema.sourceStaleSeconds = 900
        var rules = document.rules
        rules[0].onDelaySeconds = 60
        rules.append(AlarmRule(id: "mute", tag: "vibration", check: .stale(StaleCheck(afterSeconds: 30))))
        let text = try SchemaText.text(SchemaDocument(schema: schema, rules: rules))
        _ = try await harness.stores.schemas.put(text, by: nil, at: harness.time.now, in: scope)
        return scope
    }

    private func reading(_ asset: String, _ second: Int, pressure: Double = 5) -> Reading {
        Reading(asset: asset, instant: Self.start + .seconds(second), values: [2, pressure, 0])
    }

    /// Sends rows, lets the plant be silent, sends what came afterwards, and does the alarm of the silence again.
    private func replayed(
        _ before: [Reading],
        _ after: [Reading]
    ) async throws -> (alarm: Alarm, report: ReplayReport) {
        let harness = try await Harness()
        let scope = try await organization(harness)
        let id = try await harness.running { lanes in
            let heard = lanes.hub.subscribe(in: scope)
            _ = try await lanes.ingest(before, schemaVersion: 2, in: scope)
            try await lanes.settle(in: scope, serving: false)
            harness.time.advance(by: .seconds(901))
            let alert = try #require(try await heard.first { $0.transition.change == .raised })
            _ = try await lanes.ingest(after, schemaVersion: 2, in: scope)
            try await lanes.settle(in: scope, serving: false)
            return alert.transition.alarm.id
        }
        let alarm = try #require(try await harness.stores.alarms.byID(id, in: scope))
        let replay = AlarmReplay(stores: harness.stores, registry: harness.registry, scope: scope)
        return (alarm, try await replay.report(of: alarm))
    }

    @Test func `a delay that ran out in silence comes out the same, whatever a later row says`() async throws {
        let (alarm, report) = try await replayed(
            [reading("p1", 0), reading("p1", 10, pressure: 2)],
            [reading("p1", 11), reading("p1", 2_000)]
        )
        #expect(alarm.condition == .rule("pressure-low") && alarm.raisedAt == Self.start + .seconds(70))
        #expect(alarm.state == .returnedUnacknowledged)
        #expect(report.isSame, "\(report.lines)")
        #expect(report.lines.contains { $0.what == "decision" && $0.outcome == .same })
    }

    @Test func `an alarm that a slower gateway's row raised comes out the same`() async throws {
        let harness = try await Harness()
        let scope = try await organization(harness)
        func reading(_ second: Int, _ values: [Double]) -> Reading {
            Reading(asset: "p1", instant: Self.start + .seconds(second), values: values)
        }
        let fast = [reading(0, [2, 5, .nan]), reading(10, [2, 5, .nan])]
        let slow = [reading(3, [.nan, .nan, 1])]
        let id = try await harness.running { lanes in
            let heard = lanes.hub.subscribe(in: scope)
            _ = try await lanes.ingest(fast, schemaVersion: 2, in: scope)
            _ = try await lanes.ingest(slow, schemaVersion: 2, in: scope)
            try await lanes.settle(in: scope, serving: false)
            return try #require(try await heard.first { $0.transition.change == .raised }).transition.alarm.id
        }
        let alarm = try #require(try await harness.stores.alarms.byID(id, in: scope))
        #expect(alarm.condition == .component("seal") && alarm.raisedAt == Self.start + .seconds(3))
        let report = try await AlarmReplay(stores: harness.stores, registry: harness.registry, scope: scope)
            .report(of: alarm)
        #expect(report.isSame, "\(report.lines)")
    }

    @Test func `a tag that was missed comes out the same, though what its asset kept back brings it`() async throws {
        let spoke = stride(from: 10, through: 1_000, by: 10).map { reading("p1", $0) }
        let (alarm, report) = try await replayed([reading("p2", 0)] + spoke, [reading("p2", 10), reading("p2", 20)])
        #expect(alarm.asset == "p2" && alarm.condition == .rule("mute"))
        #expect(alarm.raisedAt == Self.start + .seconds(30))
        #expect(report.isSame, "\(report.lines)")
    }
}
