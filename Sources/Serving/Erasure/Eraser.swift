package import Logging
package import Plant
import ServiceLifecycle
import Storage
import Trust

/// Erases organizations beside those that go on, one at a time.
///
/// The store is the queue: it finishes as well what was begun before the last stop, or was asked for by a command.
package final class Eraser: Service {
    private let lanes: Lanes
    private let work: ErasureWork
    private let time: any TimeSource
    private let logger: Logger
    private let interval: Duration
    private let closing: @Sendable (OrganizationScope) async -> Void
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - lanes: Which end what they do for an organization, and prove it.
    ///   - work: What is done then.
    ///   - time: The server's.
    ///   - logger: For what fails without anybody having asked for it.
    ///   - interval: How often the store is looked into.
    ///   - closing: Told of each organization once nothing is done for it any more: others let go of what they hold.
    package init(
        lanes: Lanes,
        work: ErasureWork,
        time: any TimeSource,
        logger: Logger,
        interval: Duration = .seconds(1),
        closing: @escaping @Sendable (OrganizationScope) async -> Void = { _ in }
    ) {
        self.lanes = lanes
        self.work = work
        self.time = time
        self.logger = logger
        self.interval = interval
        self.closing = closing
        (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Something was asked for: looks at once.
    package func wake() { ring.yield() }

    /// Runs until shutdown; what goes on then is gone on with at the next start.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.sweep()
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.tick() }
                for await _ in self.bell {
                    await self.look()
                    guard !Task.isCancelled else { break }
                }
                tasks.cancelAll()
            }
        }
    }

    /// Takes away what the last moments before a stop may have left in the folders of those who are gone.
    private func sweep() async {
        do {
            for scope in try await lanes.erased() { try work.removeLateFiles(in: scope) }
        } catch {
            guard !Task.isCancelled else { return }
            logger.error("files of an erased organization can't be removed", metadata: ["error": "\(error)"])
        }
    }

    private func tick() async {
        while !Task.isCancelled {
            wake()
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }

    /// One that can't be erased now holds up none behind it.
    private func look() async {
        var hasFailed = false
        do {
            for (erasure, scope) in try await lanes.erasuresUnderWay() {
                do { try await erase(erasure, in: scope) } catch {
                    guard !Task.isCancelled else { return }
                    report(error, of: erasure.organization)
                    hasFailed = true
                }
            }
        } catch {
            guard !Task.isCancelled else { return }
            report(error)
            hasFailed = true
        }
        if hasFailed { try? await Task.sleep(for: interval * 5) }
    }

    private func erase(_ erasure: Erasure, in scope: OrganizationScope) async throws {
        try Task.checkCancellation()
        logger.notice("an organization is erased", metadata: ["organization": "\(erasure.organization)"])
        try await carryOut(in: scope)
        logger.notice("an organization was erased", metadata: ["organization": "\(erasure.organization)"])
    }

    private func report(_ error: any Error, of organization: ID<Organization>? = nil) {
        var metadata: Logger.Metadata = ["error": "\(error)"]
        metadata["organization"] = organization.map { "\($0)" }
        logger.error("an organization can't be erased; trying again", metadata: metadata)
    }

    private func carryOut(in scope: OrganizationScope) async throws {
        await lanes.close(scope)
        await closing(scope)
        try await stopTraining(in: scope)
        try await lanes.erase(by: work, in: scope)
        // What was loaded for a question that was asked before.
        lanes.forget(scope)
    }

    private static let stoppingCountMax = 60

    /// A run is told to end, and is given the time for it; one that does not finds its rows and folder gone.
    private func stopTraining(in scope: OrganizationScope) async throws {
        for _ in 0..<Self.stoppingCountMax {
            let isRunning = try await lanes.stores.trainingLogs.stopAll(
                by: Actor.server.text,
                at: time.now,
                silenceMax: .seconds(60) * time.speed,
                in: scope
            )
            guard isRunning else { return }
            try await Task.sleep(for: interval)
        }
    }
}
