import Features
import Plant
import Testing

/// The table of features, value by value.
@Suite struct FeatureEngineTests {
    /// The features at the last of some rows, given as seconds and values, by name.
    private func features(
        _ rows: [(second: Double, values: [Double])],
        configure: (inout SignalSchema) -> Void = { _ in }
    ) throws -> [String: Float] {
        var schema = SignalSchema(
            organization: "northwind",
            continuousColumns: ["x"],
            booleanColumns: ["b"],
            lagSeconds: [10],
            rollingWindows: [60]
        )
        configure(&schema)
        let view = FeatureView(schema: schema)
        var engine = FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: .zero)
        var last: FeatureRow?
        for row in rows {
            let instant = Instant(microseconds: Int64(row.second * 1_000_000))
            guard case .newest(let made) = engine.insert(Sample(asset: "m1", instant: instant, values: row.values))
            else {
                Issue.record("a row in order did not arrive as the newest")
                return [:]
            }
            last = made
        }
        return Dictionary(uniqueKeysWithValues: zip(view.featureNames, try #require(last).values))
    }

    @Test func `a lag is the latest good sample at or before now minus lag`() throws {
        let rows = [(0, [1, 0]), (5, [2, 0]), (10, [3, 0]), (12, [.nan, 0]), (15, [4, 0])] as [(Double, [Double])]
        #expect(try features(rows)["x_lag_10s"] == 2)
        #expect(try features(rows + [(22, [5, 0])])["x_lag_10s"] == 3)
    }

    @Test(arguments: [(120.0, true), (120.000_001, false)])
    func `a lag is missing once its sample is stale`(second: Double, isThere: Bool) throws {
        let lag = try features([(10, [7, 0]), (second, [8, 0])]) { $0.staleAfterSeconds = 100 }["x_lag_10s"]
        #expect(lag?.isNaN == !isThere)
    }

    @Test func `a window holds what is later than its start, up to the row`() throws {
        let made = try features([(0, [100, 0]), (0.000_001, [1, 0]), (30, [2, 0]), (60, [6, 0])])
        #expect(made["x_mean_60s"] == 3)
        #expect(made["x_std_60s"] == Float(7.0.squareRoot()))
        #expect(made["x_min_60s"] == 1)
        #expect(made["x_max_60s"] == 6)
        #expect(abs(try #require(made["x_slope_60s"]) - 5.0 / 60) < 1e-6)
    }

    @Test func `one sample has a mean, and neither a deviation nor a slope`() throws {
        let made = try features([(0, [4, 0])])
        #expect(made["x_mean_60s"] == 4)
        #expect(made["x_std_60s"]?.isNaN == true)
        #expect(made["x_slope_60s"]?.isNaN == true)
    }

    @Test func `a constant signal deviates by exactly nothing`() throws {
        let rows = (0..<300).map { (second: Double($0), values: [850.1, 0.0]) }
        let made = try features(rows)
        #expect(made["x_mean_60s"] == 850.1)
        #expect(made["x_std_60s"] == 0)
        #expect(made["x_slope_60s"] == 0)
    }

    @Test func `a flag's features count truths, rises and time`() throws {
        let flags: [Double] = [1, 0, 1, 1, .nan, 0, 1, 0]
        let rows = flags.enumerated().map { (second: Double($0.offset * 10), values: [1, $0.element]) }
        let made = try features(rows)
        #expect(made["b"] == 0)
        #expect(made["b_since_s"] == 10)
        // In (10, 70]: 1 1 - 0 1 0, and the sample before is false.
        #expect(made["b_fraction_60s"] == 0.6)
        #expect(made["b_rises_60s"] == 2)
    }

    @Test func `a flag never true, and a flag without samples, are told apart from zero`() throws {
        let never = try features([(0, [1, 0]), (5, [1, 0])])
        #expect(never["b_since_s"]?.isNaN == true)
        #expect(never["b_fraction_60s"] == 0)
        let silent = try features([(0, [1, 1]), (100, [1, .nan])])
        #expect(silent["b"]?.isNaN == true)
        #expect(silent["b_since_s"] == 100)
        #expect(silent["b_fraction_60s"]?.isNaN == true)
        #expect(silent["b_rises_60s"]?.isNaN == true)
    }

    @Test func `a rise is seen against a sample far before the window`() throws {
        let made = try features([(0, [1, 0]), (100_000, [1, 1])])
        #expect(made["b_rises_60s"] == 1)
    }

    @Test func `what a Float32 can't hold is missing`() throws {
        let made = try features([(0, [1e300, 0]), (1, [-1e300, 0])])
        #expect(made.values.allSatisfy { !$0.isInfinite })
        #expect(made["x"]?.isNaN == true)
        #expect(made["x_mean_60s"] == 0)
    }

    @Test func `a value that isn't finite is missing`() throws {
        let made = try features([(0, [3, 0]), (1, [.infinity, 0]), (2, [5, 0])])
        #expect(made["x_mean_60s"] == 4)
    }

    @Test func `sampling keeps the last good sample of each bucket`() throws {
        let rows = [(0, [1, 1]), (5, [2, 0]), (9, [.nan, 0]), (10, [3, 0]), (14, [4, 0])] as [(Double, [Double])]
        let made = try features(rows) { $0.sampleEverySeconds = 10 }
        #expect(made["x"] == 4)
        #expect(made["x_mean_60s"] == 3)
        #expect(made["x_min_60s"] == 2)
        #expect(made["b_since_s"]?.isNaN == true)
        #expect(made["b_fraction_60s"] == 0)
    }

    @Test func `an event row brings state up to date and has no features`() {
        let schema = SignalSchema(
            organization: "northwind",
            continuousColumns: ["x"],
            booleanColumns: ["b"],
            rollingWindows: [60]
        )
        var engine = FeatureEngine(
            view: FeatureView(schema: schema),
            predictEverySeconds: 0,
            allowedLateness: .zero
        )
        let event = Sample(asset: "m1", instant: Instant(seconds: 0), values: [.nan, 1])
        guard case .newest(nil) = engine.insert(event) else {
            Issue.record("an event row had features")
            return
        }
        let scan = Sample(asset: "m1", instant: Instant(seconds: 20), values: [5, .nan])
        guard case .newest(let row?) = engine.insert(scan) else {
            Issue.record("a scan had no features")
            return
        }
        #expect(row.values[7] == 20)
        #expect(row.values[8] == 1)
        #expect(row.metadata == FeatureMetadata(goodSamples: 2, oldestSampleAgeSeconds: 20, missingTags: ["b"]))
    }

    @Test func `only the first row with a good value of each interval predicts`() {
        let schema = SignalSchema(organization: "northwind", continuousColumns: ["x"])
        var engine = FeatureEngine(
            view: FeatureView(schema: schema),
            predictEverySeconds: 60,
            allowedLateness: .zero
        )
        let rows: [(Int64, Double)] = [(59, 1), (60, .nan), (61, 2), (62, 3), (119, 4), (120, 5)]
        let predicted = rows.filter { second, value in
            let sample = Sample(asset: "m1", instant: Instant(seconds: second), values: [value])
            if case .newest(_?) = engine.insert(sample) { return true }
            return false
        }
        #expect(predicted.map(\.0) == [59, 61, 120])
    }

    @Test func `assets know nothing of each other`() {
        let plants = [RandomPlant(seed: 1, rows: 120), RandomPlant(seed: 2, rows: 120)]
        let view = plants[0].view
        var together = FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: .zero)
        var standing = [StandingRows(), StandingRows()]
        for index in 0..<120 {
            for (asset, plant) in plants.enumerated() {
                let sample = plant.samples[index]
                let named = Sample(asset: "m\(asset)", instant: sample.instant, values: sample.values)
                standing[asset].take(together.insert(named), of: named)
            }
        }
        for (asset, plant) in plants.enumerated() {
            var alone = FeatureEngine(view: view, predictEverySeconds: 0, allowedLateness: .zero)
            #expect(alone.standing(after: plant.samples).rows == standing[asset].rows)
        }
        #expect(together.assets == ["m0", "m1"])
    }
}
