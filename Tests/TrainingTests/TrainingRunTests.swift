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
    @Test func `the same data, schema and seed give the same bytes, another seed others`() async throws {
        let first = try await WearingPumps.artifact().bytes()
        #expect(try await WearingPumps.artifact().bytes() == first)
        #expect(try await WearingPumps.artifact(seed: 2).onnx != ModelArtifact(bytes: first).onnx)
    }

    @Test func `an artifact read back is the one written, and its model gives the recorded numbers`() async throws {
        let artifact = try await WearingPumps.artifact()
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

    @Test func `it learns what precedes which failure`() async throws {
        let manifest = try await WearingPumps.artifact().manifest
        #expect(manifest.quality == .judged)
        #expect(try #require(manifest.ranking.rocAUC) > 0.97)
        #expect(try #require(manifest.episodes.componentTop1) > 0.9)
        #expect(manifest.episodes.episodesDetected * 10 >= manifest.episodes.episodes * 9)
    }

    @Test func `too few failures to judge by are said to be too few`() async throws {
        let manifest = try await WearingPumps.artifact(days: 8).manifest
        #expect(manifest.quality == .cannotDetermine)
        #expect(manifest.qualityReason.contains("are needed"))
        #expect(manifest.threshold == 0.5)
    }

    @Test func `without a failure in reach there is no model, and the error says what to check`() throws {
        let document = try SchemaFile.parse(WearingPumps.yaml, path: "schema.yaml")
        let set = try DatasetReader(schema: document.schema)
            .trainingData(
                readings: WearingPumps.readings(days: 10),
                failures: [FailureEvent(asset: "pump 1", start: .t0)]
            )
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
        let schema = try SchemaFile.parse(WearingPumps.yaml, path: "schema.yaml").schema
        let until = Instant.t0 + .seconds(20 * 86_400)
        let reader = DatasetReader(schema: schema)
        let all = try reader.trainingData(
            readings: WearingPumps.readings(days: 40),
            failures: WearingPumps.failures(days: 40),
            until: until
        )
        let known = try reader.trainingData(
            readings: WearingPumps.readings(days: 40).filter { $0.instant <= until },
            failures: WearingPumps.failures(days: 40).filter { $0.start <= until },
            until: until
        )
        #expect(all.rows == known.rows)
    }
}
