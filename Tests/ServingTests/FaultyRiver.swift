import Alarms
import Database
import Foundation
import Models
import Plant
import Serving
import Storage
import Synchronization
import TestSupport
import Testing
import Trust

/// Two plants on a server whose store, source, runtime, files, clock and life all fail as a seed says.
///
/// One plant is polled, the other pushes until it is told that its rows are kept. After each step all must hold that
/// holds at any moment; at the end, when everything is whole again, nothing may be missing.
struct FaultyRiver: Sendable {
    /// One organization, what it sends, and what a server without faults says of it.
    struct Plant: Sendable {
        let scope: OrganizationScope
        let readings: [Reading]
        let expected: Ledger
    }

    private let harness: Harness
    /// The same database without its faults, to look at.
    private let whole: Stores
    private let database: FaultyDatabase
    private let runtime = FaultyRuntime()
    private let source: SteeredSource
    private let polled: Plant
    private let pushed: Plant
    private let modelPaths: [String]

    init() async throws {
        let folder = try TemporaryDirectory()
        let base = try SQLiteDatabase(.file(folder.path("eagle.sqlite")))
        database = FaultyDatabase(base)
        harness = try await Harness(folder: folder, database: database)
        whole = try await Stores.open(base)
        polled = try await Self.plant("harbor", seed: 1, harness)
        pushed = try await Self.plant("quarry", seed: 2, harness)
        source = SteeredSource(polled.readings, keepingBack: Self.lastCount)
        let settings = SourceSettings(kind: .csv, path: "steered")
        try await harness.stores.sources.put(
            SourceConfiguration(id: ID(UUID()), name: "source", configuration: settings.text()),
            at: harness.time.now,
            in: polled.scope
        )
        var paths: [String] = []
        for plant in [polled, pushed] {
            let version = try #require(try await harness.stores.models.champion(in: plant.scope)?.version)
            paths.append(folder.path("models/\(plant.scope.id)/\(version.hash).eaglemodel"))
        }
        modelPaths = paths
    }

    /// Rows that come when all is whole again.
    private static let lastCount = 20

    private static func plant(_ slug: String, seed: UInt64, _ harness: Harness) async throws -> Plant {
        // With so many leaks that every few rows a rule has something to say.
        var generator = SeededGenerator(seed: seed)
        let readings = SmallPlant.readings(days: 40..<43, seed: seed).map { reading in
            let leaks = Int.random(in: 0..<6, using: &generator) == 0
            return Reading(
                asset: reading.asset,
                instant: reading.instant,
                values: Array(reading.values.prefix(2)) + [leaks ? 1 : 0]
            )
        }
        let scope = try await harness.organization(slug)
        let sound = try await Harness()
        let soundScope = try await sound.organization(slug)
        try await sound.running { lanes in
            try await lanes.push(readings, in: soundScope)
            try await lanes.settle(in: soundScope)
        }
        return Plant(
            scope: scope,
            readings: readings,
            expected: try await Ledger(of: soundScope, sound.stores, through: readings.last?.instant)
        )
    }

    // MARK: - A run

    /// Lives through faults, step by step, and then looks whether anything is missing.
    func run(seed: UInt64, steps: Int) async throws {
        var script = Script(seed: seed)
        var stepsLeft = steps
        var sentCount = 0
        while stepsLeft > 0 {
            let life = min(stepsLeft, Int.random(in: 3...15, using: &script.generator))
            stepsLeft -= life
            do {
                (script, sentCount) = try await living { [script, sentCount] lanes in
                    var (script, sent) = (script, sentCount)
                    for _ in 0..<life {
                        try await step(&script, &sent, lanes)
                        await pass(.seconds(1))
                        try await check()
                    }
                    return (script, sent)
                }
            } catch is DatabaseError {
                continue  // The store failed at the very start: a server that can't read it is started again.
            }
        }
        try await recover(from: sentCount)
    }

