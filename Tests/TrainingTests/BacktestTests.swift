import Alarms
import Connectors
import Models
import ONNXRuntime
import Plant
import Serving
import Testing
import Training

@Suite struct BacktestTests {
    private static let rules = """

        components: {bearing: [vibration], seal: [temperature]}
        rules:
          - {id: shaking, kind: limit, tag: vibration, component: bearing, high: 4}
          - {id: hot, kind: limit, tag: temperature, component: seal, high: 70}
        """

    private func report(
        _ artifact: ModelArtifact,
        schema: String,
        failures: [FailureEvent]
    ) throws -> BacktestReport {
        let model = try LoadedModel(
            artifact,
            version: ModelArtifact.version(of: artifact.bytes()),
            runtime: ONNXRuntimeLibrary.load()
        )
        return try Backtest(model: model, document: SchemaFile.parse(schema, path: "schema.yaml"))
            .report(readings: WearingPumps.readings(days: 40), failures: failures)
    }

    @Test func `an alarm that a rule and a prediction joined in is counted once`() async throws {
        let schema = WearingPumps.yaml + Self.rules
        let artifact = try await WearingPumps.artifact(schema: schema)
        // Nothing failed at all: each alarm is a false one.
        let report = try report(artifact, schema: schema, failures: [])
        let (predicted, ruled) = (report.predictive.falseAlarms, report.rulesOnly.falseAlarms)
        #expect(predicted > 20)
        #expect(ruled > 20)
        // Nearly every rule's alarm joins one that the model had raised before, and a few the other way round.
        #expect(abs(report.together.falseAlarms - predicted) < ruled / 4)
        #expect(report.together.expectedCost == Double(report.together.falseAlarms))
    }

    @Test func `where the model knows one component, a raise names the one whose tags speak for it`() async throws {
        let schema = WearingPumps.yaml + Self.rules
        let artifact = try await WearingPumps.artifact(schema: schema, component: "bearing")
        #expect(artifact.manifest.components.isEmpty)
        let report = try report(artifact, schema: schema, failures: WearingPumps.failures(days: 40))
        #expect(try #require(report.predictive.componentTop1) > 0.9)
    }
}
