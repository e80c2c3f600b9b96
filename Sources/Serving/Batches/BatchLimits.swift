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

    /// Up to which rows of one organization may wait for one more of a priority to be taken in: those of its lane find
    /// room whatever else it asks, a batch's at least, and what people ask beside history and rivals.
    func waitingRowsMax(for priority: PredictionPriority) -> Int {
        switch priority {
        case .live, .late: waitingRowsMax
        case .asked: waitingRowsMax - min(waitingRowsMax / 2, max(waitingRowsMax / 4, batchSize))
        case .challenger, .backtest: waitingRowsMax / 2
        }
    }

    /// The same of all organizations: whatever they ask, their lanes find room.
    func allWaitingRowsMax(for priority: PredictionPriority) -> Int {
        switch priority {
        case .live, .late: allWaitingRowsMax
        case .asked, .challenger, .backtest: allWaitingRowsMax - allWaitingRowsMax / 4
        }
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
