package import Models
package import Plant

/// Which rows of a history are known to be faulty and which to be sound.
package struct RowLabels: Sendable {
    /// By asset, where the failures have a length.
    private let spans: [String: [ClosedRange<Instant>]]

    /// Nil where rows are not labelled: a failure that is a mere instant says nothing of the rows around it.
    ///
    /// - Parameters:
    ///   - hasTarget: Whether the readings carry a target column, which labels each row.
    ///   - failures: Recorded apart.
    package init?(hasTarget: Bool, failures: [FailureEvent]) {
        let lasting = failures.filter { $0.end > $0.start }
        guard hasTarget || !failures.isEmpty && lasting.count == failures.count else { return nil }
        spans = Dictionary(grouping: lasting, by: \.asset).mapValues { $0.map { $0.start...$0.end } }
    }

    package func isFaulty(_ reading: Reading) -> Bool {
        reading.failing != nil || spans[reading.asset]?.contains { $0.contains(reading.instant) } ?? false
    }
}
