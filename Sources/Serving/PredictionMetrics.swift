import Histogram
package import Plant
import Synchronization

/// How fast each organization's questions were answered since the server started.
package final class PredictionMetrics: Sendable {
    private struct Book {
        var rowCount = 0
        var answerCount = 0
        var failureCount = 0
        /// Microseconds of live answers, to two significant digits.
        var latency = Histogram<UInt32>(
            highestTrackableValue: PredictionMetrics.microsecondsMax,
            numberOfSignificantValueDigits: .two
        )
    }

    private static let microsecondsMax: UInt64 = 60_000_000

    private let books = Mutex<[ID<Organization>: Book]>([:])

    package init() {}

    func answered(rowCount: Int, after duration: Duration, _ priority: PredictionPriority, in scope: OrganizationScope)
    {
        books.withLock { books in
            books[scope.id, default: Book()].rowCount += rowCount
            books[scope.id]?.answerCount += 1
            guard priority == .live else { return }
            let microseconds = min(UInt64(max(1, duration.microseconds)), Self.microsecondsMax)
            _ = books[scope.id]?.latency.record(microseconds)
        }
    }

    func failed(_ priority: PredictionPriority, in scope: OrganizationScope) {
        books.withLock { $0[scope.id, default: Book()].failureCount += 1 }
    }

    func forget(_ scope: OrganizationScope) { books.withLock { $0[scope.id] = nil } }

    /// An organization's own.
    package func figures(in scope: OrganizationScope) -> PredictionFigures {
        let book = books.withLock { $0[scope.id] } ?? Book()
        func milliseconds(_ percentile: Double) -> Double? {
            book.latency.totalCount == 0 ? nil : Double(book.latency.valueAtPercentile(percentile)) / 1_000
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
    /// From a live question to its last row's answer, loading included; nil before the first.
    package let p50Milliseconds: Double?
    package let p95Milliseconds: Double?
    package let p99Milliseconds: Double?
}
