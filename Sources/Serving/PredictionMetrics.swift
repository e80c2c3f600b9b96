import Histogram
package import Plant
import Synchronization

/// How each organization's questions were answered since the server started, and how fast of late.
package final class PredictionMetrics: Sendable {
    private struct Book {
        var rowCount = 0
        var answerCount = 0
        var failureCount = 0
        /// Of the hour that began at an instant.
        var latency = Book.emptyLatency
        var hourBeganAt: ContinuousClock.Instant?
        /// Of the hour before; nil where there were none.
        var latencyBefore: Histogram<UInt32>?

        /// Microseconds of live answers, to two significant digits.
        static var emptyLatency: Histogram<UInt32> {
            Histogram(
                highestTrackableValue: PredictionMetrics.microsecondsMax,
                numberOfSignificantValueDigits: .two
            )
        }

        mutating func record(_ microseconds: UInt64, at now: ContinuousClock.Instant) {
            turn(at: now)
            hourBeganAt = hourBeganAt ?? now
            _ = latency.record(microseconds)
        }

        /// Begins a new hour where the present one is over: what is older than two hides nothing of today.
        mutating func turn(at now: ContinuousClock.Instant) {
            guard let began = hourBeganAt, now - began >= PredictionMetrics.hour else { return }
            latencyBefore = now - began < PredictionMetrics.hour * 2 ? latency : nil
            latency = Book.emptyLatency
            hourBeganAt = now
        }
    }

    private static let hour = Duration.seconds(3_600)
    private static let microsecondsMax: UInt64 = 60_000_000

    private let books = Mutex<[ID<Organization>: Book]>([:])

    package init() {}

    func answered(
        rowCount: Int,
        after duration: Duration,
        _ priority: PredictionPriority,
        at now: ContinuousClock.Instant = .now,
        in scope: OrganizationScope
    ) {
        books.withLock { books in
            books[scope.id, default: Book()].rowCount += rowCount
            books[scope.id]?.answerCount += 1
            guard priority <= .asked else { return }
            let microseconds = min(UInt64(max(1, duration.microseconds)), Self.microsecondsMax)
            books[scope.id]?.record(microseconds, at: now)
        }
    }

    func failed(_ priority: PredictionPriority, in scope: OrganizationScope) {
        books.withLock { $0[scope.id, default: Book()].failureCount += 1 }
    }

    func forget(_ scope: OrganizationScope) { books.withLock { $0[scope.id] = nil } }

    /// An organization's own.
    package func figures(
        at now: ContinuousClock.Instant = .now,
        in scope: OrganizationScope
    ) -> PredictionFigures {
        let kept = books.withLock { books in
            books[scope.id]?.turn(at: now)
            return books[scope.id]
        }
        let book = kept ?? Book()
        var latency = book.latency
        if let before = book.latencyBefore { latency.add(before) }
        func milliseconds(_ percentile: Double) -> Double? {
            latency.totalCount == 0 ? nil : Double(latency.valueAtPercentile(percentile)) / 1_000
        }
        return PredictionFigures(
            rowCount: book.rowCount,
            answerCount: book.answerCount,
            failureCount: book.failureCount,
            p50Milliseconds: milliseconds(50),
            p95Milliseconds: milliseconds(95),
            p99Milliseconds: milliseconds(99)
        )
    }
}

/// One organization's predictions since the server started.
package struct PredictionFigures: Hashable, Sendable, Codable {
    package let rowCount: Int
    /// Questions of one or more rows that had an answer, and that had none.
    package let answerCount: Int
    package let failureCount: Int
    /// From a live question to its last row's answer, loading included, over the last hour or two; nil where there were
    /// none.
    package let p50Milliseconds: Double?
    package let p95Milliseconds: Double?
    package let p99Milliseconds: Double?
}
