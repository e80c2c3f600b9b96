/// How much a database has written, and how often it flushed for it.
package struct CommitStatistics: Hashable, Sendable {
    /// Transactions that wait right now.
    package fileprivate(set) var waitingCount = 0
    package fileprivate(set) var transactionCount = 0
    /// Flushes for those transactions.
    package fileprivate(set) var flushCount = 0
}

/// Who waits to be written, and whether somebody is writing.
///
/// All that wait share a flush. A tenant that took far more of the writer's time than the others goes along with them,
/// a few transactions at a time, and starts a flush of its own only now and then: so its flood makes the others' flushes
/// neither longer nor more frequent, and is written as fast as that allows.
struct CommitQueue: Sendable {
    enum Step: Hashable, Sendable {
        case wait, drain, refuse
        /// Ask again then, if nobody else has come.
        case rest(until: ContinuousClock.Instant)
    }

    /// Between two flushes for those alone who are ahead.
    static let rest = Duration.milliseconds(5)
    /// Of one tenant that is ahead, in one flush.
    static let aheadCountMax = 4

    let waitingCountMax: Int
    private(set) var statistics = CommitStatistics()
    private var waiting: [WaitingTransaction] = []
    private var tenantCounts: [WaitingTransaction.Tenant: Int] = [:]
    private var isDraining = false
    private var isResting = false
    private var shares = WriterShares()
    private var flushedAt: ContinuousClock.Instant?

    init(waitingCountMax: Int) { self.waitingCountMax = waitingCountMax }

    mutating func add(_ entry: WaitingTransaction, at now: ContinuousClock.Instant) -> Step {
        guard waiting.count < waitingCountMax else { return .refuse }
        if let tenant = entry.tenant {
            // Whoever's backlog it is, the others find places.
            guard tenantCounts[tenant, default: 0] < max(1, waitingCountMax / 4) else { return .refuse }
            tenantCounts[tenant, default: 0] += 1
        }
        waiting.append(entry)
        statistics.waitingCount += 1
        guard !isDraining else { return .wait }
        return step(for: [entry], at: now)
    }

    /// The rest of those who are ahead is over.
    mutating func wake(at now: ContinuousClock.Instant) -> Step {
        isResting = false
        return isDraining ? .wait : step(for: waiting, at: now)
    }

    /// Those who go next; where that is nobody, draining is over, and the next one added starts it again.
    mutating func nextGroup(at now: ContinuousClock.Instant) -> (group: [WaitingTransaction], next: Step) {
        isDraining = false
        let next = step(for: waiting, at: now)
        guard next == .drain else { return ([], next) }
        var group: [WaitingTransaction] = []
        var left: [WaitingTransaction] = []
        var counts: [WaitingTransaction.Tenant: Int] = [:]
        for entry in waiting {
            if let tenant = entry.tenant, shares.isAhead(tenant, at: now) {
                counts[tenant, default: 0] += 1
                if counts[tenant, default: 0] > Self.aheadCountMax {
                    left.append(entry)
                    continue
                }
            }
            group.append(entry)
        }
        waiting = left
        tenantCounts = [:]
        for case let tenant? in left.map(\.tenant) { tenantCounts[tenant, default: 0] += 1 }
        flushedAt = now
        statistics.waitingCount = left.count
        statistics.transactionCount += group.count
        statistics.flushCount += 1
        return (group, next)
    }

    mutating func charge(_ tenant: WaitingTransaction.Tenant, _ cost: Duration, at now: ContinuousClock.Instant) {
        shares.charge(tenant, cost, at: now)
    }

    /// Whether these start a flush.
    private mutating func step(for entries: [WaitingTransaction], at now: ContinuousClock.Instant) -> Step {
        guard !entries.isEmpty else { return .wait }
        let mayGo = flushedAt.map { $0 + Self.rest } ?? now
        let areAhead = entries.allSatisfy { entry in entry.tenant.map { shares.isAhead($0, at: now) } ?? false }
        if areAhead, now < mayGo {
            defer { isResting = true }
            return isResting ? .wait : .rest(until: mayGo)
        }
        isDraining = true
        return .drain
    }
}
