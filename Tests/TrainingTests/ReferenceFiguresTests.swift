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

/// The figures others reach on public data, on rows the model never saw; see the data's own README.
@Suite(.enabled(if: SharedData.isThere, "the public data is not there: set EAGLE_DATA to its folder"))
struct ReferenceFiguresTests {
    private func report(
        _ schema: String,
        train: (readings: String, failures: String, until: Instant?),
        test: (readings: String, failures: String, from: Instant?)
    ) async throws -> (ModelArtifact, BacktestReport) {
        try await OffPool.run { try Self.trained(schema, train: train, test: test) }
    }

    private static func trained(
        _ schema: String,
        train: (readings: String, failures: String, until: Instant?),
        test: (readings: String, failures: String, from: Instant?)
    ) throws -> (ModelArtifact, BacktestReport) {
        let document = try SchemaFile.parse(schema, path: "schema.yaml")
        let runtime = try ONNXRuntimeLibrary.load()
        let history = try ReadingsFile.load(path: SharedData.path(train.readings), schema: document.schema)
        let failures = try FailuresFile.load(path: SharedData.path(train.failures), schema: document.schema)
        let set = try DatasetReader(schema: document.schema)
            .trainingData(readings: history.readings, failures: failures, until: train.until)
        let artifact = try TrainingRun(document: document, lightGBM: LightGBMLibrary.load(), runtime: runtime)
            .artifact(from: set)
        let model = try LoadedModel(
            artifact,
            version: ModelArtifact.version(of: artifact.bytes()),
            runtime: runtime
        )
        let judged = try ReadingsFile.load(path: SharedData.path(test.readings), schema: document.schema)
        let happened = try FailuresFile.load(path: SharedData.path(test.failures), schema: document.schema)
        let report = try Backtest(model: model, document: document)
            .report(readings: judged.readings, failures: happened, from: test.from)
        return (artifact, report)
    }

    @Test func `Azure daily without the error log reaches the reference`() async throws {
        let readings = "azure-pdm/readings_daily.csv.gz"
        let failures = "azure-pdm/failures.csv"
        let cut = Instant.at("2015-07-15T00:00:00Z")
        let (artifact, report) = try await report(
            SharedSchema.azureDaily.yaml,
            train: (readings, failures, cut),
            test: (readings, failures, cut)
        )
        #expect(artifact.manifest.quality == .judged)
        #expect(artifact.manifest.parity.holds)
        #expect(try #require(report.ranking.prAUC) >= 0.852)
        #expect(try #require(report.ranking.rocAUC) >= 0.996)
        #expect(try #require(report.ranking.brier) <= 0.009)
        #expect(try #require(report.ranking.ece) <= 0.01)
        let episodes = report.predictive
        #expect(Double(episodes.episodesDetected) >= 0.93 * Double(episodes.episodes))
        #expect(try #require(episodes.falseAlarmsPerAssetWeek) <= 0.07)
        #expect(try #require(episodes.componentTop1) >= 0.95)
        #expect(try #require(episodes.timeToFailureMAE) <= 142)
        #expect(report.together.expectedCost < report.rulesOnly.expectedCost)
    }

    @Test func `C-MAPSS FD001 reaches the reference on engines it never saw`() async throws {
        let (_, report) = try await report(
            SharedSchema.cmapss.yaml,
            train: ("cmapss/FD001_train.csv.gz", "cmapss/FD001_train_failures.csv", nil),
            test: ("cmapss/FD001_test.csv.gz", "cmapss/FD001_test_failures.csv", nil)
        )
        #expect(try #require(report.ranking.prAUC) >= 0.90)
        #expect(try #require(report.ranking.rocAUC) >= 0.9952)
    }

    @Test func `one machine's two anomalies are too few to judge a model by, and how many it takes is said`()
        async throws
    {
        let artifact = try await OffPool.run {
            let document = try SchemaFile.parse(SharedSchema.nab.yaml, path: "schema.yaml")
            let history = try ReadingsFile.load(
                path: SharedData.path("nab-temperature/machine_temperature.csv"),
                schema: document.schema
            )
            let failures = ["2013-12-11T06:00:00Z", "2013-12-16T17:25:00Z"].map { start in
                FailureEvent(asset: history.readings[0].asset, start: .at(start))
            }
            let data = try DatasetReader(schema: document.schema)
                .trainingData(readings: history.readings, failures: failures)
            return try TrainingRun(
                document: document,
                lightGBM: LightGBMLibrary.load(),
                runtime: ONNXRuntimeLibrary.load()
            ).artifact(from: data)
        }
        #expect(artifact.manifest.quality == .cannotDetermine)
        #expect(artifact.manifest.qualityReason.contains("20 are needed"), "\(artifact.manifest.qualityReason)")
    }

    @Test func `twenty-two failures of fifteen machines are too few to promise anything`() async throws {
        let artifact = try await OffPool.run {
            let document = try SchemaFile.parse(SharedSchema.azureHourly.yaml, path: "schema.yaml")
            let schema = document.schema
            let history = try ReadingsFile.load(
                path: SharedData.path("azure-pdm/readings_hourly.csv.gz"),
                schema: schema
            )
            let until = Instant.at("2015-04-01T00:00:00Z")
            let rowsByMachine = Dictionary(grouping: history.readings.filter { $0.instant <= until }, by: \.asset)
            // The others are blocks around failures and away from them.
            let whole = Set(rowsByMachine.filter { $0.value.count > 2_000 }.keys)
            #expect(whole.count == 15)
            let failures = try FailuresFile.load(path: SharedData.path("azure-pdm/failures.csv"), schema: schema)
                .filter { whole.contains($0.asset) }
            let data = try DatasetReader(schema: schema).trainingData(
                readings: history.readings.filter { whole.contains($0.asset) },
                failures: failures,
                until: until
            )
            #expect(data.set.history.allEpisodes.count == 22)
            return try TrainingRun(
                document: document,
                lightGBM: LightGBMLibrary.load(),
                runtime: ONNXRuntimeLibrary.load()
            ).artifact(from: data)
        }
        #expect(artifact.manifest.quality == .cannotDetermine)
    }
}
