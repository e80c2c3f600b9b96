import Alarms
import Features
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite struct UsualRowsTests {
    /// What the figures of a furnace's last row usually are: there is one row a minute, and once an hour its door opens.
    private struct Furnace {
        let figures: PastFigures
        let facts: [FeatureFact]

        /// A furnace that was connected so many minutes ago; from a minute on its door tells whether it is open.
        init(minutes: Int, doorFrom: Int = 0) throws {
            let schema = SignalSchema(
                organization: "harbor",
                continuousColumns: ["pressure"],
                booleanColumns: ["door"],
                rollingWindows: [3_600, 86_400]
            )
            let view = FeatureView(schema: schema)
            let instant = Instant.t0 + .seconds(minutes * 60)
            let pass = PastPass(
                FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: .zero),
                from: .t0 - .seconds(30 * 86_400),
                upTo: instant,
                recentFrom: .distantFuture
            )
            let page = (0...minutes).map { minute in
                StoredReading(
                    sequence: Int64(minute + 1),
                    schemaVersion: 1,
                    isTooLate: false,
                    reading: Reading(
                        asset: "furnace",
                        instant: .t0 + .seconds(minute * 60),
                        values: [5, minute < doorFrom ? .nan : minute % 60 == 30 ? 1 : 0]
                    )
                )
            }
            pass.add(page, tags: [1: view.tags])
            var manifest = PressureStump.manifest(view)
            manifest.horizonMinutes = 1_440
            figures = try PastFigures(past: pass.past, manifest: manifest, row: #require(pass.past.row))
            let shares = [Double](repeating: 1, count: view.count)
            facts = figures.facts(
                ScoreShares(quantity: .rawScore, baseValue: 0, score: 0, features: shares),
                countMax: view.count
            )
        }

        func fact(_ feature: String) throws -> FeatureFact { try #require(facts.first { $0.feature == feature }) }
    }

    @Test func `what is usual is not told by rows whose windows were not full yet`() throws {
        let furnace = try Furnace(minutes: 26 * 60)
        let rises = try furnace.fact("door_rises_86400s")
        #expect(rises.value == 24 && rises.usual?.median == 24 && rises.since == nil)
        // The rows before the horizon tell of what needs no day, as ever.
        #expect(try furnace.fact("pressure").usual?.count == 120)
        #expect(try furnace.fact("door_fraction_3600s").usual?.count == 60)
        let sentence = ExplanationSentence.text(
            asset: "Furnace",
            component: nil,
            facts: [rises],
            meanings: Dictionary(
                uniqueKeysWithValues: zip(
                    furnace.figures.manifest.view.featureNames,
                    furnace.figures.manifest.view.meanings
                )
            ),
            at: furnace.figures.row.instant
        )
        #expect(sentence == "Furnace: door came on 24 times over the last 24 h, usually 24")
        let reference = try #require(furnace.figures.reference(of: [rises]))
        #expect(reference.from == .t0 + .seconds(86_400) && reference.rowCount == 120)
    }

    @Test func `where too few rows have full windows nothing is usual of these, and of the others it is`() throws {
        let furnace = try Furnace(minutes: 24 * 60 + 10)
        let rises = try furnace.fact("door_rises_86400s")
        #expect(rises.value == 24 && rises.usual == nil && rises.since == nil)
        #expect(furnace.figures.reference(of: [rises]) == nil)
        #expect(try furnace.fact("door").usual != nil)
        #expect(try furnace.fact("door_rises_3600s").usual?.median == 1)
    }

    @Test func `of a tag that came later than its asset windows are full later`() throws {
        let furnace = try Furnace(minutes: 50 * 60, doorFrom: 30 * 60)
        #expect(try furnace.fact("door_rises_86400s").usual == nil)
        #expect(try furnace.fact("door_rises_3600s").usual?.median == 1)
        #expect(try furnace.fact("pressure_mean_86400s").usual?.median == 5)
    }
}
