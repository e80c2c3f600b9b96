import Alarms
import Connectors
import FoundationEssentials
import Logging
import Plant
import Storage

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
        var breaker = CircuitBreaker(rest: Backoff(from: .seconds(4), upTo: .seconds(60)))
        while !Task.isCancelled {
            let current = generation()
            do {
                _ = breaker.mayCall(at: time.now)
                try await poll(while: current) {
                    breaker.succeeded()
                    report(nil, breaker.report)
                }
            } catch is CancellationError {
                return
            } catch {
                breaker.failed(at: time.now)
                report("\(error)", breaker.report)
                logger.warning("the source failed; trying again", metadata: ["error": "\(error)"])
                try? await time.sleep(for: breaker.probesAt.map { $0 - time.now } ?? .seconds(1))
            }
        }
    }

    /// Polls one source until the configuration changes.
    private func poll(while current: Int, succeeded: () -> Void) async throws {
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
            if batch.cursor != cursor || !batch.readings.isEmpty {
                try await ingest(batch, schema.version, SourcePosition(source: stored.id, cursor: batch.cursor))
                cursor = batch.cursor
            }
            succeeded()
            if batch.readings.count < Self.batchCountMax {
                try await time.sleep(for: .seconds(settings.pollEverySeconds ?? 1))
            }
        }
    }

    private func idle(while current: Int) async throws {
        report(nil, .untouched)
        while !Task.isCancelled, generation() == current { try await Task.sleep(for: .seconds(1)) }
    }
}
