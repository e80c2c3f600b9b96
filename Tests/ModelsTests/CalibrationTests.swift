import Foundation
import Models
import TestSupport
import Testing

@Suite struct CalibrationTests {
    private func scores(seed: UInt64, count: Int) -> (scores: [Double], outcomes: [Bool]) {
        var generator = SeededGenerator(seed: seed)
        let scores = (0..<count).map { _ in Double.random(in: -6...4, using: &generator) }
        let outcomes = scores.map { Double.random(in: 0...1, using: &generator) < 1 / (1 + exp(-(0.7 * $0 - 1))) }
        return (scores, outcomes)
    }

    @Test func `Platt finds the slope and intercept that made the outcomes`() {
        let (scores, outcomes) = scores(seed: 1, count: 20_000)
        let calibration = PlattCalibration(fitting: scores, outcomes: outcomes)
        #expect(abs(calibration.slope - 0.7) < 0.03)
        #expect(abs(calibration.intercept + 1) < 0.05)
    }

    @Test func `Platt's fit is where the gradient of the smoothed loss vanishes`() {
        let (scores, outcomes) = scores(seed: 2, count: 500)
        let calibration = PlattCalibration(fitting: scores, outcomes: outcomes)
        let positives = Double(outcomes.count(where: \.self))
        let negatives = Double(outcomes.count) - positives
        var gradient = (slope: 0.0, intercept: 0.0)
        for (score, outcome) in zip(scores, outcomes) {
            let target = outcome ? (positives + 1) / (positives + 2) : 1 / (negatives + 2)
            let difference = calibration.probability(ofScore: score) - target
            gradient.slope += score * difference
            gradient.intercept += difference
        }
        #expect(abs(gradient.slope) < 1e-5)
        #expect(abs(gradient.intercept) < 1e-5)
    }

    @Test func `scores of one outcome, or that rank the wrong way, are left as they are`() {
        #expect(PlattCalibration(fitting: [1, 2, 3], outcomes: [true, true, true]) == .identity)
        #expect(PlattCalibration(fitting: [1, 2, 3, 4], outcomes: [true, true, false, false]) == .identity)
    }

    /// Isotonic regression by its max-min formula (Barlow and others 1972), a score at a time.
    private func isotonic(_ pairs: [(score: Double, target: Double)], at score: Double) -> Double {
        let values = Set(pairs.map(\.score)).sorted()
        let sums = values.map { value in pairs.filter { $0.score == value }.map(\.target).reduce(0, +) }
        let counts = values.map { value in Double(pairs.count { $0.score == value }) }
        guard let place = values.firstIndex(of: score) else { return .nan }
        return (0...place).map { start in
            (place..<values.count).map { end in
                sums[start...end].reduce(0, +) / counts[start...end].reduce(0, +)
            }.min() ?? .nan
        }.max() ?? .nan
    }

    @Test(arguments: 0..<10)
    func `the Venn-Abers interval is the isotonic fit with the row added both ways`(seed: Int) throws {
        let drawn = scores(seed: UInt64(seed), count: 60)
        // Every other time with ties.
        let scores = seed.isMultiple(of: 2) ? drawn.scores : drawn.scores.map { $0.rounded() }
        let outcomes = drawn.outcomes
        let table = try #require(VennAbers(fitting: scores, outcomes: outcomes))
        let pairs = zip(scores, outcomes).map { (score: $0, target: $1 ? 1.0 : 0) }
        for (index, score) in table.scores.enumerated() {
            #expect(abs(table.lower[index] - isotonic(pairs + [(score, 0)], at: score)) < 1e-12)
            #expect(abs(table.upper[index] - isotonic(pairs + [(score, 1)], at: score)) < 1e-12)
        }
    }

    @Test func `confidence lies in 0...1 everywhere, and grows with the rows seen`() throws {
        var means: [Double] = []
        for count in [30, 3_000] {
            let (scores, outcomes) = scores(seed: 4, count: count)
            let table = try #require(VennAbers(fitting: scores, outcomes: outcomes))
            let confidences = stride(from: -10.0, through: 10, by: 0.1).map { table.confidence(atScore: $0) }
            #expect(confidences.allSatisfy { (0...1).contains($0) })
            means.append(confidences.reduce(0, +) / Double(confidences.count))
        }
        #expect(means[0] < means[1])
    }

    @Test func `without rows there is no interval, nor with a score that is no number`() {
        #expect(VennAbers(fitting: [], outcomes: []) == nil)
        #expect(VennAbers(fitting: [1, .nan, 2], outcomes: [true, false, true]) == nil)
        #expect(VennAbers(fitting: [1, .infinity], outcomes: [true, false]) == nil)
    }

    @Test func `scores that are no numbers calibrate nothing`() {
        #expect(PlattCalibration(fitting: [1, .nan, 2], outcomes: [true, false, true]) == .identity)
        #expect(PlattCalibration(fitting: [5, 5, 5], outcomes: [true, false, true]) == .identity)
    }

    @Test(arguments: [
        #"{"scores":[],"lower":[],"upper":[]}"#, #"{"scores":[1,2],"lower":[0],"upper":[1]}"#,
        #"{"scores":[2,1],"lower":[0,0],"upper":[1,1]}"#, #"{"scores":[1],"lower":[0.6],"upper":[0.4]}"#,
        #"{"scores":[1],"lower":[0],"upper":[7]}"#,
    ])
    func `a table that is none is refused when it is read`(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(VennAbers.self, from: Data(json.utf8)) }
    }

    @Test func `a calibration that falls is refused when it is read`() {
        let json = Data(#"{"slope":-1,"intercept":0}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(PlattCalibration.self, from: json) }
    }
}
