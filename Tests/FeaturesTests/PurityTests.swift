import Features
import Foundation
import Plant
import Testing

/// Every feature is a function of the set of samples at or before its row, bit for bit.
@Suite struct PurityTests {
    struct Settings: Sendable, CustomTestStringConvertible {
        let sampleEvery: Int
        let predictEvery: Int
        let lateness: Int

        var testDescription: String { "sampled \(sampleEvery), predicting \(predictEvery), lateness \(lateness)" }

        static let all = [
            Settings(sampleEvery: 0, predictEvery: 0, lateness: 40),
            Settings(sampleEvery: 0, predictEvery: 0, lateness: 400),
            Settings(sampleEvery: 10, predictEvery: 0, lateness: 40),
            Settings(sampleEvery: 45, predictEvery: 30, lateness: 100),
            Settings(sampleEvery: 0, predictEvery: 20, lateness: 60),
            Settings(sampleEvery: 60, predictEvery: 3_600, lateness: 30),
            Settings(sampleEvery: 400, predictEvery: 7, lateness: 5),
        ]
    }

    private func engine(_ view: FeatureView, _ settings: Settings) -> FeatureEngine {
        FeatureEngine(
            view: view,
            predictEverySeconds: settings.predictEvery,
            allowedLateness: .seconds(settings.lateness)
        )
    }

    @Test(arguments: Settings.all)
    func `any order of arrival within the lateness gives the same bits`(settings: Settings) {
        for seed in UInt64(10)...14 {
            let plant = RandomPlant(seed: seed, rows: 150, sampleEverySeconds: settings.sampleEvery)
            var inOrder = engine(plant.view, settings)
            let expected = inOrder.standing(after: plant.samples)
            var generator = SeededGenerator(seed: seed &* 31)
            let arrivals = plant.shuffled(lateness: .seconds(settings.lateness), using: &generator)
            var shuffled = engine(plant.view, settings)
            #expect(shuffled.standing(after: arrivals).rows == expected.rows)
        }
    }

    @Test(arguments: Settings.all)
    func `a restart anywhere gives the same bits`(settings: Settings) throws {
        for seed in UInt64(20)...23 {
            let plant = RandomPlant(seed: seed, rows: 150, sampleEverySeconds: settings.sampleEvery)
            var inOrder = engine(plant.view, settings)
            let expected = inOrder.standing(after: plant.samples)
            var generator = SeededGenerator(seed: seed &* 37)
            let arrivals = plant.shuffled(lateness: .seconds(settings.lateness), using: &generator)
            var running = engine(plant.view, settings)
            var standing = StandingRows()
            for (index, sample) in arrivals.enumerated() {
                standing.take(running.insert(sample), of: sample)
                guard Int.random(in: 0..<8, using: &generator) == 0 else { continue }
                let memory = try #require(running.memory(of: "m1"))
                let from = running.retainedFrom(memory)
                let kept = arrivals[...index].filter { $0.instant >= from }.sorted { $0.instant < $1.instant }
                let written = try JSONEncoder().encode(memory)
                running = engine(plant.view, settings)
                running.restore(
                    asset: "m1",
                    memory: try JSONDecoder().decode(AssetMemory.self, from: written),
                    samples: kept
                )
                guard case .repeated = running.insert(sample) else {
                    Issue.record("a row was not known any more after the restart")
                    return
                }
            }
            #expect(standing.rows == expected.rows)
        }
    }

    @Test(arguments: [0, 10])
    func `later rows never change earlier features`(sampleEverySeconds: Int) {
        let plant = RandomPlant(seed: 30, rows: 200, sampleEverySeconds: sampleEverySeconds)
        let settings = Settings(sampleEvery: sampleEverySeconds, predictEvery: 0, lateness: 0)
        var whole = engine(plant.view, settings)
        let expected = whole.standing(after: plant.samples)
        var generator = SeededGenerator(seed: 30)
        for cut in stride(from: 5, to: 200, by: 15) {
            let changed = plant.samples[cut...].filter { _ in Bool.random(using: &generator) }.map { sample in
                Sample(asset: "m1", instant: sample.instant, values: sample.values.map { $0 == 0 ? 1 : $0 * -3 })
            }
            var other = engine(plant.view, settings)
            let standing = other.standing(after: plant.samples[..<cut] + changed)
            let before = plant.samples[cut].instant
            #expect(standing.rows.filter { $0.key < before } == expected.rows.filter { $0.key < before })
        }
    }

    @Test func `rows that come late, repeat and conflict leave the state as if they had come in order once`() {
        let settings = Settings(sampleEvery: 0, predictEvery: 0, lateness: 60)
        let plant = RandomPlant(seed: 40, rows: 200)
        var inOrder = engine(plant.view, settings)
        let expected = inOrder.standing(after: plant.samples)
        var generator = SeededGenerator(seed: 40)
        let arrivals = plant.shuffled(lateness: .seconds(60), using: &generator)
        var disturbed: [Sample] = []
        for (index, sample) in arrivals.enumerated() {
            disturbed.append(sample)
            let again = arrivals[Int.random(in: 0...index, using: &generator)]
            let isConflict = Bool.random(using: &generator)
            let values = isConflict ? again.values.map { $0 + 1 } : again.values
            disturbed.append(Sample(asset: "m1", instant: again.instant, values: values))
        }
        var engine = engine(plant.view, settings)
        #expect(engine.standing(after: disturbed).rows == expected.rows)
    }
}