    /// One life of the server; whatever it tells is looked up at once.
    private func living<Value: Sendable>(
        predictionDeadline: Duration = .milliseconds(100),
        _ body: @escaping @Sendable (Lanes) async throws -> Value
    ) async throws -> Value {
        let source = source
        return try await harness.running(
            batcher: runtime.batcher(),
            predictionDeadline: predictionDeadline,
            source: { settings, _, _ in settings.kind == .csv ? source : nil }
        ) { lanes in
            try await withThrowingTaskGroup(of: Value?.self) { group in
                for plant in [polled, pushed] {
                    let told = lanes.hub.subscribe(in: plant.scope)
                    group.addTask {
                        var last: Int64 = 0
                        for try await alert in told {
                            #expect(alert.sequence > last, "told twice, or out of order")
                            last = alert.sequence
                            let kept = try await whole.alerts.after(alert.sequence - 1, limit: 1, in: plant.scope)
                            #expect(kept.map(\.transition) == [alert.transition], "told before it was kept")
                        }
                        return nil
                    }
                }
                group.addTask { try await body(lanes) }
                defer { group.cancelAll() }
                while let next = try await group.next() {
                    if let next { return next }
                }
                throw CancellationError()
            }
        }
    }

    private func step(_ script: inout Script, _ sentCount: inout Int, _ lanes: Lanes) async throws {
        switch script.next() {
        case .rowsAppear(let count): source.release(count)
        case .rowsArePushed(let count):
            let end = min(pushed.readings.count - Self.lastCount, sentCount + count)
            // Who sent them sends them again unless he was told that they are kept.
            if await push(Array(pushed.readings[sentCount..<end]), lanes) { sentCount = end }
        case .storeFails(let faults, let code): database.fail(at: faults, with: code)
        case .storeIsWhole: database.fail(at: [])
        case .sourceFails(let count): source.fail(times: count)
        case .sourceRepeats(let count): source.overlap(by: count)
        case .modelFails(let count): runtime.fail(times: count)
        case .modelHangs: runtime.hold()
        case .modelAnswers: runtime.release()
        case .modelsAreEvicted: for plant in [polled, pushed] { await evict(in: plant.scope) }
        case .modelFileBreaks(let index):
            let path = modelPaths[index]
            guard FileManager.default.fileExists(atPath: path) else { return }
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        case .modelFilesAreBack: try mendFiles()
        case .timePasses(let seconds): await pass(.seconds(seconds))
        case .predictionsAreSwitched(let isOn): try await switchPredictions(isOn, lanes)
        case .somebodyAcknowledges:
            for plant in [polled, pushed] {
                let open = try await whole.alarms.open(in: plant.scope)
                guard let alarm = open.first(where: { $0.acknowledgedAt == nil }) else { continue }
                _ = try? await lanes.acknowledge(alarm.id, by: "olga", note: nil, in: plant.scope)
            }
        }
    }

    private func push(_ rows: [Reading], _ lanes: Lanes) async -> Bool {
        do {
            _ = try await lanes.ingest(rows, schemaVersion: 1, in: pushed.scope)
            let kept = try await whole.readings.readings(after: 0, countMax: .max, in: pushed.scope)
            #expect(Set(kept.map(\.reading)).isSuperset(of: rows), "acknowledged, and not kept")
            return true
        } catch {
            return false
        }
    }

    private func switchPredictions(_ isOn: Bool, _ lanes: Lanes? = nil) async throws {
        for plant in [polled, pushed] {
            try await whole.organizations.setPredictionEnabled(isOn, in: plant.scope)
            lanes?.configurationChanged(in: plant.scope)
        }
    }

    private func evict(in scope: OrganizationScope) async {
        guard let version = try? await whole.models.champion(in: scope)?.version else { return }
        harness.registry.release(version, in: scope)
    }

    private func mendFiles() throws {
        for path in modelPaths where FileManager.default.fileExists(atPath: path + ".away") {
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        }
    }

    /// Lets time pass, and whoever waits for it go on.
    private func pass(_ duration: Duration) async {
        harness.time.advance(by: duration)
        for _ in 0..<200 { await Task.yield() }
    }

