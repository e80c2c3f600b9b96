import Features
import Plant
import Testing

@Suite struct ArrivalTests {
    private let view = FeatureView(
        schema: SignalSchema(organization: "northwind", continuousColumns: ["x"], rollingWindows: [60])
    )

    private func engine(lateness: Int = 30, predictEvery: Int = 0) -> FeatureEngine {
        FeatureEngine(view: view, predictEverySeconds: predictEvery, allowedLateness: .seconds(lateness))
    }

    private func sample(_ second: Int64, _ value: Double) -> Sample {
        Sample(asset: "m1", instant: Instant(seconds: second), values: [value])
    }

    private func name(_ arrival: Arrival) -> String {
        switch arrival {
        case .newest(let row): row == nil ? "newest without features" : "newest"
        case .late(let rows): "late \(rows.map { $0.instant.microseconds / 1_000_000 })"
        case .repeated: "repeated"
        case .conflicting: "conflicting"
        case .tooLate: "too late"
        }
    }

    @Test func `the same row again changes nothing, and another one with its key is a conflict`() {
        var engine = engine()
        let arrivals = [
            sample(100, 1), sample(100, 1), sample(100, 2), sample(110, .nan), sample(110, .nan), sample(100, 1),
            sample(110, 5),
        ].map { name(engine.insert($0)) }
        let expected = ["newest", "repeated", "conflicting", "newest without features", "repeated", "repeated"]
        #expect(arrivals == expected + ["conflicting"])
        guard case .newest(let row?) = engine.insert(sample(120, 3)) else {
            Issue.record("the next row had no features")
            return
        }
        #expect(row.values[1] == 2)
        #expect(row.metadata.goodSamples == 2)
    }

    @Test func `a late row makes the rows from it on anew, its own among them`() {
        var engine = engine()
        for second in stride(from: Int64(100), through: 130, by: 10) { _ = engine.insert(sample(second, 1)) }
        guard case .late(let rows) = engine.insert(sample(115, 6)) else {
            Issue.record("a row within the lateness was not late")
            return
        }
        #expect(rows.map(\.instant) == [115, 120, 130].map { Instant(seconds: $0) })
        #expect(rows.map { $0.values[4] } == [6, 6, 6])
        #expect(rows.map(\.metadata.goodSamples) == [3, 4, 5])
    }

    @Test(arguments: [(70, "late [70, 100]"), (69, "too late")])
    func `lateness is counted from the asset's newest row`(second: Int64, expected: String) {
        var engine = engine()
        _ = engine.insert(sample(100, 1))
        #expect(name(engine.insert(sample(second, 1))) == expected)
    }

    @Test func `a row that is too late enters no feature`() {
        var engine = engine()
        _ = engine.insert(sample(100, 1))
        _ = engine.insert(sample(60, 50))
        guard case .newest(let row?) = engine.insert(sample(110, 1)) else {
            Issue.record("the next row had no features")
            return
        }
        #expect(row.values[4] == 1)
    }

    @Test func `a late row takes its interval's prediction from a later one`() {
        var engine = engine(predictEvery: 60)
        let arrivals = [sample(115, 1), sample(130, 1), sample(140, 2), sample(122, 3), sample(135, 1)]
        #expect(
            arrivals.map { name(engine.insert($0)) } == [
                "newest", "newest", "newest without features", "late [122]", "late []",
            ]
        )
    }

    @Test func `a history must be sorted`() {
        var engine = engine()
        var matrix = FeatureMatrix(columnCount: view.count)
        let arrivals = [
            sample(100, 1), sample(100, 1), sample(100, 2), sample(95, 1), sample(110, .nan), sample(120, 7),
        ]
        .map { engine.insert($0, into: &matrix) }
        #expect(arrivals == [.row, .repeated, .conflicting, .outOfOrder, .noRow, .row])
        #expect(matrix.rowCount == 2)
        #expect(matrix[1, 0] == 7)
    }
}
