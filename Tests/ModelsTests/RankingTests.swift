import Models
import TestSupport
import Testing

@Suite struct RankingTests {
    /// Straight from the definitions: all pairs, and precision at each threshold.
    private func reference(_ probabilities: [Double], _ outcomes: [Bool]) -> (roc: Double, pr: Double) {
        let positives = probabilities.indices.filter { outcomes[$0] }
        let negatives = probabilities.indices.filter { !outcomes[$0] }
        var concordant = 0.0
        for positive in positives {
            for negative in negatives {
                if probabilities[positive] > probabilities[negative] { concordant += 1 }
                if probabilities[positive] == probabilities[negative] { concordant += 0.5 }
            }
        }
        var precision = 0.0
        var recallBefore = 0.0
        for threshold in Set(probabilities).sorted(by: >) {
            let named = probabilities.indices.filter { probabilities[$0] >= threshold }
            let right = named.count { outcomes[$0] }
            let recall = Double(right) / Double(positives.count)
            precision += (recall - recallBefore) * Double(right) / Double(named.count)
            recallBefore = recall
        }
        return (concordant / Double(positives.count * negatives.count), precision)
    }

    @Test(arguments: 0..<20)
    func `areas equal those counted pair by pair and threshold by threshold, ties included`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let outcomes = [true, false] + (0..<80).map { _ in Double.random(in: 0...1, using: &generator) < 0.2 }
        let probabilities = outcomes.map { outcome in
            (Double.random(in: 0...1, using: &generator) * 12 + (outcome ? 3 : 0)).rounded() / 15
        }
        let ranking = Ranking(probabilities: probabilities, outcomes: outcomes)
        let expected = reference(probabilities, outcomes)
        #expect(abs(try #require(ranking.rocAUC) - expected.roc) < 1e-12)
        #expect(abs(try #require(ranking.prAUC) - expected.pr) < 1e-12)
    }

    @Test func `what can't be judged is nil`() throws {
        let none = Ranking(probabilities: [], outcomes: [])
        #expect(none.rocAUC == nil && none.prAUC == nil && none.brier == nil && none.ece == nil)
        let onlyHealthy = Ranking(probabilities: [0.1, 0.2], outcomes: [false, false])
        #expect(onlyHealthy.rocAUC == nil && onlyHealthy.prAUC == nil)
        #expect(abs(try #require(onlyHealthy.brier) - 0.025) < 1e-15)
        let strange = Ranking(probabilities: [0.1, .nan, 0.3], outcomes: [false, true, false])
        #expect(strange.rows == 3 && strange.positives == 1)
        #expect(strange.rocAUC == nil && strange.prAUC == nil && strange.brier == nil && strange.ece == nil)
    }

    @Test func `the calibration error weighs each bin's gap by its rows`() throws {
        // Bin 0: mean .05, no positives; bin 9: mean .95, half positives.
        let ranking = Ranking(probabilities: [0.05, 0.05, 0.95, 0.95], outcomes: [false, false, true, false])
        let error = try #require(ranking.ece)
        #expect(abs(error - 0.25) < 1e-12)
    }
}
