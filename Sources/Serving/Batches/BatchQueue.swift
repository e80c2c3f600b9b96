import DequeModule
import Plant

/// Rows that wait for their models, and which go next; it runs nothing.
///
/// Rows of one model and one priority go together, in the order in which they came. Organizations take turns, and each
/// one's models among themselves, so that one with many rows or many models costs the others one batch and no more; a
/// higher priority goes before all lower ones. A model has one batch under way at a time, so that one that hangs holds
/// one thread.
struct BatchQueue<Payload: Sendable>: Sendable {
    struct Item: Sendable {
        let payload: Payload
        let rowCount: Int
        let since: ContinuousClock.Instant
    }

    struct Batch: Sendable {
        let key: ModelKey
        let items: [Payload]
    }

    private struct Line: Sendable {
        var items: [Deque<Item>] = PredictionPriority.allCases.map { _ in [] }
        var isBusy = false
        /// Until it is empty nothing in it waits for company.
        var isFlushed = false

        var isEmpty: Bool { items.allSatisfy(\.isEmpty) }
    }

    let limits: BatchLimits
    private var lines: [ModelKey: Line] = [:]
    /// By priority: models with rows that wait; each once.
    private var turns = PredictionPriority.allCases.map { _ in FairLines<ModelKey>() }
    private var rowCounts: [ID<Organization>: Int] = [:]
    private(set) var rowCount = 0

    init(limits: BatchLimits) { self.limits = limits }

    /// Takes rows in: as many as fit into one batch, or fewer.
    ///
    /// - Throws: ``TooManyRows``.
    mutating func add(
        _ payload: Payload,
        rowCount count: Int,
        of key: ModelKey,
        _ priority: PredictionPriority,
        at now: ContinuousClock.Instant
    ) throws(TooManyRows) {
        let waiting = rowCounts[key.organization] ?? 0
        guard waiting + count <= limits.waitingRowsMax(for: priority),
            rowCount + count <= limits.allWaitingRowsMax(for: priority)
        else { throw TooManyRows(retryAfterSeconds: secondsUntilRoom(of: key.organization, at: now)) }
        rowCounts[key.organization] = waiting + count
        rowCount += count
        let item = Item(payload: payload, rowCount: count, since: now)
        lines[key, default: Line()].items[priority.rawValue].append(item)
        if lines[key]?.items[priority.rawValue].count == 1 {
            turns[priority.rawValue].append(key, of: key.organization)
        }
    }

    /// As long again as the first of an organization's rows has waited, at least a second and at most a minute.
    private func secondsUntilRoom(of organization: ID<Organization>, at now: ContinuousClock.Instant) -> Int {
        let since = lines.lazy.filter { $0.key.organization == organization }
            .flatMap { $0.value.items.compactMap(\.first?.since) }.min()
        guard let since else { return 1 }
        return max(1, min(60, Int((now - since).seconds.rounded(.up))))
    }

    /// The batch that goes next; its model is busy until ``finish(_:)``.
    mutating func next(at now: ContinuousClock.Instant) -> Batch? {
        for priority in turns.indices {
            if let key = nextReady(priority, at: now) { return take(key, priority) }
        }
        return nil
    }

    private mutating func nextReady(_ priority: Int, at now: ContinuousClock.Instant) -> ModelKey? {
        var waiting = FairLines<ModelKey>()
        swap(&waiting, &turns[priority])
        defer { swap(&waiting, &turns[priority]) }
        return waiting.next { _, keys in
            // Another's turn comes when it is ready.
            keys.firstIndex { lines[$0].map { isReady($0, priority, at: now) } ?? false }.map { keys.remove(at: $0) }
        }
    }

    /// When rows that wait for company will have waited long enough; nil where none do.
    var readyAt: ContinuousClock.Instant? {
        guard limits.maxWaitTime > .zero else { return nil }
        return lines.values.lazy.filter { !$0.isBusy }
            .flatMap { $0.items.compactMap(\.first?.since) }.min().map { $0 + limits.maxWaitTime }
    }

    /// Lets all that waits now go without company.
    mutating func flush() {
        for key in lines.keys { lines[key]?.isFlushed = true }
    }

    /// A model's batch is through.
    mutating func finish(_ key: ModelKey) {
        lines[key]?.isBusy = false
        if lines[key]?.isEmpty ?? false { lines[key] = nil }
    }

    /// Forgets what nobody waits for any more, and returns it.
    mutating func drop(from key: ModelKey, where isAbandoned: (Payload) -> Bool) -> [Payload] {
        var dropped: [Payload] = []
        for priority in turns.indices {
            guard let items = lines[key]?.items[priority], !items.isEmpty else { continue }
            let kept = items.filter { !isAbandoned($0.payload) }
            guard kept.count < items.count else { continue }
            dropped += items.filter { isAbandoned($0.payload) }.map(\.payload)
            count(-items.reduce(0) { $0 + $1.rowCount } + kept.reduce(0) { $0 + $1.rowCount }, of: key)
            lines[key]?.items[priority] = kept
            if kept.isEmpty { turns[priority].remove(key, of: key.organization) }
        }
        if let line = lines[key], line.isEmpty, !line.isBusy { lines[key] = nil }
        return dropped
    }

    // MARK: - Parts

    private func isReady(_ line: Line, _ priority: Int, at now: ContinuousClock.Instant) -> Bool {
        guard !line.isBusy, let first = line.items[priority].first else { return false }
        if line.isFlushed || limits.maxWaitTime <= .zero || now - first.since >= limits.maxWaitTime { return true }
        return line.items[priority].reduce(0) { $0 + $1.rowCount } >= limits.batchSize
    }

    /// As many rows from the front as one batch holds, at least one item.
    private mutating func take(_ key: ModelKey, _ priority: Int) -> Batch {
        guard var line = lines[key] else { preconditionFailure("who has a turn has a line") }
        var items: [Payload] = []
        var taken = 0
        while let first = line.items[priority].first,
            items.isEmpty || taken + first.rowCount <= limits.batchSize
        {
            items.append(first.payload)
            taken += first.rowCount
            line.items[priority].removeFirst()
        }
        line.isBusy = true
        if line.isEmpty { line.isFlushed = false }
        if !line.items[priority].isEmpty { turns[priority].append(key, of: key.organization) }
        lines[key] = line
        count(-taken, of: key)
        return Batch(key: key, items: items)
    }

    private mutating func count(_ change: Int, of key: ModelKey) {
        rowCount += change
        let left = (rowCounts[key.organization] ?? 0) + change
        rowCounts[key.organization] = left > 0 ? left : nil
    }
}
