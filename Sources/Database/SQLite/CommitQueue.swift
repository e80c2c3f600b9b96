/// How much a database has written, and how often it flushed for it.
package struct CommitStatistics: Hashable, Sendable {
    /// Transactions that wait right now.
    package fileprivate(set) var waitingCount = 0
    package fileprivate(set) var transactionCount = 0
    /// Flushes for those transactions.
    package fileprivate(set) var flushCount = 0
}

/// Who waits to be written, and whether somebody is writing.
struct CommitQueue: Sendable {
    enum Step: Hashable, Sendable { case wait, drain, refuse }

    let waitingCountMax: Int
    private(set) var statistics = CommitStatistics()
    private var waiting: [WaitingTransaction] = []
    private var isDraining = false

    init(waitingCountMax: Int) { self.waitingCountMax = waitingCountMax }

    mutating func add(_ entry: WaitingTransaction) -> Step {
        guard waiting.count < waitingCountMax else { return .refuse }
        waiting.append(entry)
        statistics.waitingCount += 1
        guard !isDraining else { return .wait }
        isDraining = true
        return .drain
    }

    /// All that wait; where none do, draining is over, and the next one added starts it again.
    mutating func nextGroup() -> [WaitingTransaction] {
        defer { waiting = [] }
        if waiting.isEmpty {
            isDraining = false
        } else {
            statistics.waitingCount = 0
            statistics.transactionCount += waiting.count
            statistics.flushCount += 1
        }
        return waiting
    }
}
