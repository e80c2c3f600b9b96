import Features
import Plant
import Testing

@Suite struct ReferenceTests {
    @Test(arguments: [0, 1, 10, 60, 45, 400])
    func `features equal their definitions`(sampleEverySeconds: Int) {
        for seed in UInt64(1)...3 {
            let plant = RandomPlant(seed: seed, rows: 250, sampleEverySeconds: sampleEverySeconds)
            var engine = FeatureEngine(view: plant.view, predictEverySeconds: 0, allowedLateness: .seconds(100))
            let reference = ReferenceFeatures(view: plant.view, samples: plant.samples)
            var computed: [[Float]] = []
            var expected: [[Double]] = []
            for (index, sample) in plant.samples.enumerated() {
                guard case .newest(let row?) = engine.insert(sample) else { continue }
                computed.append(row.values)
                expected.append(reference.features(at: index))
            }
            #expect(computed.count > 150)
            #expect(differences(computed, expected, names: plant.view.featureNames) == [])
        }
    }

    @Test func `a short staleness and instants before 1970 change nothing about it`() {
        let plant = RandomPlant(seed: 9, rows: 250, staleAfterSeconds: 3)
        let early = plant.samples.map { sample in
            Sample(asset: "m1", instant: sample.instant - .seconds(1_700_000_000), values: sample.values)
        }
        var engine = FeatureEngine(view: plant.view, predictEverySeconds: 0, allowedLateness: .zero)
        var matrix = FeatureMatrix(columnCount: plant.view.count)
        let reference = ReferenceFeatures(view: plant.view, samples: early)
        var expected: [[Double]] = []
        for (index, sample) in early.enumerated() where engine.insert(sample, into: &matrix) == .row {
            expected.append(reference.features(at: index))
        }
        let computed = (0..<matrix.rowCount).map { Array(matrix[$0]) }
        #expect(differences(computed, expected, names: plant.view.featureNames) == [])
    }

    /// The bucket from 51 s to 68 s lies across the block's start at 60 s, and its sample has left when the next comes.
    @Test func `a bucket across the start of a block is no trouble`() {
        var schema = SignalSchema(organization: "northwind", continuousColumns: ["x", "y"], rollingWindows: [60])
        schema.sampleEverySeconds = 17
        let view = FeatureView(schema: schema)
        let rows: [(Int64, Double)] = [(0, 1), (17, 2), (34, 3), (59, 4), (60, .nan), (119, 5), (119, 6), (140, 7)]
        let samples = rows.map { Sample(asset: "m1", instant: Instant(seconds: $0.0), values: [$0.1, 1]) }
        var engine = FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: .zero)
        var matrix = FeatureMatrix(columnCount: view.count)
        for sample in samples { _ = engine.insert(sample, into: &matrix) }
        let reference = ReferenceFeatures(view: view, samples: samples)
        let computed = (0..<matrix.rowCount).map { Array(matrix[$0]) }
        let expected = reference.rows.indices.map { reference.features(at: $0) }
        #expect(computed.count == 7)
        #expect(differences(computed, expected, names: view.featureNames) == [])
    }
}
