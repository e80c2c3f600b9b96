import DequeModule

/// Whose load goes on, who waits for it, and which loads take so long that nobody waits for them any more.
///
/// Only so many go on at a time. One that takes too long gives its place to the next, and stays known: whoever asks
/// for it is told at once, and no second load of it piles up behind the first.
struct LoadTurns<Waiter: Sendable>: Sendable {
    private struct Load: Sendable {
        var waiters: [Waiter]
        /// Nil as long as it waits for its turn.
        var startedAt: ContinuousClock.Instant?
        var isOverdue = false
    }

    let countMax: Int
    let timeMax: Duration
    private var loads: [ModelKey: Load] = [:]
    private var waiting: Deque<ModelKey> = []
    /// How many go on, but for those that take too long.
    private(set) var ongoingCount = 0

    init(countMax: Int, timeMax: Duration) {
        self.countMax = max(1, countMax)
        self.timeMax = timeMax
    }

    /// Loads that nobody waits for and that have not ended.
    var overdueCount: Int { loads.values.count(where: \.isOverdue) }

    /// Waits for a model's load, which is asked for if it is not already.
    ///
    /// - Returns: False where it takes too long already: there is nothing to wait for.
    mutating func wait(_ waiter: Waiter, for key: ModelKey) -> Bool {
        guard let load = loads[key] else {
            loads[key] = Load(waiters: [waiter])
            waiting.append(key)
            return true
        }
        guard !load.isOverdue else { return false }
        loads[key]?.waiters.append(waiter)
        return true
    }

    /// Those whose turn it is: they begin now.
    mutating func begin(at now: ContinuousClock.Instant) -> [ModelKey] {
        var begun: [ModelKey] = []
        while ongoingCount < countMax, let key = waiting.popFirst() {
            loads[key]?.startedAt = now
            ongoingCount += 1
            begun.append(key)
        }
        return begun
    }

    /// - Returns: Who still waited for a load that has ended.
    mutating func end(_ key: ModelKey) -> [Waiter] {
        guard let load = loads.removeValue(forKey: key) else { return [] }
        if !load.isOverdue { ongoingCount -= 1 }
        return load.waiters
    }

    /// Takes the place from those that take too long.
    ///
    /// - Returns: Who waited for them.
    mutating func giveUp(at now: ContinuousClock.Instant) -> [Waiter] {
        var given: [Waiter] = []
        for (key, load) in loads where !load.isOverdue {
            guard let startedAt = load.startedAt, startedAt + timeMax <= now else { continue }
            given += load.waiters
            loads[key]?.waiters = []
            loads[key]?.isOverdue = true
            ongoingCount -= 1
        }
        return given
    }

    /// When the next of those that go on takes too long; nil where none does.
    var looksAt: ContinuousClock.Instant? {
        loads.values.lazy.filter { !$0.isOverdue }.compactMap(\.startedAt).min().map { $0 + timeMax }
    }
}
