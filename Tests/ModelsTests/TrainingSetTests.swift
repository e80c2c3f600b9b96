import Features
import Models
import Plant
import TestSupport
import Testing

@Suite struct TrainingSetTests {
    private func set(_ labels: [Label]) -> TrainingSet {
        let view = FeatureView(schema: SignalSchema(organization: "n", continuousColumns: ["x"]))
        let rows = labels.indices.map { index in
            TrainingSet.Row(asset: "a", instant: .t0 + .seconds(index), label: labels[index])
        }
        return TrainingSet(
            view: view,
            rows: rows,
            history: FailureHistory(failures: [], latestRow: rows.last?.instant)
        )
    }

    @Test func `rows whose label nobody knows are not judged`() {
        let set = set([.unknown, .negative, .positive(minutesToFailure: 5, components: []), .unknown])
        #expect(set.judged == [1, 2])
        #expect(set.positiveCount == 1)
        #expect(set.components.isEmpty)
    }

    @Test func `components are those that failed, sorted, each once`() {
        let set = set([
            .positive(minutesToFailure: 2, components: ["seal", "bearing"]),
            .positive(minutesToFailure: 1, components: ["seal"]), .negative,
        ])
        #expect(set.components == ["bearing", "seal"])
        #expect(set.positiveCount == 2)
    }
}