    /// Lets time pass until something holds for both plants.
    private func passing(_ lanes: Lanes, until isThere: (LaneStatus, Plant, _ keptCount: Int) -> Bool) async throws {
        for plant in [polled, pushed] {
            while try await !isThere(
                lanes.status(in: plant.scope),
                plant,
                Int(whole.readings.lastSequence(in: plant.scope))
            ) {
                for plant in [polled, pushed] { await harness.tick(lanes, in: plant.scope, by: .milliseconds(500)) }
            }
        }
    }

    // MARK: - What must hold

    /// At every step.
    private func check() async throws {
        for (plant, other) in [(polled, pushed), (pushed, polled)] {
            let open = try await whole.alarms.open(in: plant.scope)
            #expect(Set(open.map { "\($0.asset) \($0.condition)" }).count == open.count, "two open for one condition")
            let ledger = try await Ledger(of: plant.scope, whole, through: plant.readings.last?.instant)
            #expect(ledger.numbers == Array(0..<ledger.numbers.count).map { Int64($0) + 1 }, "a number is missing")
            let unheard = ledger.activity.first { activity, count in count > plant.expected.activity[activity] ?? 0 }
            #expect(unheard == nil, "rules said what they should not have")
            let wrong = ledger.predictions.first { row, said in said != plant.expected.predictions[row] }
            #expect(wrong == nil, "another number than without faults")
            #expect(ledger.raisedAt.isSubset(of: ledger.predictions.keys), "raised by a prediction that was not kept")
            #expect(ledger.readings.isSubset(of: plant.readings), "a row that nobody sent")
            #expect(ledger.readings.isDisjoint(with: other.readings), "a row of the other organization")
            let chain = try await chain(of: plant.scope)
            #expect(chain.isWhole, "the audit chain is broken: \(String(describing: chain.finding))")
            // Its models were deployed before anything failed.
            #expect(chain.entryCount > 0, "the audit chain is empty")
        }
    }

    /// What an auditor finds, who has nothing but an export.
    private func chain(of scope: OrganizationScope) async throws -> AuditReport {
        let identity = try ServerIdentity(rawKey: Array(1...32))
        var export = try await whole.audit.export(at: harness.time.now, signedBy: identity, in: .organization(scope))
        var verification = AuditVerification(of: .organization(scope.id), publicKey: identity.publicKey)
        while let text = try await export.next() {
            for line in text.utf8.split(separator: UInt8(ascii: "\n")) { verification.take(Array(line)) }
        }
        return verification.finish()
    }

    /// Once all is whole: whatever was sent has gone through, as if nothing had ever failed.
    private func recover(from sentCount: Int) async throws {
        database.fail(at: [])
        source.fail(times: 0)
        runtime.fail(times: 0)
        runtime.release()
        try mendFiles()
        try await switchPredictions(true)
        // With patience, so that a busy machine is no fault.
        try await living(predictionDeadline: .seconds(60)) { lanes in
            try await passing(lanes) { status, _, _ in status.predictions == .on }
            source.releaseAll()
            while await !push(Array(pushed.readings[sentCount...]), lanes) { await pass(.seconds(1)) }
            try await passing(lanes) { status, plant, keptCount in
                status.behind == 0 && keptCount == plant.readings.count && status.predictions == .on
                    && status.waitingRows == 0 && status.breakers[.store].state == .closed
            }
        }
        try await check()
        for plant in [polled, pushed] {
            let ledger = try await Ledger(of: plant.scope, whole, through: plant.readings.last?.instant)
            #expect(ledger.readings == Set(plant.readings), "a row is missing")
            #expect(ledger.activity == plant.expected.activity, "rules missed something")
            // The newest row of each asset has been answered, in time or late.
            for pump in SmallPlant.pumps {
                let newest = plant.expected.predictions.keys.filter { $0.asset == pump }.max { $0.instant < $1.instant }
                #expect(newest.map { ledger.predictions[$0] != nil } ?? true, "the newest row has no answer")
            }
        }
    }
}
