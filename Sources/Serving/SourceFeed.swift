import Alarms
import Connectors
import FoundationEssentials
import Logging
import Plant
import Storage
import Trust

/// Fetches one organization's readings from its source and hands them to the store, batch by batch.
///
/// A batch and the source's cursor are committed together, so that nothing is lost between two polls and a
/// batch that comes again changes nothing.
struct SourceFeed: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let time: any TimeSource
    let logger: Logger
    let source: SourceMaker
    /// Grows with each change of configuration: the source is made anew then.
    let generation: @Sendable () -> Int
    /// Told what is wrong with the source, and nil when nothing is any more.
    let report: @Sendable (_ problem: String?, BreakerReport) -> Void
    let ingest: @Sendable (ReadingBatch, _ schemaVersion: Int, SourcePosition) async throws -> Void

    private static let batchCountMax = 2_000

    func run() async {
        var state = FeedState()
        while !Task.isCancelled {
            let current = generation()
            state.begin(current)
            if state.breaker.failureCount > 0 {
                _ = state.breaker.mayCall(at: time.now)
                report(state.problem, state.breaker.report)
            }
            do {
                try await poll(while: current, &state)
            } catch is CancellationError, is LaneError {
                return  // The server stops, or nothing is done for the organization any more.
            } catch {
                let until = state.failed(error, at: time.now)
                report(state.problem, state.breaker.report)
                logger.warning("a source's readings don't come in; trying again", metadata: ["error": "\(error)"])
                await rest(until: until, while: current)
            }
        }
    }

    /// Rests until an instant, or until the configuration changes: who has mended it does not wait.
    private func rest(until: Instant, while current: Int) async {
        while !Task.isCancelled, generation() == current {
            let left = until - time.now
            guard left > .zero else { return }
            do { try await time.sleep(for: min(left, .seconds(1))) } catch { return }
        }
    }

    /// Polls one source until the configuration changes.
    private func poll(while current: Int, _ state: inout FeedState) async throws {
        guard let stored = try await stores.sources.list(in: scope).first,
            let schema = try await stores.schemas.current(in: scope)
        else { return try await idle(while: current) }
        let settings = try JSONDecoder().decode(SourceSettings.self, from: Data(stored.configuration.utf8))
        let document = try SchemaText.document(schema.document)
        // A link that was put in the file's place since would lead to somebody else's.
        guard settings.isStraight else {
            throw SourceError(
                .unavailable,
                "\(settings.path ?? "") has become a symbolic link: name the file that it leads to"
            )
        }
        guard let source = try source(settings, document.schema, time) else {
            return try await idle(while: current)
        }
        var cursor = try await stores.sources.cursor(of: stored.id, in: scope)
        while !Task.isCancelled, generation() == current {
            let batch = try await source.readings(after: cursor, countMax: Self.batchCountMax)
            state.breaker.succeeded()
            if batch.cursor != cursor || !batch.readings.isEmpty {
                try await ingest(batch, schema.version, SourcePosition(source: stored.id, cursor: batch.cursor))
                cursor = batch.cursor
            }
            state.kept()
            report(nil, state.breaker.report)
            if batch.readings.count < Self.batchCountMax {
                await rest(until: time.now + .seconds(settings.pollEverySeconds ?? 1), while: current)
            }
        }
    }

    private func idle(while current: Int) async throws {
        report(nil, .untouched)
        while !Task.isCancelled, generation() == current { try await Task.sleep(for: .seconds(1)) }
    }
}

/// How a feed does, and whose fault it is where it does badly.
private struct FeedState {
    /// The source's: what the store does not take, or a quota does not allow, is not its fault.
    var breaker = CircuitBreaker(rest: Backoff(from: .seconds(4), upTo: .seconds(60)))
    /// Why the source's readings don't come in, where it is not the store; that has a breaker of its own.
    private(set) var problem: String?
    private var backoff = Backoff(from: .seconds(2), upTo: .seconds(60))
    private var generation: Int?

    /// Whatever changed may have mended it: it starts anew then.
    mutating func begin(_ generation: Int) {
        guard generation != self.generation else { return }
        self = FeedState()
        self.generation = generation
    }

    mutating func kept() {
        problem = nil
        backoff.reset()
    }

    /// - Returns: When to try again.
    mutating func failed(_ error: any Error, at now: Instant) -> Instant {
        guard !error.isOfStore, !(error is QuotaExceeded) else {
            problem = error is QuotaExceeded ? "\(error)" : nil
            return now + backoff.next()
        }
        problem = "\(error)"
        breaker.failed(at: now)
        return breaker.probesAt ?? now + .seconds(1)
    }
}
