import Alarms
import Plant
import Serving
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct HistoryDeskTests {
    private static let days = 0..<12

    private func organization(_ harness: Harness, _ slug: String, seed: UInt64) async throws -> OrganizationScope {
        let scope = try await harness.organization(slug, withModel: false)
        try await harness.running { lanes in
            // Some rows come late: one of the batch before after the batch, as networks do.
            var readings = SmallPlant.readings(days: Self.days, seed: seed)
            for index in stride(from: 20, to: readings.count - 10, by: 37) { readings.swapAt(index, index + 6) }
            // A few hours at a time; those that have been already come in at once.
            for start in stride(from: 0, to: readings.count, by: 20) {
                let part = Array(readings[start..<min(start + 20, readings.count)])
                harness.time.pass(to: part)
                try await lanes.push(part, in: scope)
                try await lanes.settle(in: scope, serving: false)
            }
        }
        return scope
    }

    private func document(_ harness: Harness, _ scope: OrganizationScope) async throws -> SchemaDocument {
        let stored = try #require(try await harness.stores.schemas.current(in: scope))
        return try SchemaText.document(stored.document)
    }

    @Test func `a rehearsal of the rules in force finds what the live lane raised`() async throws {
        let harness = try await Harness()
        let scope = try await organization(harness, "harbor", seed: 1)
        let document = try await document(harness, scope)
        // Up to the last row: no delay has had more time than it had live.
        let end = Instant.t0 + .seconds(Self.days.upperBound * 86_400 - SmallPlant.stepMinutes * 60) + .microseconds(1)
        var raised = RuleTally(from: .t0)
        let alerts = try await harness.stores.alerts.after(0, limit: 1_000, in: scope)
        for alert in alerts { raised.note(alert.transition) }
        let report = try await HistoryDesk(stores: harness.stores)
            .rehearse(document, present: document, from: .t0, to: end, in: scope)
        #expect(report.rows > 900 && report.assets == 2)
        for rule in report.rules {
            #expect(rule.change == .unchanged)
            for found in rule.assets {
                let live = raised.findings[rule.id]?[found.asset]?.raises
                #expect(found.proposed?.raises == live, "\(rule.id) on \(found.asset)")
            }
        }
        #expect(report.rules.compactMap(\.proposed?.raises).allSatisfy { $0 > 3 })
    }

    @Test func `of an asset with two gateways the slower one's rows are rehearsed as the live lane judged them`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        // Vibration each minute; whether it leaks twenty seconds after that, told two minutes later, and now and then
        // with a vibration that is old news.
        var readings: [Reading] = []
        for minute in 0..<202 {
            readings.append(Reading(asset: "p1", instant: .t0 + .seconds(minute * 60), values: [2, .nan, .nan]))
            guard minute >= 2 else { continue }
            let slow = Instant.t0 + .seconds((minute - 2) * 60 + 20)
            let leak = minute.isMultiple(of: 7) ? 1.0 : 0
            let vibration = minute.isMultiple(of: 5) ? 9 : Double.nan
            readings.append(Reading(asset: "p1", instant: slow, values: [vibration, .nan, leak]))
        }
        let sent = readings
        try await harness.running { lanes in
            for reading in sent { try await lanes.push([reading], in: scope) }
            try await lanes.settle(in: scope, serving: false)
        }
        let document = try await document(harness, scope)
        var raised = RuleTally(from: .t0)
        for alert in try await harness.stores.alerts.after(0, limit: 1_000, in: scope) { raised.note(alert.transition) }
        #expect(raised.sum(of: "leak").raises == 28)
        // One that has sent nothing in that time is missed.
        _ = try await harness.stores.assets.ensure(["p2"], in: scope)
        let report = try await HistoryDesk(stores: harness.stores)
            .rehearse(document, present: document, from: .t0, to: .t0 + .seconds(202 * 60), in: scope)
        #expect(report.rows == sent.count && report.coveredShare == 0.5 && report.leastCovered?.asset == "p2")
        #expect(report.rules.first { $0.id == "leak" }?.proposed?.raises == 28)
    }

    @Test func `nothing of another organization is rehearsed, counted or advised on`() async throws {
        let harness = try await Harness(time: ManualTime(.t0))
        let own = try await organization(harness, "harbor", seed: 1)
        let desk = HistoryDesk(stores: harness.stores)
        let document = try await document(harness, own)
        let end = Instant.t0 + .seconds(100 * 86_400)
        func found() async throws -> [Int] {
            let report = try await desk.rehearse(document, present: nil, from: .t0, to: end, in: own)
            let quality = try await desk.quality(from: .t0, to: end, operators: 1, in: own)
            let advice = try await desk.advice(on: document, from: .t0, to: end, in: own)
            return [report.rows, report.assets, report.annunciations, quality.annunciations]
                + quality.badActors.map(\.annunciations) + advice.map { $0.present?.raises ?? -1 }
        }
        let before = try await found()
        #expect(before[3] > 10)
        _ = try await organization(harness, "forge", seed: 2)
        #expect(try await found() == before)
        let nobody = try await harness.organization("empty", withModel: false)
        let empty = try await desk.quality(from: .t0, to: end, operators: 1, in: nobody)
        #expect(empty.annunciations == 0 && empty.badActors.isEmpty)
        #expect(try await desk.rehearse(document, present: nil, from: .t0, to: end, in: nobody).rows == 0)
    }

    @Test func `predictions that are bad actors are named, with what can be done about them`() async throws {
        let harness = try await Harness(time: ManualTime(.t0 + .seconds(40 * 86_400)))
        let scope = try await harness.organization()
        try await harness.running { lanes in
            for day in 40..<46 {
                let readings = SmallPlant.readings(days: day..<day + 1)
                harness.time.pass(to: readings)
                try await lanes.push(readings, in: scope)
                try await lanes.settle(in: scope)
            }
        }
        let document = try await document(harness, scope)
        let desk = HistoryDesk(stores: harness.stores)
        let end = harness.time.now + .seconds(1)
        let start = Instant.t0 + .seconds(40 * 86_400)
        let actors = try await desk.quality(from: start, to: end, operators: 1, in: scope).badActors
        let advice = try await desk.advice(on: document, from: start, to: end, in: scope)
        #expect(Set(advice.map(\.source)) == Set(actors.map(\.source)))
        let predictions = try #require(advice.first { $0.source == "prediction" })
        #expect(predictions.rule == nil && predictions.present == nil && predictions.suggestions.isEmpty)
        #expect(predictions.none?.contains("threshold") == true)
        // Of rules that are gone there is nothing to try.
        let bare = try SchemaDocument(schema: document.schema)
        let none = try await desk.advice(on: bare, from: start, to: end, in: scope)
        #expect(none.map(\.source) == advice.map(\.source))
        #expect(none.allSatisfy { $0.none != nil && $0.suggestions.isEmpty })
    }

    @Test func `figures of a part count what was told in it, and know what stood before`() async throws {
        let harness = try await Harness(time: ManualTime(.t0))
        let scope = try await organization(harness, "harbor", seed: 1)
        let desk = HistoryDesk(stores: harness.stores)
        let now = harness.time.now
        let all = try await desk.quality(from: .t0, to: now + .seconds(1), operators: 1, in: scope)
        let later = try await desk.quality(from: now + .seconds(1), to: now + .seconds(86_401), operators: 1, in: scope)
        #expect(all.annunciations > 10 && later.annunciations == 0)
        #expect(later.acknowledgement.waiting == all.acknowledgement.waiting)
        #expect(later.acknowledgement.waiting > 0)
    }

    @Test func `rates are taken from when readings began to come, whatever their own time`() async throws {
        let harness = try await Harness()
        let scope = try await organization(harness, "harbor", seed: 1)
        let nobody = try await harness.organization("empty", withModel: false)
        let desk = HistoryDesk(stores: harness.stores)
        let (now, day) = (harness.time.now, Duration.seconds(86_400))
        // The readings are weeks old, but were brought along now.
        let all = try await desk.quality(from: .t0, to: now + day, operators: 1, in: scope)
        #expect(all.measuredFrom == now && all.averageRate.value == Double(all.annunciations) / 144)
        let later = try await desk.quality(from: now + .seconds(60), to: now + day, operators: 1, in: scope)
        #expect(later.measuredFrom == now + .seconds(60))
        let before = try await desk.quality(from: .t0, to: now, operators: 1, in: scope)
        #expect(before.measuredFrom == nil && before.averageRate.verdict == .unknown)
        let empty = try await desk.quality(from: .t0, to: now + day, operators: 1, in: nobody)
        #expect(empty.measuredFrom == nil && empty.floodShare.verdict == .unknown)
    }

    @Test func `one at a time is gone through, and what takes too long is given up`() async throws {
        let harness = try await Harness()
        let scope = try await organization(harness, "harbor", seed: 1)
        let document = try await document(harness, scope)
        let end = Instant.t0 + .seconds(86_400)
        let hurried = HistoryDesk(stores: harness.stores, deadline: .zero)
        let overdue = await #expect(throws: HistoryError.self) {
            try await hurried.rehearse(document, present: nil, from: .t0, to: end, in: scope)
        }
        #expect(overdue?.code == .overdue && overdue?.reached != nil)
        let full = HistoryDesk(stores: harness.stores, atOnceMax: 0)
        let busy = await #expect(throws: HistoryError.self) {
            try await full.rehearse(document, present: nil, from: .t0, to: end, in: scope)
        }
        #expect(busy?.code == .busy)
        #expect(busy?.description == "the server is busy: try again in a while")
        // Given up, its place is free again.
        let desk = HistoryDesk(stores: harness.stores)
        for _ in 0..<2 { _ = try await desk.rehearse(document, present: nil, from: .t0, to: end, in: scope) }
    }
}

extension ManualTime {
    /// On to the newest of some rows, if it is not that late yet.
    fileprivate func pass(to readings: [Reading]) {
        guard let newest = readings.map(\.instant).max(), newest > now else { return }
        advance(by: newest - now)
    }
}
