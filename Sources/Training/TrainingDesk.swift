import Foundation
import FoundationEssentials
package import Logging
import Models
import Plant
import ServiceLifecycle
package import Serving
package import Storage
import Synchronization

/// Carries out training runs, one for an organization at a time, each in a process of its own.
///
/// The store is the queue, so that any number of servers may look into it; what a run made comes back through the model
/// registry and nowhere else.
package struct TrainingDesk: Service {
    let stores: Stores
    let lanes: Lanes
    let registry: ModelRegistry
    let news: Broadcast<TrainingLog>
    let command: TrainingCommand
    /// Below it each run has a folder of its own.
    let folder: String
    let time: any TimeSource
    let logger: Logger
    let slotCount: Int
    let interval: Duration
    /// Names this desk among all that look into the store.
    let name = UUID().uuidString

    /// A run's process lives by the machine's time, whatever the plant's.
    private var silenceMax: Duration { TrainingWork.silenceMax * time.speed }

    /// - Parameters:
    ///   - stores: The queue.
    ///   - lanes: Told when a champion moves.
    ///   - registry: Where models go.
    ///   - news: Told how runs go on.
    ///   - command: Starts a run's process.
    ///   - folder: Where runs work.
    ///   - time: The server's.
    ///   - logger: For what fails without anybody having asked for it.
    ///   - slotCount: How many runs go on at once, over all organizations.
    ///   - interval: How often the queue is looked into.
    package init(
        stores: Stores,
        lanes: Lanes,
        registry: ModelRegistry,
        news: Broadcast<TrainingLog>,
        command: TrainingCommand,
        folder: String,
        time: any TimeSource,
        logger: Logger,
        slotCount: Int = 1,
        interval: Duration = .seconds(1)
    ) {
        self.stores = stores
        self.lanes = lanes
        self.registry = registry
        self.news = news
        self.command = command
        self.folder = folder
        self.time = time
        self.logger = logger
        self.slotCount = slotCount
        self.interval = interval
    }

    /// Runs until shutdown; runs that go on then are ended, and wait for the next start.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { runs in
                let busy = BusySlots(slotCount)
                while !Task.isCancelled {
                    do {
                        for scope in try await lanes.scopesWithTraining(at: time.now) {
                            try await look(in: scope, busy: busy) { log in
                                runs.addTask {
                                    await carryOut(log, in: scope)
                                    busy.free()
                                }
                            }
                        }
                    } catch {
                        if !Task.isCancelled {
                            logger.error("the training queue can't be read", metadata: ["error": "\(error)"])
                        }
                    }
                    try? await Task.sleep(for: interval)
                }
                runs.cancelAll()
            }
        }
    }

    /// Queues what is due, gives up what is lost, and begins what waits, if there is room.
    private func look(
        in scope: OrganizationScope,
        busy: BusySlots,
        begin: (TrainingLog) -> Void
    ) async throws {
        let lost = try await stores.trainingLogs.expire(
            notSeenSince: time.now - silenceMax,
            at: time.now,
            in: scope
        )
        for log in lost {
            sweep(folder(of: log.id, in: scope))
            tell(log, in: scope)
        }
        let scheduler = TrainingScheduler(stores: stores, registry: registry, quotas: lanes.quotas, time: time)
        try await scheduler.look(in: scope)
        guard busy.take() else { return }
        do {
            guard let log = try await stores.trainingLogs.claim(by: name, at: time.now, in: scope) else {
                return busy.free()
            }
            begin(log)
        } catch {
            busy.free()
            throw error
        }
    }

    // MARK: - One run

    private func carryOut(_ claimed: TrainingLog, in scope: OrganizationScope) async {
        var log = claimed
        let place = folder(of: log.id, in: scope)
        tell(log, in: scope)
        do {
            try FileManager.default.createDirectory(
                atPath: place,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            switch try await process(log, place, in: scope) {
            case .finished(let result): try await conclude(&log, result, place, in: scope)
            case .failed(let reason): fail(&log, reason)
            }
        } catch TrainingProcess.Interruption.tookTooLong {
            fail(&log, "it took longer than the configuration's minutesMax allows")
        } catch TrainingProcess.Interruption.told {
            log.state = .cancelled
            log.endedAt = time.now
        } catch is CancellationError {
            // The server stops: the run waits for the next start.
            log.state = .queued
            log.startedAt = nil
        } catch {
            fail(&log, "the server could not carry it out: \(error)")
        }
        if log.state != .completed { sweep(place) }
        for attempt in 1...Self.endAttempts {
            do {
                if try await stores.trainingLogs.finish(log, by: name, at: time.now, in: scope) { tell(log, in: scope) }
                return
            } catch {
                logger.error(
                    "a training run's end can't be written down",
                    metadata: ["error": "\(error)", "attempt": "\(attempt)"]
                )
                do { try await Task.sleep(for: interval) } catch { return }
            }
        }
    }

    /// How often the store is asked to keep how a run ended, before it is left to be found silent.
    private static let endAttempts = 30

    private func process(
        _ log: TrainingLog,
        _ place: String,
        in scope: OrganizationScope
    ) async throws -> TrainingProcess.Ending {
        let configuration = try JSONDecoder().decode(
            TrainingConfiguration.self,
            from: Data((log.parameters ?? "{}").utf8)
        )
        let memory = min(configuration.memoryMebibytesMax, command.memoryMebibytesMax)
        let process = TrainingProcess(
            command: command,
            arguments: [
                "--organization", "\(scope.id)", "--run", "\(log.id)", "--folder", place, "--memory", String(memory),
            ],
            // The organization's own keys and nobody else's: its process can open nothing of others.
            input: try await stores.keyring.handedOver(in: scope) + "\n",
            time: .seconds(60 * min(configuration.minutesMax, command.minutesMax))
        )
        let heard = TrainingProcess.Heard()
        return try await process.run(heard: heard) {
            var heardAt = time.now
            while true {
                let (step, share) = heard.progress
                do {
                    let word = try await stores.trainingLogs.beat(
                        log.id,
                        by: name,
                        progress: share,
                        step: step,
                        at: time.now,
                        in: scope
                    )
                    guard word == .goOn else { throw TrainingProcess.Interruption.told }
                    heardAt = time.now
                } catch let error where !(error is TrainingProcess.Interruption) {
                    // A store that is slow or full for a while costs no run; others take it for lost by then.
                    guard time.now - heardAt < silenceMax else { throw error }
                }
                if step != nil {
                    var told = log
                    (told.step, told.progress) = (step, share)
                    news.publish([told], in: scope)
                }
                try await Task.sleep(for: interval)
            }
        }
    }

    // MARK: - Ends

    func fail(_ log: inout TrainingLog, _ reason: String) {
        log.state = .failed
        log.endedAt = time.now
        log.failureReason = reason
        logger.error("a training run failed", metadata: ["run": "\(log.id)", "reason": "\(reason)"])
    }

    private func tell(_ log: TrainingLog, in scope: OrganizationScope) { news.publish([log], in: scope) }

    private func folder(of run: ID<TrainingLog>, in scope: OrganizationScope) -> String {
        "\(folder)/\(scope.id)/\(run)"
    }

    /// Leaves nothing of a run that made no model, nor of an organization's folder without runs.
    private func sweep(_ place: String) {
        try? FileManager.default.removeItem(atPath: place)
        let parent = URL(fileURLWithPath: place).deletingLastPathComponent().path
        if let rest = try? FileManager.default.contentsOfDirectory(atPath: parent), rest.isEmpty {
            try? FileManager.default.removeItem(atPath: parent)
        }
    }
}

/// How many more runs may go on at once.
private final class BusySlots: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func take() -> Bool {
        left.withLock { left in
            guard left > 0 else { return false }
            left -= 1
            return true
        }
    }

    func free() { left.withLock { $0 += 1 } }
}
