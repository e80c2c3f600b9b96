import Models
import Plant
import TestSupport
import Testing

/// Rivals that are better, worse and as good, on live rows that were made up.
@Suite(.timeLimit(.minutes(60))) struct LiveTrialTests {
    private static let day = Duration.seconds(86_400)
    /// How probable it is that an asset fails on a day.
    private static let rate = 0.01
    private static let rowsPerDay = 4

    /// Sees so many of ten failures a day ahead, each as a whole, and otherwise nothing; calibrated.
    private struct Watcher {
        let seesOfTen: Int

        func said(seeing sees: Bool) -> Double { sees ? 0.95 : LiveTrialTests.rate * (1 - Double(seesOfTen) / 10) }

        func sees(_ chance: inout SeededGenerator) -> Bool { Int.random(in: 0..<10, using: &chance) < seesOfTen }
    }

    /// Rows before failures that come at any hour of any day, judged block by block.
    private func trial(
        champion: Watcher,
        rival: Watcher,
        days: Int = 80,
        assets: Int = 30,
        seed: UInt64
    ) -> [TrialReport] {
        var chance = SeededGenerator(seed: seed)
        let rows = days * Self.rowsPerDay
        var pairs: [[LiveTrial.Pair]] = Array(repeating: [], count: rows)
        for asset in 0..<assets {
            var next: (row: Int, seen: (Bool, Bool))?
            for row in (0..<rows).reversed() {
                if Double.random(in: 0..<1, using: &chance) < Self.rate / Double(Self.rowsPerDay) {
                    next = (row + 1, (champion.sees(&chance), rival.sees(&chance)))
                }
                let coming = next.flatMap { $0.row - row <= Self.rowsPerDay ? $0 : nil }
                let minutes = coming.map { Double($0.row - row) * 360 }
                pairs[row].append(
                    LiveTrial.Pair(
                        asset: "pump \(asset)",
                        instant: .t0 + .seconds(row * 21_600),
                        champion: champion.said(seeing: coming?.seen.0 ?? false),
                        rival: rival.said(seeing: coming?.seen.1 ?? false),
                        label: minutes.map { .positive(minutesToFailure: $0, components: []) } ?? .negative
                    )
                )
            }
        }
        var trial = LiveTrial(since: .t0, horizon: Self.day)
        var reports: [TrialReport] = []
        while trial.settledAt <= .t0 + .seconds(days * 86_400) {
            let block = trial.nextBlock
            let first = Int((block.lowerBound - .t0).microseconds / 21_600_000_000)
            let end = Int((block.upperBound - .t0).microseconds / 21_600_000_000)
            let ofBlock = Array(pairs[first..<end].joined())
            trial.judge(ofBlock, championRowCount: ofBlock.count)
            reports.append(trial.report)
        }
        return reports
    }

    @Test func `a rival that is no better is hardly ever called better, whenever one looks`() {
        let watcher = Watcher(seesOfTen: 6)
        let called = (0..<150).count { seed in
            trial(champion: watcher, rival: watcher, seed: UInt64(seed)).contains { $0.outcome == .rivalIsBetter }
        }
        #expect(Double(called) <= 150 * LiveTrial.errorRateMax)
    }

    @Test func `a rival that sees more is called better, and never the champion`() throws {
        var won = 0
        for seed in 0..<20 {
            let reports = trial(
                champion: Watcher(seesOfTen: 3),
                rival: Watcher(seesOfTen: 9),
                days: 160,
                seed: UInt64(seed)
            )
            #expect(!reports.contains { $0.outcome == .championIsBetter })
            if reports.contains(where: { $0.outcome == .rivalIsBetter }) { won += 1 }
        }
        #expect(won >= 17)
    }

    @Test func `a rival that sees less loses to the champion`() {
        let lost = (0..<20).count { seed in
            trial(champion: Watcher(seesOfTen: 9), rival: Watcher(seesOfTen: 3), days: 160, seed: UInt64(seed))
                .contains { $0.outcome == .championIsBetter }
        }
        #expect(lost >= 17)
    }

    @Test func `a rival that never warns does not win a time without failures`() {
        var trial = LiveTrial(since: .t0, horizon: Self.day)
        for _ in 0..<400 {
            let pairs = (0..<30).map {
                LiveTrial.Pair(
                    asset: "pump \($0)",
                    instant: trial.nextBlock.lowerBound,
                    champion: 0.2,
                    rival: 0,
                    label: .negative
                )
            }
            trial.judge(pairs, championRowCount: pairs.count)
        }
        #expect(trial.report.evidenceForRival > trial.report.neededEvidence && trial.report.outcome == .undecided)
    }

    @Test func `nothing is decided before enough failures were seen`() {
        let reports = trial(
            champion: Watcher(seesOfTen: 1),
            rival: Watcher(seesOfTen: 10),
            assets: 400,
            seed: 7
        )
        for report in reports where report.failures < LiveTrial.failuresMin { #expect(report.outcome == .undecided) }
        #expect(reports.last?.outcome == .rivalIsBetter)
    }

    @Test func `rows that the rival did not predict can't hide: their block is left out and counted`() {
        var trial = LiveTrial(since: .t0, horizon: Self.day)
        let pair = LiveTrial.Pair(asset: "a", instant: .t0, champion: 0.5, rival: 0.1, label: .negative)
        trial.judge([pair], championRowCount: 2)
        #expect(trial.report.skippedBlocks == 1 && trial.report.rows == 0)
        #expect(trial.report.evidenceForRival <= 1)
        trial.judge([pair], championRowCount: 1)
        #expect(trial.report.blocks == 1 && trial.report.rivalBrier == 0.1 * 0.1)
    }

    @Test func `rows whose outcome nobody knows judge nobody, and no rows at all are no evidence`() {
        var trial = LiveTrial(since: .t0, horizon: Self.day)
        trial.judge(
            [LiveTrial.Pair(asset: "a", instant: .t0, champion: 0.5, rival: 0.1, label: .unknown)],
            championRowCount: 1
        )
        trial.judge([], championRowCount: 0)
        #expect(trial.report.blocks == 0 && trial.report.rows == 0 && trial.report.championBrier == nil)
        #expect(trial.report.until == .t0 + .seconds(8 * 86_400))
    }

    @Test func `a block has four horizons, a day at least, and its last one's rows are left out`() {
        let hourly = LiveTrial(since: .t0, horizon: .seconds(3_600))
        #expect(hourly.nextBlock == .t0..<(.t0 + .seconds(23 * 3_600)))
        #expect(hourly.settledAt == .t0 + Self.day)
        let weekly = LiveTrial(since: .t0, horizon: .seconds(7 * 86_400))
        #expect(weekly.nextBlock == .t0..<(.t0 + .seconds(21 * 86_400)))
        #expect(weekly.settledAt == .t0 + .seconds(28 * 86_400))
    }

    @Test func `a fortune multiplied by 20 is rare where there is nothing to win`() {
        var chance = SeededGenerator(seed: 5)
        let rich = (0..<400).count { _ in
            var test = SequentialTest()
            return (0..<200).contains { _ in
                // Skewed: many small gains, few large losses, none on average.
                test.observe(Int.random(in: 0..<10, using: &chance) == 0 ? -0.9 : 0.1)
                return test.evidence >= 20
            }
        }
        #expect(rich <= 20)
    }

    @Test func `evidence never overflows`() {
        var test = SequentialTest()
        for _ in 0..<5_000 { test.observe(5) }
        #expect(test.evidence == 1e300)
        for _ in 0..<10_000 { test.observe(-1) }
        #expect(test.evidence >= 0 && test.evidence < 1)
    }

    @Test(arguments: [
        (0.5, 0.1, 9, ModelAlias.challenger, 10, "goOn"),
        (25, 0.1, 9, .challenger, 10, "promote"),
        (25, 0.1, 9, .predecessor, 10, "promote"),
        (0.1, 25, 9, .challenger, 10, "retire"),
        (0.1, 25, 9, .predecessor, 10, "retire"),
        (0.5, 0.1, 10, .challenger, 10, "retire"),
        (0.5, 0.1, 10, .predecessor, 10, "retire"),
    ])
    func `a rival goes on until it is decided or its time is over`(
        forRival: Double,
        forChampion: Double,
        days: Int,
        alias: ModelAlias,
        daysMax: Int,
        expected: String
    ) {
        let report = TrialReport(
            since: .t0,
            until: .t0 + .seconds(days * 86_400),
            blocks: days,
            skippedBlocks: 0,
            rows: 100,
            failures: 9,
            neededFailures: 5,
            championBrier: 0.1,
            rivalBrier: 0.05,
            evidenceForRival: forRival,
            evidenceForChampion: forChampion,
            neededEvidence: 20
        )
        let decision = PromotionPolicy.decide(report, as: alias, daysMax: daysMax)
        #expect("\(decision)".hasPrefix(expected))
    }
}
