import Alarms
import Connectors
import Foundation
import LightGBM
import Models
import ONNXRuntime
import Plant
import Serving
import TestSupport
import Training

/// Two pumps that wear out every two days: vibration climbs for ten hours before each failure.
enum SmallPlant {
    static let pumps = ["p1", "p2"]
    static let stepMinutes = 30
    static let periodMinutes = 2 * 24 * 60

    static func document(organization: String = "harbor") throws -> SchemaDocument {
        try SchemaFile.parse(
            """
            organization: \(organization)
            timestampColumn: time
            timeZone: UTC
            assetColumn: pump
            continuousColumns: [vibration, pressure]
            booleanColumns: [leak]
            lagSeconds: [3600]
            rollingWindows: [7200, 21600]
            horizonMinutes: 720
            recoveryMinutes: 60
            allowedLatenessSeconds: 5400
            predictionEnabled: true
            components: {bearing: [vibration], seal: [pressure, leak]}
            rules:
              - {id: pressure-low, kind: limit, tag: pressure, low: 3, lowLow: 1, onDelaySeconds: 1799}
              - {id: leak, kind: binary, tag: leak, severity: WARNING, component: seal}
            """,
            path: "small.yaml"
        )
    }

    static func text(allowedLatenessSeconds: Int = 5_400) throws -> String {
        let document = try document()
        var schema = document.schema
        schema.allowedLatenessSeconds = allowedLatenessSeconds
        return try SchemaText.text(SchemaDocument(schema: schema, rules: document.rules))
    }

    /// One row per pump and step; the pumps fail a day apart.
    static func readings(days: Range<Int>, seed: UInt64 = 1) -> [Reading] {
        var generator = SeededGenerator(seed: seed &+ UInt64(days.lowerBound))
        var readings: [Reading] = []
        for minute in stride(from: days.lowerBound * 1_440, to: days.upperBound * 1_440, by: stepMinutes) {
            for (index, pump) in pumps.enumerated() {
                let phase = (minute + index * periodMinutes / 2) % periodMinutes
                let wear = max(0, Double(phase - periodMinutes + 600) / 600)
                let noise = Double.random(in: -0.2...0.2, using: &generator)
                let dip = Int.random(in: 0..<60, using: &generator) == 0
                readings.append(
                    Reading(
                        asset: pump,
                        instant: .t0 + .seconds(minute * 60),
                        values: [
                            2 + 4 * wear + noise, dip ? 2 : 5 + noise,
                            Int.random(in: 0..<80, using: &generator) == 0 ? 1 : 0,
                        ]
                    )
                )
            }
        }
        return readings
    }

    /// A sound pump's row.
    static func reading(after instant: Instant) -> Reading {
        Reading(asset: "p1", instant: instant + .seconds(1), values: [2, 5, 0])
    }

    static func failures(days: Range<Int>) -> [FailureEvent] {
        pumps.enumerated().flatMap { index, pump in
            (1...200).compactMap { number in
                let minute = number * periodMinutes - index * periodMinutes / 2
                guard minute >= days.lowerBound * 1_440, minute < days.upperBound * 1_440 else { return nil }
                return FailureEvent(asset: pump, start: .t0 + .seconds(minute * 60), component: "bearing")
            }
        }
    }

    /// A real model of forty days, trained once for all tests.
    static let artifact = trained(seed: 1)

    /// Another, of the same view.
    static let otherArtifact = trained(seed: 2)

    static let thirdArtifact = trained(seed: 3)

    /// One that was taught failures a day too late, so that it warns of sound pumps.
    static let misledArtifact = trained(seed: 4, failuresLater: .seconds(86_400))

    /// The same model as an organization's own.
    static func artifact(_ artifact: ModelArtifact, of organization: String) throws -> ModelArtifact {
        guard artifact.manifest.organization != organization else { return artifact }
        var manifest = artifact.manifest
        manifest.organization = organization
        return try ModelArtifact(
            manifest: manifest,
            schemaDocument: SchemaText.text(document(organization: organization)),
            onnx: artifact.onnx,
            boosters: artifact.boosters,
            golden: artifact.golden,
            report: artifact.report
        )
    }

    /// The same model, asked only once in so many seconds.
    static func artifact(predictingEvery seconds: Int) -> Result<ModelArtifact, any Error> {
        Result {
            let whole = try artifact.get()
            var manifest = whole.manifest
            manifest.predictEverySeconds = seconds
            return try ModelArtifact(
                manifest: manifest,
                schemaDocument: whole.schemaDocument,
                onnx: whole.onnx,
                boosters: whole.boosters,
                golden: whole.golden,
                report: whole.report
            )
        }
    }

    /// What is normal for the same pumps.
    static let baseline = Result<ModelArtifact, any Error> {
        let document = try SmallPlant.document()
        let data = try DatasetReader(schema: document.schema).trainingData(
            readings: SmallPlant.readings(days: 0..<40).sortedByAssetAndInstant(),
            failures: failures(days: 0..<41)
        )
        return try BaselineRun(document: document, runtime: ONNXRuntimeLibrary.load()).artifact(from: data)
    }

    private static func trained(seed: Int, failuresLater: Duration = .zero) -> Result<ModelArtifact, any Error> {
        Result { try train(seed: seed, failuresLater: failuresLater) }
    }

    private static func train(seed: Int, failuresLater: Duration) throws -> ModelArtifact {
        let document = try SmallPlant.document()
        let readings = SmallPlant.readings(days: 0..<40).sortedByAssetAndInstant()
        let set = try DatasetReader(schema: document.schema)
            .trainingData(
                readings: readings,
                failures: failures(days: 0..<40).map {
                    FailureEvent(asset: $0.asset, start: $0.start + failuresLater, component: $0.component)
                }
            )
        var growth = Growth()
        growth.treesMax = 30
        growth.survivalTrees = 20
        growth.seed = seed
        let run = TrainingRun(
            document: document,
            growth: growth,
            lightGBM: try LightGBMLibrary.load(),
            runtime: try ONNXRuntimeLibrary.load()
        )
        return try run.artifact(from: set)
    }
}
