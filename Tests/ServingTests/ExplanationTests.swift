import Alarms
import Database
import Features
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite(.timeLimit(.minutes(60))) struct ExplanationTests {
    private let live = SmallPlant.readings(days: 40..<46)

    /// The alerts that told of a prediction, with what became of their explanations; without those that a later
    /// prediction of their alarm overtook.
    private func explained(
        _ harness: Harness,
        _ scope: OrganizationScope
    ) async throws -> [(alert: Alert, stored: StoredExplanation)] {
        var found: [(alert: Alert, stored: StoredExplanation)] = []
        let alerts = try await harness.stores.alerts.after(0, limit: 1_000, in: scope)
        for alert in alerts where alert.transition.bringsPrediction {
            let stored = try await harness.stores.explanations.explanation(
                of: alert.transition.alarm.id,
                sequence: alert.sequence,
                in: scope
            )
            let kept = try #require(stored)
            if kept.explanation == nil, kept.retryAt == nil { continue }
            found.append((alert, kept))
        }
        return found
    }

    /// Returns once nothing waits to be explained, or all that waits has been tried.
    private func settled(_ harness: Harness, _ scope: OrganizationScope, tried: Bool = false) async throws {
        while let order = try await harness.stores.explanations.next(in: scope) {
            if tried, order.tryCount > 0 { return }
            await Task.yield()
        }
    }

    @Test func `each predicted alarm's explanation names the tag whose fault was planted, and its shares add up`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        // Each pump runs for a day before it wears, so that there is something usual of its windows.
        let live = SmallPlant.readings(days: 39..<40).filter { $0.asset == "p2" } + live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
            try await settled(harness, scope)
        }
        let found = try await explained(harness, scope)
        #expect(found.count >= 2)
        for (alert, stored) in found {
            let explanation = try #require(stored.explanation)
            #expect(explanation.absences.isEmpty, "\(explanation.absences)")
            #expect(explanation.quantity == .rawScore)
            #expect(explanation.tags.first?.name == "vibration")
            #expect(explanation.components.first?.name == "bearing")
            let score = try #require(explanation.score), base = try #require(explanation.baseValue)
            #expect(abs(explanation.tags.reduce(0) { $0 + $1.share } - (score - base)) < 1e-6)
            // The row is the very one, made again; its probability is the model's own of that score.
            let metadata = try #require(alert.transition.alarm.cause(from: .prediction)?.metadata)
            #expect(explanation.evidence?.isRowUnchanged == true)
            #expect(explanation.evidence?.rowDigest == metadata.evidence?.rowDigest)
            #expect(explanation.instant == metadata.instant && explanation.probability == metadata.probability)
            let sentence = try #require(explanation.sentence)
            #expect(sentence.hasPrefix("\(alert.transition.alarm.asset)'s bearing: vibration"), "\(sentence)")
            #expect(sentence.contains("usual"), "\(sentence)")
            let trend = try #require(explanation.trends.first)
            #expect(trend.tag == "vibration" && trend.points.last?.at == metadata.instant)
            #expect(trend.points.count > 2 && trend.usual != nil)
            let curve = try #require(explanation.survival)
            #expect(curve.steps.last?.failedBy == 1)
            #expect(curve.steps.map(\.failedBy) == curve.steps.map(\.failedBy).sorted())
            #expect(curve.p50Minutes == metadata.timeToFailureMinutes)
            #expect(explanation.reference?.source == .assetHistory)
        }
    }

    @Test func `shares of any row add up to the score less the base`() async throws {
        let artifact = try SmallPlant.artifact.get()
        let explainer = try RowExplainer(artifact)
        let golden = artifact.golden
        for row in 0..<golden.rowCount {
            let values = Array(golden.featureValues[row * golden.columnCount..<(row + 1) * golden.columnCount])
            let shares = try #require(try explainer.shares(of: values))
            #expect(abs(shares.features.reduce(0, +) - (shares.score - shares.baseValue)) < 1e-6)
        }
    }

    @Test func `a baseline's score is taken apart by its own parts, against what it learned is usual`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await harness.deployModel(SmallPlant.baseline, in: scope)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
            try await settled(harness, scope)
        }
        let found = try await explained(harness, scope)
        #expect(!found.isEmpty)
        for (_, stored) in found {
            let explanation = try #require(stored.explanation)
            #expect(explanation.quantity == .squaredDistance && explanation.reference?.source == .model)
            let score = try #require(explanation.score)
            #expect(abs(explanation.tags.reduce(0) { $0 + $1.share } - score) < 1e-6 * max(1, score))
            #expect(explanation.survival == nil)
            #expect(explanation.absences.map(\.part) == [.survival])
        }
        #expect(found.contains { $0.stored.explanation?.tags.first?.name == "vibration" })
    }

    @Test func `what fails says why and is tried again, also after a restart, and alarms never wait for it`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let path = harness.folder.path("models/\(scope.id)/\(version.hash).eaglemodel")
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live.prefix(4)), in: scope)
            try await lanes.settle(in: scope)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            try await lanes.push(Array(live.dropFirst(4)), in: scope)
            try await lanes.settle(in: scope)
            try await settled(harness, scope, tried: true)
        }
        let before = try await explained(harness, scope)
        #expect(before.count >= 2 && before.allSatisfy { $0.stored.explanation == nil && $0.stored.retryAt != nil })
        let reasons = before.compactMap(\.stored.reason)
        #expect(!reasons.isEmpty && reasons.allSatisfy { $0.contains("file is gone") }, "\(reasons)")
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        harness.time.advance(by: .seconds(3_600))
        try await harness.running { _ in try await settled(harness, scope) }
        let after = try await explained(harness, scope)
        #expect(after.count == before.count && after.allSatisfy { $0.stored.explanation?.sentence != nil })
        // Kept once: another start makes nothing anew.
        try await harness.running { _ in try await settled(harness, scope) }
        #expect(try await explained(harness, scope).map(\.stored) == after.map(\.stored))
    }

    @Test func `readings that were kept since, late ones among them, are no part of an explanation`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let path = harness.folder.path("models/\(scope.id)/\(version.hash).eaglemodel")
        let late = SmallPlant.readings(days: 40..<42).enumerated().filter { $0.offset % 7 == 3 }.map(\.element)
        let live = SmallPlant.readings(days: 40..<42).enumerated().filter { $0.offset % 7 != 3 }.map(\.element)
        try await harness.running { lanes in
            try await lanes.push([SmallPlant.reading(after: .t0 + .seconds(39 * 86_400))], in: scope)
            try await lanes.settle(in: scope)
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            // Each late row comes an hour after its time, after rows that were predicted without it.
            var waiting = late[...]
            for reading in live {
                while let first = waiting.first, first.instant + .seconds(3_600) <= reading.instant {
                    try await lanes.push([first], in: scope)
                    waiting = waiting.dropFirst()
                }
                try await lanes.push([reading], in: scope)
            }
            try await lanes.settle(in: scope)
        }
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        harness.time.advance(by: .seconds(7_200))
        try await harness.running { _ in try await settled(harness, scope) }
        let found = try await explained(harness, scope)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.stored.explanation?.evidence?.isRowUnchanged == true })
    }

    @Test func `a changed reading leaves no explanation of a row that never was`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let live = live
        try await harness.running { lanes in
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
            try await settled(harness, scope)
        }
        let found = try #require(try await explained(harness, scope).first)
        let alarm = found.alert.transition.alarm
        let metadata = try #require(alarm.cause(from: .prediction)?.metadata)
        try await harness.stores.database.transaction { transaction in
            _ = try transaction.execute(
                """
                UPDATE reading
                SET is_too_late = 1
                WHERE organization_id = \(scope.id.description) AND instant = \(metadata.instant.microseconds - 3_600_000_000)
                """
            )
        }
        let maker = ExplanationMaker(
            scope: scope,
            stores: harness.stores,
            registry: harness.registry,
            schemaTags: SchemaTags(harness.stores.schemas, scope: scope),
            work: BlockingWork(label: "test")
        )
        let explanation = try await maker.explanation(of: metadata, asset: alarm.asset)
        #expect(explanation.tags.isEmpty && explanation.sentence == nil && explanation.survival == nil)
        #expect(explanation.evidence?.isRowUnchanged == false)
        #expect(explanation.absences.map(\.part) == [.shares, .survival])
    }

    @Test func `another organization's readings of assets of the same names have no part in it`() async throws {
        let alone = try await Harness()
        let aloneScope = try await alone.organization()
        let both = try await Harness()
        let scope = try await both.organization()
        let other = try await both.organization("quarry")
        let live = live
        let strange = live.map { reading in
            Reading(asset: reading.asset, instant: reading.instant, values: reading.values.map { $0 * 3 + 1 })
        }
        try await alone.running { lanes in
            try await lanes.push(live, in: aloneScope)
            try await lanes.settle(in: aloneScope)
            try await settled(alone, aloneScope)
        }
        try await both.running { lanes in
            try await lanes.push(strange, in: other)
            try await lanes.push(live, in: scope)
            try await lanes.settle(in: scope)
            try await settled(both, scope)
        }
        let expected = Self.byRow(try await explained(alone, aloneScope))
        let found = Self.byRow(try await explained(both, scope))
        // Between an alarm's first prediction and its last it is chance which are explained before the next one comes.
        let common = Set(found.keys).intersection(expected.keys)
        #expect(!common.isEmpty)
        for row in common { #expect(found[row] == expected[row]) }
    }

    private static func byRow(_ found: [(alert: Alert, stored: StoredExplanation)]) -> [String: Explanation] {
        var rows: [String: Explanation] = [:]
        for (alert, stored) in found {
            guard let explanation = stored.explanation else { continue }
            rows["\(alert.transition.alarm.asset) at \(explanation.instant)"] = explanation
        }
        return rows
    }
}
