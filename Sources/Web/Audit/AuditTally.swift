import Plant

/// Counts what may come by the thousand, so that it takes few entries: the first at once, the others by the minute.
struct AuditTally<Key: Hashable & Sendable>: Sendable {
    /// So often something happened that is now to be written down.
    struct Count: Sendable {
        let key: Key
        let count: Int
        /// The first of them.
        let since: Instant
        /// Of the first of them.
        let detail: [String: String]
    }

    private struct Window: Sendable {
        var openedAt: Instant
        /// Nothing of it has been written down yet.
        var isFresh = true
        var count = 0
        var since: Instant
        var detail: [String: String] = [:]
    }

    let span: Duration
    let keyCountMax: Int
    private var windows: [Key: Window] = [:]
    /// What came while too many keys were counted already.
    private(set) var lostCount = 0

    init(span: Duration = .seconds(60), keyCountMax: Int = 10_000) {
        self.span = span
        self.keyCountMax = keyCountMax
    }

    /// How many keys are counted.
    var keyCount: Int { windows.count }

    /// - Returns: Whether it is counted.
    @discardableResult
    mutating func add(_ key: Key, count: Int = 1, at now: Instant, _ detail: [String: String] = [:]) -> Bool {
        guard windows[key] != nil || windows.count < keyCountMax else {
            lostCount += count
            return false
        }
        var window = windows[key] ?? Window(openedAt: now, since: now)
        if window.count == 0 { (window.since, window.detail) = (now, detail) }
        window.count += count
        windows[key] = window
        return true
    }

    /// What could not be counted since the last time.
    mutating func takeLost() -> Int {
        defer { lostCount = 0 }
        return lostCount
    }

    /// What is to be written down now, oldest first; with `isLast` all there is.
    mutating func take(at now: Instant, isLast: Bool = false) -> [Count] {
        var counts: [Count] = []
        for (key, window) in windows {
            let isOver = now >= window.openedAt + span || now < window.openedAt
            guard window.isFresh || isOver || isLast else { continue }
            if window.count > 0 {
                counts.append(Count(key: key, count: window.count, since: window.since, detail: window.detail))
                windows[key] = Window(openedAt: isOver ? now : window.openedAt, isFresh: false, since: now)
            } else if isOver {
                windows[key] = nil
            }
        }
        return counts.sorted { $0.since < $1.since }
    }

    /// Counts again what could not be written down; it is due at once.
    mutating func putBack(_ count: Count) {
        var window = windows[count.key] ?? Window(openedAt: count.since, since: count.since)
        window.isFresh = true
        window.count += count.count
        (window.since, window.detail) = (count.since, count.detail)
        windows[count.key] = window
    }
}
