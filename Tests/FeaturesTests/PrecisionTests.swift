import Features
import Plant
import Testing

@Suite struct PrecisionTests {
    @Test func `values like 850 +- 0.05 keep their digits over tens of thousands of samples`() throws {
        let rows = 100_000
        let schema = SignalSchema(organization: "northwind", continuousColumns: ["x"], rollingWindows: [75_000])
        let view = FeatureView(schema: schema)
        var engine = FeatureEngine(view: view, predictEverySeconds: 25_000, allowedLateness: .zero)
        var generator = SeededGenerator(seed: 5)
        var values: [Double] = []
        var matrix = FeatureMatrix(columnCount: view.count)
        for second in 0..<rows {
            values.append(850 + Double.random(in: -0.05...0.05, using: &generator))
            let instant = Instant(seconds: 1_700_000_000 + Int64(second))
            _ = engine.insert(Sample(asset: "m1", instant: instant, values: [values[second]]), into: &matrix)
        }
        // 1,700,000,000 is a multiple of the interval: rows 0, 25,000, 50,000 and 75,000 yield features.
        let window = values[1...75_000]
        // Exact to the last digit: whole multiples of 2^-43 around 850, summed as integers.
        let scale = 8_796_093_022_208.0
        let offsets = window.map { Int64((($0 - 850) * scale).rounded()) }
        let sum = offsets.reduce(Int128(0)) { $0 + Int128($1) }
        let squares = offsets.reduce(Int128(0)) { $0 + Int128($1) * Int128($1) }
        let count = Int128(offsets.count)
        let variance = Double(count * squares - sum * sum) / Double(count * (count - 1)) / (scale * scale)
        let deviation = Double(matrix[3, 2])
        #expect(matrix.rowCount == 4)
        #expect(abs(deviation / variance.squareRoot() - 1) < 1e-6)
    }
}
