import Models
import Plant
import TestSupport
import Testing

@Suite struct ModelOutputTests {
    @Test func `outputs are read row by row, in the words of a prediction`() throws {
        let manifest = try SmallModel.manifest()
        #expect(manifest.outputWidths.map(\.name) == ["score", "probability", "components", "survival"])
        #expect(manifest.outputWidths.map(\.width) == [1, 1, 2, 3])
        let outputs = manifest.decode(
            [[-1, 1], [0.25, 0.75], [0.2, 0.8, 0.6, 0.4], [0.95, 0.85, 0, 0.3, 0.05, 0]],
            rowCount: 2
        )
        #expect(outputs.map(\.probability) == [0.25, 0.75])
        #expect(outputs.map(\.component) == ["heater", "fan"])
        #expect(outputs.map(\.p10Minutes) == [120, 60])
        #expect(outputs.map(\.timeToFailureMinutes) == [360, 60])
        #expect(outputs.map(\.p90Minutes) == [360, 120])
        let table = try #require(manifest.confidence)
        #expect(outputs.map(\.confidence) == [table.confidence(atScore: -1), table.confidence(atScore: 1)])
        #expect(manifest.decode([[], [], [], []], rowCount: 0).isEmpty)
    }

    @Test func `a prediction carries its row's place and its model's version`() throws {
        let output = try #require(
            try SmallModel.manifest().decode([[0], [0.5], [1, 0], [0, 0, 0]], rowCount: 1).first
        )
        let version = ModelArtifact.version(of: [1])
        let prediction = output.prediction(asset: "a", instant: .t0, version: version)
        #expect(prediction.asset == "a" && prediction.instant == .t0 && prediction.modelVersion == version)
        #expect(prediction.component == "fan" && prediction.timeToFailureMinutes == 60)
        #expect(!prediction.isLate && !prediction.isCorrected)
    }

    @Test(arguments: [[], ["heater"]])
    func `with fewer than two components none is named`(components: [String]) throws {
        let manifest = try SmallModel.manifest(components: components)
        let output = manifest.decode([[0], [0.5], [0, 0, 0]], rowCount: 1)
        #expect(output.first?.component == nil)
    }

    @Test func `one bin needs no curve, and no bins give no time`() throws {
        let one = try SmallModel.manifest(components: [], bins: [60]).decode([[0], [0.5]], rowCount: 1)
        #expect(one.first?.p10Minutes == 60 && one.first?.timeToFailureMinutes == 60 && one.first?.p90Minutes == 60)
        let none = try SmallModel.manifest(components: [], bins: []).decode([[0], [0.5]], rowCount: 1)
        #expect(none.first?.timeToFailureMinutes == nil && none.first?.p10Minutes == nil)
    }

    @Test func `what is no number is missing, never a component or a time`() throws {
        let outputs = try SmallModel.manifest().decode([[0], [0.5], [.nan, .nan], [.nan, 0.5, 0]], rowCount: 1)
        #expect(outputs.first?.component == nil)
        #expect(outputs.first?.timeToFailureMinutes == nil)
        #expect(outputs.first?.p10Minutes == nil && outputs.first?.p90Minutes == nil)
    }
}
