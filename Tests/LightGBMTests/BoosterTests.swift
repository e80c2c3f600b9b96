import Foundation
import LightGBM
import Testing

@Suite struct BoosterTests {
    let library: LightGBMLibrary

    init() throws { library = try LightGBMLibrary.load() }

    @Test func `a booster learns to tell the classes apart, also on rows that it never saw`() throws {
        let training = SmallTraining(seed: 1)
        let dataset = try training.dataset(library)
        var booster = try Booster(training: dataset, parameters: SmallTraining.parameters)
        try booster.addValidation(try SmallTraining(seed: 2).dataset(binnedAs: dataset))
        var losses: [Double] = []
        for _ in 0..<30 {
            guard try !booster.update() else { break }
            let evaluations = try booster.evaluations(ofValidation: 0)
            #expect(evaluations.map(\.metric) == ["binary_logloss", "auc"])
            losses.append(evaluations[0].value)
        }
        #expect(losses.count == 30)
        #expect(try #require(losses.last) < 0.5 * losses[0])
        #expect(try booster.evaluations(ofValidation: 0)[1].value > 0.97)
        #expect(try booster.iterationCount == 30)
    }

    @Test func `its text makes the same booster`() throws {
        let training = SmallTraining()
        let booster = try training.booster(library, iterations: 12)
        let read = try Booster(library, modelText: try booster.modelText())
        #expect(try read.featureCount == 3)
        #expect(try read.classCount == 1)
        let expected = try booster.predict(.rawScore, values: training.values, rows: training.rows, columns: 3)
        let actual = try read.predict(.rawScore, values: training.values, rows: training.rows, columns: 3)
        #expect(expected == actual)
        #expect(Set(expected).count > 50)
    }

    @Test func `a part of the iterations predicts as a text of that part`() throws {
        let training = SmallTraining()
        let booster = try training.booster(library, iterations: 12)
        let part = try Booster(library, modelText: try booster.modelText(iterations: 5))
        #expect(try part.iterationCount == 5)
        let expected = try booster.predict(.rawScore, values: training.values, rows: 400, columns: 3, iterations: 5)
        #expect(try part.predict(.rawScore, values: training.values, rows: 400, columns: 3) == expected)
        #expect(try booster.predict(.rawScore, values: training.values, rows: 400, columns: 3) != expected)
    }

    @Test func `contributions add up to the raw score`() throws {
        let training = SmallTraining()
        let booster = try training.booster(library, iterations: 12)
        let scores = try booster.predict(.rawScore, values: training.values, rows: 400, columns: 3)
        let shares = try booster.predict(.contributions, values: training.values, rows: 400, columns: 3)
        try #require(shares.count == 400 * 4)
        for row in 0..<400 {
            #expect(abs(shares[row * 4..<(row + 1) * 4].reduce(0, +) - scores[row]) < 1e-9)
        }
    }

    @Test func `the response is the raw score's logistic`() throws {
        let training = SmallTraining()
        let booster = try training.booster(library, iterations: 3)
        let scores = try booster.predict(.rawScore, values: training.values, rows: 400, columns: 3)
        let responses = try booster.predict(.response, values: training.values, rows: 400, columns: 3)
        for (score, response) in zip(scores, responses) { #expect(abs(response - 1 / (1 + exp(-score))) < 1e-12) }
    }

    @Test func `leaf indices name one leaf of each tree`() throws {
        let training = SmallTraining()
        let booster = try training.booster(library, iterations: 3)
        let leaves = try booster.predict(.leafIndices, values: training.values, rows: 400, columns: 3)
        #expect(leaves.count == 400 * 3)
        #expect(Set(leaves).isSubset(of: Set((0..<7).map(Double.init))))
    }

    @Test func `the column that says nothing gains the least`() throws {
        let gains = try SmallTraining().booster(library, iterations: 12).gains()
        try #require(gains.count == 3)
        #expect(gains[2] < 0.1 * min(gains[0], gains[1]))
    }

    @Test func `the same rows, parameters and seed grow the same text`() throws {
        let first = try SmallTraining().booster(library, iterations: 8).modelText()
        let second = try SmallTraining().booster(library, iterations: 8).modelText()
        #expect(first == second)
    }

    @Test func `weights move what is learned`() throws {
        let training = SmallTraining()
        var dataset = try training.dataset(library)
        try dataset.setWeights(training.labels.map { $0 == 1 ? 10 : 1 })
        var booster = try Booster(training: dataset, parameters: SmallTraining.parameters)
        _ = try booster.update()
        let weighted = try booster.predict(.response, values: training.values, rows: 400, columns: 3)
        let plain = try training.booster(library, iterations: 1)
            .predict(.response, values: training.values, rows: 400, columns: 3)
        #expect(weighted.reduce(0, +) > plain.reduce(0, +) + 40)
    }

    @Test func `labels that no tree can split end the training`() throws {
        var training = SmallTraining(rows: 30)
        training.labels = [Float](repeating: 0, count: 30)
        var booster = try Booster(training: try training.dataset(library), parameters: SmallTraining.parameters)
        #expect(try booster.update())
    }

    @Test func `no rows give no predictions`() throws {
        let booster = try SmallTraining().booster(library, iterations: 2)
        #expect(try booster.predict(.rawScore, values: [], rows: 0, columns: 3) == [])
    }

    @Test func `several threads may predict with one booster`() async throws {
        let training = SmallTraining()
        let booster = Shared(try training.booster(library, iterations: 12))
        let expected = try booster.value.predict(.rawScore, values: training.values, rows: 400, columns: 3)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try booster.value.predict(.rawScore, values: training.values, rows: 400, columns: 3) == expected
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }
}

private final class Shared: Sendable {
    let value: Booster
    init(_ value: consuming Booster) { self.value = value }
}
