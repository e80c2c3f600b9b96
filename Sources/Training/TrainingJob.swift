import Alarms
import Connectors
import Features
import Foundation
package import LightGBM
import Models
package import ONNXRuntime
package import Plant
package import Serving
package import Storage

/// One training run: from an organization's history in the store to a judged model in a folder.
package struct TrainingJob: Sendable {
    private let stores: Stores
    private let scope: OrganizationScope
    private let registry: ModelRegistry
    private let folder: String
    private let lightGBM: LightGBMLibrary
    private let runtime: ONNXRuntimeLibrary
    private let progress: TrainingProgressHandler
    private let work = BlockingWork(label: "eagle.training")

    private static let pageRowCount = 2_000

    /// A job that reads one organization's history, and writes to a folder that is there.
    package init(
        stores: Stores,
        scope: OrganizationScope,
        registry: ModelRegistry,
        folder: String,
        lightGBM: LightGBMLibrary,
        runtime: ONNXRuntimeLibrary,
        progress: @escaping TrainingProgressHandler
    ) {
        self.stores = stores
        self.scope = scope
        self.registry = registry
        self.folder = folder
        self.lightGBM = lightGBM
        self.runtime = runtime
        self.progress = progress
    }

    /// Trains as a queued run says, and judges the model beside the champion.
    ///
    /// - Throws: ``TrainingError``, whose message is meant for a person, or what the store throws.
    package func run(_ log: TrainingLog) async throws -> TrainingResult {
        let clock = ContinuousClock()
        let start = clock.now
        let plan = try await plan(of: log)
        let champion = await champion()
        // A baseline knows of no failures: there is nothing to compare with it.
        let rival = champion?.manifest.kind == .failure ? champion : nil
        let (data, championData, evidence) = try await data(plan, championView: rival?.manifest.view)
        let labels = TrainingLabels(data.set.history, evidence)
        let (artifact, gate) = try await work.run {
            try judged(plan, data: data, champion: rival, championData: championData)
        }
        let bytes = try artifact.bytes()
        try write(bytes, to: TrainingMessage.modelFile)
        try write(json(gate), to: TrainingMessage.gateFile)
        try write(json(artifact.report), to: TrainingMessage.reportFile)
        try write(json(labels), to: TrainingMessage.labelsFile)
        return TrainingResult(
            version: ModelArtifact.version(of: bytes),
            gate: gate,
            labels: labels,
            dataFrom: artifact.manifest.data.from,
            dataUntil: artifact.manifest.data.observedUntil,
            rows: data.rows.count,
            features: data.view.count,
            seconds: Double((clock.now - start).microseconds) / 1e6,
            champion: champion?.version,
            kind: artifact.manifest.kind,
            championKind: champion?.manifest.kind
        )
    }

    // MARK: - What is wanted

    private struct Plan: Sendable {
        let document: SchemaDocument
        let configuration: TrainingConfiguration
        let from: Instant?
        let until: Instant
    }

    private func plan(of log: TrainingLog) async throws -> Plan {
        guard let stored = try await stores.schemas.current(in: scope) else {
            throw TrainingError(.configuration, "there is no schema yet: put one first")
        }
        let document = try SchemaText.document(stored.document)
        let configuration: TrainingConfiguration
        do {
            configuration = try JSONDecoder().decode(
                TrainingConfiguration.self,
                from: Data((log.parameters ?? "{}").utf8)
            )
        } catch {
            throw TrainingError(.configuration, "the training configuration can't be read: \(error)")
        }
        if let problem = configuration.problems(for: document.schema).first {
            throw TrainingError(.configuration, "the training configuration does not fit the schema: \(problem)")
        }
        let until = min(configuration.until ?? log.queuedAt, log.queuedAt)
        return Plan(
            document: try SchemaDocument(
                schema: configuration.applied(to: document.schema),
                rules: document.rules,
                parentAssets: document.parentAssets
            ),
            configuration: configuration,
            from: configuration.start(before: until),
            until: until
        )
    }

    /// The model that serves, if it can; one that can't is no rival.
    private func champion() async -> LoadedModel? {
        guard let version = try? await stores.models.champion(in: scope)?.version else { return nil }
        return try? await registry.load(version, in: scope)
    }

    // MARK: - Data

    /// The candidate's rows and, in the same pass, the champion's where its features are others.
    private func data(
        _ plan: Plan,
        championView: FeatureView?
    ) async throws -> (TrainingData, TrainingData?, FeedbackEvidence) {
        let schema = plan.document.schema
        var passes = [HistoryPass(schema: schema, view: FeatureView(schema: schema), until: plan.until, folder: folder)]
        if let championView, championView.hash != passes[0].view.hash {
            passes.append(HistoryPass(schema: schema, view: championView, until: plan.until, folder: folder))
        }
        let tags = SchemaTags(stores.schemas, scope: scope)
        let sequence = try await stores.readings.lastSequence(in: scope)
        var runs = FailureRuns()
        var position: HistoryPosition?
        var done = 0
        while true {
            let page = try await stores.readings.history(
                from: plan.from ?? .distantPast,
                after: position,
                throughSequence: sequence,
                limit: Self.pageRowCount,
                in: scope
            )
            let pageTags = try await tags.tags(ofVersionsIn: page)
            for stored in page {
                runs.add(stored.reading)
                for index in passes.indices { try passes[index].add(stored, tags: pageTags) }
            }
            done += page.count
            progress(TrainingProgress(.readingRows, done: done, total: max(done, Int(clamping: sequence))))
            guard page.count == Self.pageRowCount, let last = page.last else { break }
            position = HistoryPosition(asset: last.reading.asset, instant: last.reading.instant)
        }
        let recorded = try await stores.failures.list(in: scope) + runs.events
        let evidence = FeedbackEvidence(
            try await stores.feedback.judgedPredictions(until: plan.until, in: scope),
            recorded: recorded,
            horizon: schema.horizon,
            recovery: schema.recovery,
            components: Set(schema.components.keys),
            until: plan.until
        )
        let failures = (recorded + evidence.failures).filter { plan.configuration.isTarget($0) }
        let data = try passes[0].finish(failures: failures, sound: evidence.sound)
        let championData =
            passes.count > 1
            ? try passes[1].finish(failures: failures, sound: evidence.sound) : championView.map { _ in data }
        return (data, championData, evidence)
    }

    private func judged(
        _ plan: Plan,
        data: TrainingData,
        champion: LoadedModel?,
        championData: TrainingData?
    ) throws -> (ModelArtifact, GateReport) {
        let run = TrainingRun(
            document: plan.document,
            growth: Growth(plan.configuration),
            lightGBM: lightGBM,
            runtime: runtime,
            progress: progress
        )
        let share = plan.configuration.judgedShare
        let isJudgeable = champion != nil || run.canJudge(data, judgedShare: share)
        if plan.configuration.kind ?? (isJudgeable ? .failure : .anomaly) == .anomaly {
            let artifact = try BaselineRun(document: plan.document, runtime: runtime, progress: progress)
                .artifact(from: data)
            return (artifact, try Gate(schema: plan.document.schema).report(on: loaded(artifact), data: data))
        }
        let (artifact, untouched) = try run.candidate(from: data, judgedShare: share)
        progress(TrainingProgress(.judging, done: 0, total: 1))
        let candidate = try loaded(artifact)
        var rival: Gate.Champion?
        if let champion, let championData { rival = Gate.Champion(model: champion, data: championData) }
        let gate = try Gate(schema: plan.document.schema, trustedTags: plan.configuration.trustedTags)
            .report(on: candidate, artifact: artifact, data: data, untouched: untouched, champion: rival)
        progress(TrainingProgress(.judging, done: 1, total: 1))
        return (artifact, gate)
    }

    private func loaded(_ artifact: ModelArtifact) throws -> LoadedModel {
        try LoadedModel(artifact, version: ModelArtifact.version(of: artifact.bytes()), runtime: runtime)
    }

    // MARK: - Files

    private func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name), options: .atomic)
        } catch {
            throw TrainingError(.storage, "the run's files can't be written: \(error.localizedDescription)")
        }
    }
}

/// One view's rows on their way from the store.
private struct HistoryPass {
    let view: FeatureView
    private var builder: DatasetBuilder
    private var projections: Projections

    init(schema: SignalSchema, view: FeatureView, until: Instant, folder: String) {
        self.view = view
        builder = DatasetBuilder(
            schema: schema,
            view: view,
            until: until,
            writer: RowSpoolWriter(columnCount: view.count, folder: folder)
        )
        projections = Projections(to: view.tags)
    }

    mutating func add(_ stored: StoredReading, tags: [Int: [Tag]]) throws {
        try builder.add(projections.sample(stored, tags: tags))
    }

    mutating func finish(
        failures: [FailureEvent],
        sound: [String: [ClosedRange<Instant>]]
    ) throws -> TrainingData {
        try builder.finish(failures: failures, sound: sound)
    }
}
