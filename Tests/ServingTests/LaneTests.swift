import Alarms
import Database
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

@Suite struct LaneTests {
    private let live = SmallPlant.readings(days: 40..<48)

    private func said(_ harness: Harness, _ scope: OrganizationScope) async throws -> [Said] {
        try await harness.stores.alerts.after(0, limit: 100_000, in: scope).map(Said.init)
    }

    private func predictions(_ harness: Harness, _ scope: OrganizationScope) async throws -> [StoredPrediction] {
        var all: [StoredPrediction] = []
        for pump in SmallPlant.pumps {
            all += try await harness.stores.predictions.page(
                asset: pump,
                limit: 1_000,
                in: scope
            ).elements
        }
        return all
    }

    @Test func `failures are announced by the model before they happen, and rules raise beside it`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
        }
        let alerts = try await harness.stores.alerts.after(0, limit: 100_000, in: scope)
        let raises = alerts.filter { $0.transition.source == .prediction && $0.transition.annunciates }
        for failure in SmallPlant.failures(days: 41..<48) {
            #expect(
                raises.contains { alert in
                    let lead = failure.start - alert.transition.at
                    return alert.transition.alarm.asset == failure.asset && lead > .zero && lead <= .seconds(43_200)
                },
                "no announcement of \(failure)"
            )
        }
        // The model knows one component only: the alarm names the one whose tags speak for the failure.
        #expect(raises.allSatisfy { $0.transition.alarm.condition == .component("bearing") })
        #expect(try await predictions(harness, scope).allSatisfy { $0.prediction.component == nil })
        #expect(alerts.contains { $0.transition.alarm.condition == .rule("pressure-low") })
        #expect(alerts.map(\.sequence) == (1...Int64(alerts.count)).map { $0 })
    }

    @Test func `the model that serves raises alarms as it was trained to, whatever raiseAfter a later schema has`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let document = try SmallPlant.document()
        var schema = document.schema
        (schema.raiseAfter, schema.clearBelow) = (1_000, 0.001)
        let later = try SchemaText.text(SchemaDocument(schema: schema, rules: document.rules))
        #expect(try await harness.stores.schemas.put(later, by: nil, at: harness.time.now, in: scope) == 2)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
        }
        let alerts = try await harness.stores.alerts.after(0, limit: 100_000, in: scope)
        #expect(alerts.contains { $0.transition.source == .prediction && $0.transition.change == .raised })
    }

    @Test func `a baseline's score raises alarms that call themselves unusual, and no probability is told`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await harness.deployModel(SmallPlant.baseline, in: scope)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
        }
        let alerts = try await harness.stores.alerts.after(0, limit: 100_000, in: scope)
        let raises = alerts.filter { $0.transition.source == .prediction && $0.transition.annunciates }
        for failure in SmallPlant.failures(days: 41..<48) {
            #expect(
                raises.contains { alert in
                    let lead = failure.start - alert.transition.at
                    return alert.transition.alarm.asset == failure.asset && lead > .zero && lead <= .seconds(43_200)
                },
                "nothing unusual before \(failure)"
            )
        }
        for raise in raises {
            let cause = raise.transition.alarm.cause(from: .prediction)
            #expect(cause?.metadata?.kind == .anomaly)
            #expect(cause?.message.contains("behaves unusually (anomaly score 0.") ?? false, "\(cause?.message ?? "")")
            #expect(raise.transition.alarm.condition.component != nil)
        }
        let said = try await predictions(harness, scope).map(\.prediction)
        #expect(!said.isEmpty)
        #expect(said.allSatisfy { $0.kind == .anomaly && $0.timeToFailureMinutes == nil && $0.confidence == nil })
        // The longest window is six hours: until it is half full nothing is said.
        let first = try #require(live.first?.instant)
        #expect(said.allSatisfy { $0.instant >= first + .seconds(10_800) })
    }

    @Test(arguments: [3, 17, 101])
    func `a lane that is stopped and started anywhere says what one says that never stopped`(batch: Int) async throws {
        let whole = try await Harness()
        let wholeScope = try await whole.organization()
        let live = Array(live.prefix(400))
        try await whole.running { lanes in
            try await lanes.push(live, in: wholeScope)
            try await lanes.settle(in: wholeScope)
        }
        let parts = try await Harness()
        let scope = try await parts.organization()
        for start in stride(from: 0, to: live.count, by: batch * 40) {
            try await parts.running { lanes in
                for piece in stride(from: start, to: min(start + batch * 40, live.count), by: batch) {
                    try await lanes.push(Array(live[piece..<min(piece + batch, live.count)]), in: scope)
                }
                try await lanes.settle(in: scope)
            }
        }
        // Rules go first within a batch, so that where batches are cut shows in the order, and in nothing else.
        let saidInParts = Set(try await said(parts, scope).map(\.withoutNumber))
        let saidAtOnce = Set(try await said(whole, wholeScope).map(\.withoutNumber))
        #expect(saidInParts.symmetricDifference(saidAtOnce).isEmpty)
        let left = try await predictions(parts, scope).map(\.prediction)
        let right = try await predictions(whole, wholeScope).map(\.prediction)
        #expect(Set(left).symmetricDifference(right).isEmpty)
        #expect(left.count == right.count)
    }

    @Test func `readings that come again change nothing`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let live = Array(live.prefix(200))
        let first = try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
            return try await said(harness, scope)
        }
        let receipt = try await harness.running { lanes in
            let receipt = try await lanes.ingest(live, schemaVersion: 1, in: scope)
            try await lanes.settle(in: scope)
            return receipt
        }
        #expect(receipt.accepted == 0)
        #expect(receipt.repeated == live.count)
        #expect(try await said(harness, scope) == first)
    }

    @Test func `a late row corrects predictions and neither raises nor clears in retrospect`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let rows = live.prefix(120).filter { $0.asset == "p1" }
        let late = rows[rows.count - 3]
        let punctual = rows.filter { $0 != late }
        let before = try await harness.running { lanes in
            try await lanes.push(punctual, in: scope)
            try await lanes.settle(in: scope)
            let before = try await said(harness, scope)
            try await lanes.push([late], in: scope)
            try await lanes.settle(in: scope)
            return before
        }
        #expect(try await said(harness, scope) == before)
        let all = try await predictions(harness, scope).sorted { $0.prediction.instant < $1.prediction.instant }
        #expect(all.count == rows.count)
        let revised = all.filter { $0.revision > 1 }
        #expect(!revised.isEmpty)
        #expect(revised.allSatisfy { $0.prediction.isCorrected && $0.prediction.instant > late.instant })
        // The same numbers as if it had been on time.
        let punctualHarness = try await Harness()
        let punctualScope = try await punctualHarness.organization()
        try await punctualHarness.running { lanes in
            try await lanes.push(Array(rows), in: punctualScope)
            try await lanes.settle(in: punctualScope)
        }
        let expected = try await predictions(punctualHarness, punctualScope).map(\.prediction.probability).sorted()
        #expect(all.map(\.prediction.probability).sorted() == expected)
    }

    @Test func `a row that comes too late is kept, flagged, and enters nothing`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let rows = live.prefix(120).filter { $0.asset == "p1" }
        let tooLate = rows[2]
        try await harness.running { lanes in
            try await lanes.push(rows.filter { $0 != tooLate }, in: scope)
            try await lanes.settle(in: scope)
            try await lanes.push([tooLate], in: scope)
            try await lanes.settle(in: scope)
        }
        let stored = try await harness.stores.readings.readings(after: 0, countMax: 1_000, in: scope)
        #expect(stored.filter(\.isTooLate).map(\.reading) == [tooLate])
        let predicted = try await predictions(harness, scope)
        #expect(!predicted.contains { $0.prediction.instant == tooLate.instant })
        #expect(predicted.allSatisfy { $0.revision == 1 })
    }

    @Test func `a model that was changed on disk is not served, and rules go on alone`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        try harness.corrupt(version, in: scope)
        let live = live
        let status = try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope, serving: false)
            return try await lanes.status(in: scope)
        }
        #expect(status.predictions == .failing)
        #expect(status.reason?.contains("changed") ?? false)
        #expect(try await predictions(harness, scope).isEmpty)
        #expect(try await said(harness, scope).contains { $0.condition == .rule("pressure-low") })
    }

    @Test func `a model deployed later sees the history first, and predicts as if it had been there`() async throws {
        let early = try await Harness()
        let earlyScope = try await early.organization()
        let late = try await Harness()
        let lateScope = try await late.organization(withModel: false)
        let (past, future) = (Array(live.prefix(300)), Array(live[300..<400]))
        try await early.running { lanes in
            try await lanes.push(past + future, in: earlyScope)
            try await lanes.settle(in: earlyScope)
        }
        try await late.running { lanes in
            try await lanes.push(past, in: lateScope)
            try await lanes.settle(in: lateScope, serving: false)
            try await late.deployModel(in: lateScope)
            lanes.configurationChanged(in: lateScope)
            try await lanes.settle(in: lateScope)
            try await lanes.push(future, in: lateScope)
            try await lanes.settle(in: lateScope)
        }
        let since = future.map(\.instant).min() ?? .distantPast
        let expected = try await predictions(early, earlyScope).map(\.prediction).filter { $0.instant >= since }
        #expect(try await predictions(late, lateScope).map(\.prediction) == expected)
    }

    @Test func `switched off, nothing is predicted, and switched on again the features have missed nothing`()
        async throws
    {
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        let switched = try await Harness()
        let scope = try await switched.organization()
        let (past, future) = (Array(live.prefix(200)), Array(live[200..<300]))
        try await always.running { lanes in
            try await lanes.push(past + future, in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        try await switched.stores.organizations.setPredictionEnabled(false, in: scope)
        try await switched.running { lanes in
            try await lanes.push(past, in: scope)
            try await lanes.settle(in: scope, serving: false)
            #expect(try await predictions(switched, scope).isEmpty)
            try await switched.stores.organizations.setPredictionEnabled(true, in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope)
            try await lanes.push(future, in: scope)
            try await lanes.settle(in: scope)
        }
        let since = future.map(\.instant).min() ?? .distantPast
        let expected = try await predictions(always, alwaysScope).map(\.prediction).filter { $0.instant >= since }
        #expect(try await predictions(switched, scope).map(\.prediction) == expected)
    }

    @Test func `an acknowledgement comes down the stream, is kept, and is told`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let other = try await harness.organization("toolworks", withModel: false)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope, serving: false)
            let open = try #require(try await harness.stores.alarms.open(in: scope).first)
            await #expect(throws: AlarmError.self) {
                try await lanes.acknowledge(open.id, by: "stranger", note: nil, in: other)
            }
            let known = try await lanes.acknowledge(open.id, by: "olga", note: "on my way", in: scope)
            #expect(known.acknowledgedBy == "olga")
            #expect(try await harness.stores.alarms.byID(open.id, in: scope) == known)
            #expect(try await harness.stores.alerts.after(0, limit: 10_000, in: scope).last?.transition.by == "olga")
        }
    }

    @Test func `two organizations in one server hear only their own`() async throws {
        let harness = try await Harness()
        let scopes = [
            try await harness.organization("harbor", withModel: false),
            try await harness.organization("toolworks", withModel: false),
        ]
        let live = live
        try await harness.running { lanes in
            let subscriptions = scopes.map { harness.hub.subscribe(in: $0) }
            // The second one's pumps have other names, so that whatever crosses over shows.
            let renamed = live.map {
                Reading(asset: "tool-" + $0.asset, instant: $0.instant, values: $0.values)
            }
            try await lanes.push(live, in: scopes[0])
            try await lanes.push(renamed, in: scopes[1])
            for (index, scope) in scopes.enumerated() {
                try await lanes.settle(in: scope, serving: false)
                let count = try await harness.stores.alerts.lastSequence(in: scope)
                var iterator = subscriptions[index].makeAsyncIterator()
                for _ in 0..<count {
                    let alert = try await iterator.next()
                    #expect(alert?.transition.alarm.asset.hasPrefix("tool-") == (index == 1))
                }
            }
        }
    }

    @Test(arguments: 1...12)
    func `a commit that fails anywhere is done again, and nothing is told twice or lost`(write: Int) async throws {
        let folder = try TemporaryDirectory()
        let whole = try await Harness()
        let wholeScope = try await whole.organization()
        let live = Array(live.prefix(160))
        try await whole.running { lanes in
            try await lanes.push(live, in: wholeScope)
            try await lanes.settle(in: wholeScope)
        }
        let faulty = FaultyDatabase(try SQLiteDatabase(.file(folder.path("eagle.sqlite"))))
        let harness = try await Harness(folder: folder, database: faulty)
        let scope = try await harness.organization()
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            faulty.fail(at: [.commit(write)], with: .full)
            try await harness.timePassing { try await lanes.settle(in: scope) }
        }
        let (left, right) = try await (said(harness, scope), said(whole, wholeScope))
        #expect(left.count == right.count)
        for (index, (told, expected)) in zip(left, right).enumerated() {
            #expect(told == expected, "alert \(index + 1)")
        }
    }
}
