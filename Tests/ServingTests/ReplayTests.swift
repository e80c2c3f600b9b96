import Alarms
import Database
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

/// What doing a decision again says of rows and revisions that nobody could guess from a trained model.
@Suite(.timeLimit(.minutes(60))) struct ReplayTests {
    /// A pump's reading so many minutes after the beginning.
    private func reading(minute: Int, _ pressure: Double) -> Reading {
        Reading(asset: "p", instant: .t0 + .seconds(minute * 60), values: [pressure])
    }

    /// Sends batches one after the other, each kept at a time of its own.
    private func send(_ batches: [[Reading]], to harness: Harness, _ scope: OrganizationScope) async throws {
        try await harness.running { lanes in
            try await lanes.settle(in: scope, on: .on)
            for batch in batches {
                try await lanes.push(batch, in: scope)
                try await lanes.settle(in: scope)
                harness.time.advance(by: .seconds(60))
            }
        }
    }

    private func replay(_ harness: Harness, _ scope: OrganizationScope) async throws -> ReplayReport {
        let alarm = try #require(try await harness.stores.alarms.open(in: scope).first)
        return try await AlarmReplay(stores: harness.stores, registry: harness.registry, scope: scope)
            .report(of: alarm)
    }

    @Test func `a row that a late reading changed is what it was until that reading came`() async throws {
        let harness = try await Harness()
        let scope = try await PressureStump(rollingWindows: [7_200], feature: "pressure_mean_7200s")
            .organization(harness)
        // With the late reading both rows are above the threshold, and only the newest one's revision raises.
        let batches = [[reading(minute: 600, 5)], [reading(minute: 660, 5)], [reading(minute: 570, 50)]]
        try await send(batches, to: harness, scope)
        let report = try await replay(harness, scope)
        #expect(report.at == .t0 + .seconds(660 * 60))
        #expect(report.isSame, "\(report.lines)")
        let decision = try #require(report.lines.first { $0.what == "decision" })
        #expect(decision.outcome == .same)
        let before = try #require(report.lines.first { $0.what == "predictions before" })
        #expect(before.outcome == .same && before.kept == "2 rows")
        let revisions = try await harness.stores.predictions.revisions(
            asset: "p",
            at: .t0 + .seconds(600 * 60),
            in: scope
        )
        #expect(revisions.map { $0.prediction.probability >= 0.5 } == [false, true])
    }

    @Test func `what was told and predicted after the decision is not even read`() async throws {
        let folder = try TemporaryDirectory()
        let database = try SQLiteDatabase(.file(folder.path("eagle.sqlite")))
        let harness = try await Harness(folder: folder, database: database)
        let scope = try await PressureStump(rollingWindows: [], feature: "pressure").organization(harness)
        // It is raised, returns, and is raised again.
        let pressures = [5.0, 50, 50, 5, 50]
        try await send(pressures.enumerated().map { [reading(minute: $0 * 60, $1)] }, to: harness, scope)
        #expect(try await harness.stores.alerts.lastSequence(in: scope) == 3)
        let after = Instant.t0 + .seconds(3_600)
        // Whoever reads one of these fails.
        let (alertCount, predictionCount) = try await database.transaction { transaction in
            (
                try transaction.execute(
                    "UPDATE alert SET transition = '{}' WHERE organization_id = \(scope.id) AND sequence > 1"
                ),
                try transaction.execute(
                    "UPDATE prediction SET kind = 'none' WHERE organization_id = \(scope.id) AND instant > \(after)"
                )
            )
        }
        #expect(alertCount == 2 && predictionCount == 3)
        let report = try await replay(harness, scope)
        #expect(report.at == after && report.isSame, "\(report.lines)")
    }

    @Test func `a row before whose reading is gone is told of, and is not among those that are the same`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let database = try SQLiteDatabase(.file(folder.path("eagle.sqlite")))
        let harness = try await Harness(folder: folder, database: database)
        let scope = try await PressureStump(rollingWindows: [], feature: "pressure").organization(harness)
        let hours = (0...10).map { [reading(minute: $0 * 60, $0 < 10 ? 5 : 50)] }
        try await send(hours, to: harness, scope)
        let whole = try await replay(harness, scope)
        #expect(whole.isSame, "\(whole.lines)")
        #expect(whole.lines.first { $0.what == "predictions before" }?.kept == "10 rows")
        // No other row has any of it: nothing but its own prediction can tell.
        let gone = Instant.t0 + .seconds(5 * 3_600)
        let count = try await database.transaction {
            try $0.execute("DELETE FROM reading WHERE organization_id = \(scope.id) AND instant = \(gone)")
        }
        #expect(count == 1)
        let report = try await replay(harness, scope)
        let before = try #require(report.lines.first { $0.what == "predictions before" })
        #expect(before.outcome == .notRecomputable && before.kept == "10 rows")
        #expect(before.recomputed == "9 the same, 1 can't be made again")
        #expect(before.note?.contains("\(gone)") == true)
        #expect(!report.isSame)
        #expect(report.lines.first { $0.what == "decision" }?.outcome == .same)
    }
}
