import Database
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing
import Training
import Trust

/// Training runs with the real store, processes and libraries, through all that can go wrong with them.
@Suite(.serialized, .timeLimit(.minutes(60))) struct TrainingDeskTests {
    @Test func `a run goes from the queue to a judged model in the registry, and only its organization sees it`()
        async throws
    {
        let plant = try await TrainingPlant()
        let harbor = try await plant.organization()
        let inland = try await plant.organization("inland")
        let id = try await plant.enqueue(in: harbor)
        let log = try await plant.outcome(of: id, in: harbor)
        #expect(log.state == .completed, "\(log.failureReason ?? "")")
        let version = try #require(log.modelVersion)
        #expect(log.decision == .registered)
        #expect(log.dataPointCount == 3 * TrainingPlant.days * 48)
        let model = try await plant.registry.load(version, in: harbor)
        #expect(model.manifest.organization == "harbor")
        let metrics = try #require(try await plant.stores.metrics.metrics(of: version, in: harbor))
        #expect(try #require(metrics.rocAUC) > 0.9)
        let gate = try JSONDecoder().decode(GateReport.self, from: Data(try #require(log.gate).utf8))
        #expect(gate.outcome(of: .evidence) == .passed)
        #expect(gate.outcome(of: .leakage) == .passed)
        #expect(
            Set(plant.debris(in: harbor)) == ["\(id)", "\(id)/gate.json", "\(id)/labels.json", "\(id)/report.json"]
        )
        let left = plant.debris(in: harbor).filter { $0.hasSuffix(".json") }.map { "training/\(harbor.id)/\($0)" }
        for name in left { #expect(SealedArtifact.isSealed(try plant.folder.bytes(name)), "\(name) lies open") }
        let folder = plant.folder.path("training/\(harbor.id)/\(id)")
        let artifacts = RunArtifacts(keyring: plant.stores.keyring)
        let opened = try await artifacts.opened(id, in: folder, in: harbor)
        #expect(opened.map(\.name) == ["gate.json", "labels.json", "report.json"])
        #expect(try JSONDecoder().decode(GateReport.self, from: Data(opened[0].bytes)) == gate)
        await #expect(throws: KeyError.self) { try await artifacts.opened(id, in: folder, in: inland) }
        #expect(try await plant.stores.models.list(in: inland).isEmpty)
        #expect(try await plant.stores.trainingLogs.page(limit: 9, in: inland).elements.isEmpty)
        #expect(plant.debris(in: inland).isEmpty)
        let error = await #expect(throws: ModelError.self) { try await plant.registry.load(version, in: inland) }
        #expect(error?.code == .artifactMissing)
    }

    @Test func `a better model takes the champion's place, with the run and the evidence in the ledger`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let first = try await plant.outcome(of: plant.enqueue(in: scope) { $0.promotion = .champion }, in: scope)
        #expect(first.decision == .champion, "\(first.decisionReason ?? "")")
        #expect(try await plant.stores.models.champion(in: scope)?.version == first.modelVersion)
        let entry = try #require(try await plant.stores.models.ledger(in: scope).first)
        #expect(entry.run == first.id)
        #expect(entry.by == "training")
        #expect(entry.evidence?.contains("leakage") ?? false)
        // The same data again: not better, so the champion stays.
        let second = try await plant.outcome(
            of: plant.enqueue(in: scope) {
                $0.promotion = .champion
                $0.treesMax = 2
            },
            in: scope
        )
        #expect(second.state == .completed)
        #expect(second.decision == .registered)
        #expect(second.modelVersion != first.modelVersion)
        #expect(try await plant.stores.models.champion(in: scope)?.version == first.modelVersion)
    }

    @Test func `a tag that copies the future is named, and its model goes nowhere`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization { wear, noise in [2 + noise, wear > 0.099 ? 1 : 0] }
        let id = try await plant.enqueue(in: scope) { $0.promotion = .champion }
        let log = try await plant.outcome(of: id, in: scope)
        #expect(log.decision == .rejected)
        #expect(log.decisionReason?.contains("'temperature'") ?? false, "\(log.decisionReason ?? "")")
        #expect(try await plant.stores.models.champion(in: scope) == nil)
    }

    @Test(arguments: [(SIGKILL, "killed"), (SIGSEGV, "crashed")])
    func `a process that dies leaves the champion, a reason, and nothing else`(signal: CInt, words: String) async throws
    {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let champion = try await plant.outcome(of: plant.enqueue(in: scope) { $0.promotion = .champion }, in: scope)
        let kept = Set(plant.debris(in: scope))
        let id = try await plant.enqueue(in: scope) { $0.treesMax = 100_000 }
        let log = try await plant.outcome(of: id, in: scope) { log in
            for process in TrainingPlant.processes(of: log.id) { kill(process, signal) }
        }
        #expect(log.state == .failed)
        let reason = log.failureReason ?? ""
        #expect(reason.contains(words), "\(reason)")
        #expect(TrainingPlant.processes(of: id).isEmpty)
        #expect(Set(plant.debris(in: scope)) == kept)
        #expect(try await plant.stores.models.champion(in: scope)?.version == champion.modelVersion)
        #expect(try await plant.stores.trainingLogs.byID(id, in: scope)?.state == .failed)
    }

    @Test func `more memory than it may have ends a run with that reason`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let id = try await plant.enqueue(in: scope)
        let log = try await plant.outcome(of: id, in: scope, desk: plant.desk { $0.memoryMebibytesMax = 8 })
        #expect(log.state == .failed)
        #expect(log.failureReason?.contains("8 MiB of memory") ?? false, "\(log.failureReason ?? "")")
        #expect(plant.debris(in: scope).isEmpty)
        #expect(TrainingPlant.processes(of: id).isEmpty)
    }

    @Test func `more time than it may have ends a run with that reason`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let id = try await plant.enqueue(in: scope)
        let log = try await plant.outcome(of: id, in: scope, desk: plant.desk { $0.minutesMax = 0 })
        #expect(log.state == .failed)
        #expect(log.failureReason?.contains("minutesMax") ?? false, "\(log.failureReason ?? "")")
        #expect(TrainingPlant.processes(of: id).isEmpty)
    }

    @Test func `data that teach nothing end a run with what to check`() async throws {
        let plant = try await TrainingPlant()
        let garbage = try await plant.organization("garbage") { _, _ in [.nan, .infinity] }
        let sound = try await plant.organization("sound", isWearing: false)
        let first = try await plant.outcome(of: plant.enqueue(in: garbage), in: garbage)
        #expect(first.failureReason?.contains("no row has a good value") ?? false, "\(first.failureReason ?? "")")
        let second = try await plant.outcome(of: plant.enqueue(in: sound) { $0.kind = .failure }, in: sound)
        #expect(second.state == .failed)
        #expect(second.failureReason?.contains("0 failures are recorded") ?? false, "\(second.failureReason ?? "")")
        #expect(plant.debris(in: sound).isEmpty)
    }

    @Test func `a plant without failures gets a baseline, and a model of failures once there are enough`() async throws
    {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization(isWearing: false)
        let first = try await plant.outcome(of: plant.enqueue(in: scope), in: scope)
        #expect(first.decision == .champion, "\(first.failureReason ?? first.decisionReason ?? "")")
        let baseline = try await plant.registry.load(#require(first.modelVersion), in: scope)
        #expect(baseline.manifest.kind == .anomaly)
        #expect(baseline.manifest.quality == .cannotDetermine)
        #expect(try await plant.stores.models.ledger(in: scope).first?.reason.contains("unusual") ?? false)

        _ = try await plant.stores.failures.record(TrainingPlant.failures, at: .t0, in: scope)
        let second = try await plant.outcome(of: plant.enqueue(in: scope), in: scope)
        #expect(second.decision == .champion, "\(second.failureReason ?? second.decisionReason ?? "")")
        let model = try await plant.registry.load(#require(second.modelVersion), in: scope)
        #expect(model.manifest.kind == .failure)
        #expect(try await plant.stores.models.champion(in: scope)?.version == second.modelVersion)
        // Outcomes can't tell a score from a probability: nobody watches.
        #expect(try await plant.stores.models.model(as: .predecessor, in: scope) == nil)

        let third = try await plant.outcome(of: plant.enqueue(in: scope) { $0.kind = .anomaly }, in: scope)
        #expect(third.decision == .registered)
        #expect(try await plant.stores.models.champion(in: scope)?.version == second.modelVersion)
    }

    @Test func `a source's whole history is fetched by cursor, learned, and changes nothing when it comes again`()
        async throws
    {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization(isHere: false)
        let scada = plant.folder.path("scada.sqlite")
        let table = try SQLiteDatabase(.file(scada))
        let readings = TrainingPlant.readings().sorted { ($0.instant, $0.asset) < ($1.instant, $1.asset) }
        try await table.transaction { transaction in
            try transaction.execute(
                "CREATE TABLE rows (id INTEGER PRIMARY KEY, time TEXT, pump TEXT, vibration REAL, temperature REAL)"
            )
            for (id, reading) in readings.enumerated() {
                try transaction.execute(
                    """
                    INSERT INTO rows (id, time, pump, vibration, temperature)
                    VALUES (\(Int64(id + 1)), \("\(reading.instant)"), \(reading.asset), \(reading.values[0]),
                        \(reading.values[1]))
                    """
                )
            }
        }
        let settings = SourceSettings(
            kind: .sqlite,
            path: SourceSettings.resolved(scada),
            table: "rows",
            orderColumn: "id"
        )
        let source = SourceConfiguration(
            id: ID(UUID()),
            name: "main",
            configuration: String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
        )
        try await plant.stores.sources.put(source, at: .t0, in: scope)
        func counts(until isThere: @escaping @Sendable (IngestCounts) -> Bool) async throws -> IngestCounts {
            try await plant.polling { lanes in
                while true {
                    let counts = try await plant.stores.readings.counts(in: scope)
                    if isThere(counts) { return counts }
                    _ = try await lanes.status(in: scope)
                    await Task.yield()
                }
            }
        }
        #expect(try await counts { $0.accepted == readings.count }.quarantined == 0)
        let log = try await plant.outcome(of: plant.enqueue(in: scope), in: scope)
        #expect(log.dataPointCount == readings.count, "\(log.failureReason ?? "")")

        try await plant.stores.sources.rewind(source.id, as: ID(UUID()), at: .t0, in: scope)
        let again = try await counts { $0.repeated == readings.count }
        #expect(again.accepted == readings.count)
        let second = try await plant.outcome(of: plant.enqueue(in: scope), in: scope)
        #expect(second.modelVersion == log.modelVersion)
    }

    @Test(arguments: [DatabaseError.Code.unavailable, .full])
    func `a store that fails for a while costs no run, and one that fails at its end is asked again`(
        code: DatabaseError.Code
    ) async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let log = try await plant.outcome(of: plant.enqueue(in: scope), in: scope) { _ in
            // Of what the run itself writes down of how it goes, and of its end: a model that can't be kept fails it.
            plant.database.fail(at: Set((1...8).map { .commit($0) }), writing: "training_log", with: code)
        }
        #expect(log.state == .completed, "\(log.failureReason ?? "")")
        plant.database.fail(at: [])
        #expect(try await plant.stores.trainingLogs.byID(log.id, in: scope)?.state == .completed)
        #expect(TrainingPlant.processes(of: log.id).isEmpty)
    }

    @Test func `a missing program is a reason too`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let desk = plant.desk { $0 = TrainingCommand(executable: "/nowhere/eagle", arguments: []) }
        let log = try await plant.outcome(of: plant.enqueue(in: scope), in: scope, desk: desk)
        #expect(log.state == .failed)
        #expect(plant.debris(in: scope).isEmpty)
    }

    @Test func `a cancelled run ends with its process`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let id = try await plant.enqueue(in: scope) { $0.treesMax = 100_000 }
        let log = try await plant.outcome(of: id, in: scope) { log in
            _ = try await plant.stores.trainingLogs.cancel(log.id, by: "bob", at: SystemTime().now, in: scope)
        }
        #expect(log.state == .cancelled)
        #expect(TrainingPlant.processes(of: id).isEmpty)
        #expect(plant.debris(in: scope).isEmpty)
        #expect(try await plant.stores.trainingLogs.byID(id, in: scope)?.cancelledBy == "bob")
    }

    @Test func `a run that the server's end interrupts waits for the next start`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let id = try await plant.enqueue(in: scope) { $0.treesMax = 100_000 }
        let subscription = plant.news.subscribe(in: scope)
        try await plant.running([plant.desk()]) {
            for try await log in subscription where log.step == "growing trees" { return }
        }
        #expect(TrainingPlant.processes(of: id).isEmpty)
        #expect(try await plant.stores.trainingLogs.byID(id, in: scope)?.state == .queued)
        #expect(plant.debris(in: scope).isEmpty)
    }

    @Test func `a run's process does not outlive whoever started it`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let id = try await plant.enqueue(in: scope) { $0.treesMax = 100_000 }
        let place = plant.folder.path("alone")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        // Its standard input ends at once, as it does when the server dies.
        let outcome = try EagleProcess.run([
            "run-training", "--data", plant.folder.path, "--organization", "\(scope.id)", "--run", "\(id)", "--folder",
            place, "--memory", "4096",
        ])
        #expect(outcome.status == 1)
        #expect(!outcome.output.contains("finished"))
    }

    @Test func `two servers on one store start one run, asked for or due`() async throws {
        let plant = try await TrainingPlant()
        let scope = try await plant.organization()
        let due = SystemTime().now - .seconds(3 * 366 * 86_400)
        try await plant.stores.trainingPlans.put(
            TrainingSchedule(cron: "0 0 1 1 *", nextAt: due),
            by: "ann",
            at: due,
            in: scope
        )
        let subscription = plant.news.subscribe(in: scope)
        let ended = try await plant.running([plant.desk(), plant.desk(), plant.desk()]) {
            for try await log in subscription where log.state == .completed || log.state == .failed { return log }
            throw CancellationError()
        }
        #expect(ended.cause == .schedule)
        // Three years were missed: one run, and the next is to come.
        #expect(try await plant.stores.trainingLogs.page(limit: 9, in: scope).elements.map(\.id) == [ended.id])
        #expect(try #require(try await plant.stores.trainingPlans.schedule(in: scope)?.nextAt) > SystemTime().now)
    }
}
