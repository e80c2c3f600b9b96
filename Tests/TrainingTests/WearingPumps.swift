import Alarms
import Connectors
import LightGBM
import Models
import ONNXRuntime
import Plant
import TestSupport
import Training

/// Three pumps that wear out, and small models of them.
enum WearingPumps {
    static let yaml = """
        organization: harbor
        timestampColumn: time
        timeZone: UTC
        assetColumn: pump
        continuousColumns: [vibration, temperature]
        rollingWindows: [7200]
        lagSeconds: [3600]
        horizonMinutes: 540
        """

    /// Pumps that fail every two days: bearings after their vibration rose, seals after their temperature did.
    static func readings(days: Int) -> [Reading] {
        var generator = SeededGenerator(seed: 11)
        return ["p1", "p2", "p3"].enumerated().flatMap { index, pump in
            stride(from: 0, to: days * 1_440, by: 30).map { minute in
                let phase = (minute + index * 700) % 2_880
                let wear = max(0, Double(phase - 2_280) / 600)
                let isBearing = ((minute + index * 700) / 2_880).isMultiple(of: 2)
                let noise = Double.random(in: -0.3...0.3, using: &generator)
                return Reading(
                    asset: pump,
                    instant: .t0 + .seconds(minute * 60),
                    values: [2 + (isBearing ? 4 * wear : 0) + noise, 60 + (isBearing ? 0 : 20 * wear) + noise]
                )
            }
        }
    }

    static func failures(days: Int, component: String? = nil) -> [FailureEvent] {
        ["p1", "p2", "p3"].enumerated().flatMap { index, pump in
            (1...days / 2).compactMap { number in
                let minute = number * 2_880 - index * 700
                guard minute < days * 1_440 else { return nil }
                return FailureEvent(
                    asset: pump,
                    start: .t0 + .seconds(minute * 60),
                    component: component ?? (number.isMultiple(of: 2) ? "seal" : "bearing")
                )
            }
        }
    }

    static func artifact(
        days: Int = 40,
        seed: Int = 1,
        schema yaml: String = yaml,
        component: String? = nil
    ) async throws -> ModelArtifact {
        try await OffPool.run { try train(days: days, seed: seed, schema: yaml, component: component) }
    }

    private static func train(days: Int, seed: Int, schema yaml: String, component: String?) throws -> ModelArtifact {
        let document = try SchemaFile.parse(yaml, path: "schema.yaml")
        let set = try DatasetReader(schema: document.schema)
            .trainingData(readings: readings(days: days), failures: failures(days: days, component: component))
        var growth = Growth()
        growth.treesMax = 25
        growth.survivalTrees = 20
        growth.componentRounds = 8
        growth.seed = seed
        return try TrainingRun(
            document: document,
            growth: growth,
            lightGBM: LightGBMLibrary.load(),
            runtime: ONNXRuntimeLibrary.load()
        ).artifact(from: set)
    }
}
