import Models
import Plant
import TestSupport
import Testing

@Suite struct ModelReportTests {
    private func report(_ points: [ModelReport.OperatingPoint], failures: Int) -> ModelReport {
        let end = Instant.t0 + .seconds(14 * 86_400)
        let events = (1...failures).map { FailureEvent(asset: "a", start: .t0 + .seconds($0 * 86_400)) }
        let watch = EpisodeEvaluation.Watch(
            spans: ["a": .t0...end],
            history: FailureHistory(failures: events, latestRow: end),
            horizon: .seconds(3_600)
        )
        let none = EpisodeEvaluation(raises: [], over: watch, costs: .init(missedFailure: 1, falseAlarm: 1))
        return ModelReport(
            basis: ModelReport.Basis(
                kind: .untouched,
                from: .t0,
                until: end,
                assets: 2,
                assetWeeks: 4
            ),
            quality: .judged,
            judgedFailures: failures,
            neededFailures: 10,
            threshold: 0.5,
            missedFailureCost: 50,
            falseAlarmCost: 1,
            ranking: Ranking(probabilities: [], outcomes: []),
            intervals: ModelReport.Intervals(prAUC: nil, rocAUC: nil, brier: nil, eventRecall: nil),
            episodes: none,
            precisionRecall: [],
            calibration: [],
            operatingPoints: points,
            leadMinutes: [],
            timeCoverage: nil
        )
    }

    @Test func `other costs choose another threshold, and say what it would have done`() throws {
        let report = report(
            [
                ModelReport.OperatingPoint(threshold: 0.1, alarms: 60, caught: 10, falseAlarms: 50),
                ModelReport.OperatingPoint(threshold: 0.5, alarms: 12, caught: 8, falseAlarms: 4),
                ModelReport.OperatingPoint(threshold: 0.9, alarms: 5, caught: 5, falseAlarms: 0),
            ],
            failures: 10
        )
        let dear = try #require(report.whatIf(missedFailureCost: 100, falseAlarmCost: 1))
        #expect(dear.threshold == 0.1)
        #expect(dear.missed == 0)
        #expect(dear.expectedCost == 50)
        #expect(dear.costWithoutModel == 1_000)
        #expect(dear.alarmsPerWeek == 30)
        let balanced = try #require(report.whatIf(missedFailureCost: 10, falseAlarmCost: 2))
        #expect(balanced.threshold == 0.5)
        #expect(balanced.expectedCost == 28)
        let cheap = try #require(report.whatIf(missedFailureCost: 1, falseAlarmCost: 10))
        #expect(cheap.threshold == 0.9)
        #expect(cheap.falseAlarmsPerWeek == 0)
        let asked = report.whatIf(threshold: 0.4, missedFailureCost: 10, falseAlarmCost: 2)
        #expect(asked?.threshold == 0.5)
    }

    @Test func `an interval over redrawn blocks holds the figure, and is wider for fewer blocks`() throws {
        var generator = SeededGenerator(seed: 8)
        func interval(days: Int) throws -> (Interval, Double) {
            let rows = (0..<days * 24).map { hour in
                TrainingSet.Row(
                    asset: "a",
                    instant: .t0 + .seconds(hour * 3_600),
                    label: hour / 24 % 5 == 0 ? .positive(minutesToFailure: 1, components: []) : .negative
                )
            }
            let outcomes = rows.map(\.label.isPositive)
            let ranked = RankedRows(
                probabilities: outcomes.map { ($0 ? 0.4 : 0.2) + Double.random(in: 0...0.5, using: &generator) },
                outcomes: outcomes
            )
            let draws = BlockBootstrap(rows: rows, length: .seconds(86_400))
                .draws { ranked.figures(weights: $0).rocAUC }
            return (try #require(Interval(of: draws)), try #require(ranked.figures().rocAUC))
        }
        let (few, auc) = try interval(days: 20)
        let (many, _) = try interval(days: 400)
        #expect(few.contains(auc))
        #expect(few.high - few.low > many.high - many.low)
        let wilson = try #require(Interval(share: 8, of: 10))
        // Wilson 1927 at z = 1.6449.
        #expect(abs(wilson.low - 0.541) < 0.001)
        #expect(abs(wilson.high - 0.9314) < 0.001)
    }

    @Test func `weights count a row as often as they say`() throws {
        let (probabilities, outcomes) = ([0.9, 0.8, 0.7, 0.3], [true, false, true, false])
        let weighted = RankedRows(probabilities: probabilities, outcomes: outcomes)
        let repeated = RankedRows(
            probabilities: [0.9, 0.9, 0.8, 0.7, 0.7, 0.7],
            outcomes: [true, true, false, true, true, true]
        )
        let weights = [2.0, 1, 3, 0]
        let (figures, expected) = (weighted.figures(weights: weights), repeated.figures())
        #expect(abs(try #require(figures.prAUC) - (try #require(expected.prAUC))) < 1e-15)
        #expect(abs(try #require(figures.rocAUC) - (try #require(expected.rocAUC))) < 1e-15)
        #expect(abs(try #require(figures.brier) - (try #require(expected.brier))) < 1e-15)
    }
}
