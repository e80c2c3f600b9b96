/// How rows are put together, and how many may wait.
package struct BatchLimits: Hashable, Sendable {
    /// Rows in one call of the runtime.
    package var batchSize: Int
    /// How long rows wait for company; none by default, so that a lone row never waits.
    package var maxWaitTime: Duration
    /// Of one organization.
    package var waitingRowsMax: Int
    /// Of all organizations.
    package var allWaitingRowsMax: Int

    package init(
        batchSize: Int = 64,
        maxWaitTime: Duration = .zero,
        waitingRowsMax: Int = 4_096,
        allWaitingRowsMax: Int = 65_536
    ) {
        self.batchSize = batchSize
        self.maxWaitTime = maxWaitTime
        self.waitingRowsMax = waitingRowsMax
        self.allWaitingRowsMax = allWaitingRowsMax
    }
}

/// Too many rows wait already: nothing was taken in.
package struct TooManyRows: Error, Hashable, Sendable {
    /// After which there may be room again.
    package let retryAfterSeconds: Int
}

extension TooManyRows: CustomStringConvertible {
    package var description: String { "too many rows wait for predictions already" }
}
