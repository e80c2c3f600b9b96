import Alarms
import Connectors
import LightGBM
import Models
import ONNXRuntime
import Plant
import Serving
import TestSupport
import Testing
import Training

@Suite struct TrainingRunTests {
    private static let yaml = """
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
    private static func readings(days: Int, noiseless: Bool = false) -> [Reading] {
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

    private static func failures(days: Int) -> [FailureEvent] {
        ["p1", "p2", "p3"].enumerated().flatMap { index, pump in
            (1...days / 2).compactMap { number in
                let minute = number * 2_880 - index * 700
                guard minute < days * 1_440 else { return nil }
                return FailureEvent(
                    asset: pump,
                    start: .t0 + .seconds(minute * 60),
                    component: number.isMultiple(of: 2) ? "seal" : "bearing"
                )
            }
        }
    }

    private static func artifact(days: Int = 40, seed: Int = 1) throws -> ModelArtifact {
        let document = try SchemaFile.parse(yaml, path: "schema.yaml")
        let set = try DatasetReader(schema: document.schema)
            .trainingSet(readings: readings(days: days), failures: failures(days: days))
        var configuration = TrainingConfiguration()
        configuration.treesMax = 25
        configuration.survivalTrees = 20
        configuration.componentRounds = 8
        configuration.seed = seed
        return try TrainingRun(
            document: document,
            configuration: configuration,
            lightGBM: LightGBMLibrary.load(),
            runtime: ONNXRuntimeLibrary.load()
        ).artifact(from: set)
    }

    @Test func `the same data, schema and seed give the same bytes, another seed others`() throws {
        let first = try Self.artifact().bytes()
        #expect(try Self.artifact().bytes() == first)
        #expect(try Self.artifact(seed: 2).onnx != ModelArtifact(bytes: first).onnx)
    }

    @Test func `an artifact read back is the one written, and its model gives the recorded numbers`() throws {
        let artifact = try Self.artifact()
        let bytes = try artifact.bytes()
        let read = try ModelArtifact(bytes: bytes)
        #expect(read.manifest == artifact.manifest)
        #expect(read.manifest.components == ["bearing", "seal"])
        #expect(read.manifest.data.positives > 0)
        let model = try LoadedModel(
            read,
            version: ModelArtifact.version(of: bytes),
            runtime: ONNXRuntimeLibrary.load()
        )
        let outputs = try model.outputs(for: read.golden.featureValues, rowCount: read.golden.rowCount)
        let recorded = try #require(read.golden.output(ModelManifest.probabilityOutput))
        for (output, probability) in zip(outputs, recorded) {
            #expect(abs(output.probability - Double(probability)) <= 1e-6)
        }
    }

    @Test func `it learns what precedes which failure`() throws {
        let manifest = try Self.artifact().manifest
        #expect(manifest.quality == .judged)
        #expect(try #require(manifest.ranking.rocAUC) > 0.97)
        #expect(try #require(manifest.episodes.componentTop1) > 0.9)
        #expect(manifest.episodes.episodesDetected * 10 >= manifest.episodes.episodes * 9)
    }

    @Test func `too few failures to judge by are said to be too few`() throws {
        let manifest = try Self.artifact(days: 8).manifest
        #expect(manifest.quality == .cannotDetermine)
        #expect(manifest.qualityReason.contains("are needed"))
    }

    @Test func `without a failure in reach there is no model, and the error says what to check`() throws {
        let document = try SchemaFile.parse(Self.yaml, path: "schema.yaml")
        let set = try DatasetReader(schema: document.schema)
            .trainingSet(readings: Self.readings(days: 10), failures: [FailureEvent(asset: "pump 1", start: .t0)])
        let run = TrainingRun(
            document: document,
            lightGBM: try LightGBMLibrary.load(),
            runtime: try ONNXRuntimeLibrary.load()
        )
        let error = #expect(throws: TrainingError.self) { try run.artifact(from: set) }
        #expect(error?.code == .noFailures)
        #expect(error?.message.contains("failures' assets") ?? false)
    }

    @Test func `readings after the end of the record change nothing`() throws {
        let schema = try SchemaFile.parse(Self.yaml, path: "schema.yaml").schema
        let until = Instant.t0 + .seconds(20 * 86_400)
        let reader = DatasetReader(schema: schema)
        let all = try reader.trainingSet(
            readings: Self.readings(days: 40),
            failures: Self.failures(days: 40),
            until: until
        )
        let known = try reader.trainingSet(
            readings: Self.readings(days: 40).filter { $0.instant <= until },
            failures: Self.failures(days: 40).filter { $0.start <= until },
            until: until
        )
        #expect(all.rows == known.rows)
    }
}
