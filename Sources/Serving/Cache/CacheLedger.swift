import HeapModule
import Plant

/// Who is in a cache, what each weighs, and who leaves first; it holds no models.
struct CacheLedger<Key: Hashable & Sendable>: Sendable {
    struct Resident: Sendable {
        let byteCount: Int
        let since: Instant
    }

    /// A model that is to leave, as it was there.
    struct Departure: Sendable {
        let key: Key
        let resident: Resident
    }

    let policy: CachePolicy
    private(set) var residents: [Key: Resident] = [:]
    private(set) var byteCount = 0
    /// Of residents, and of those that left lately: a model that comes round in a cycle is known when it returns.
    private var histories: [Key: UseHistory] = [:]
    private var usesSinceFading = 0

    init(policy: CachePolicy) { self.policy = policy }

    /// Notes a use, whether or not the model is there.
    mutating func use(_ key: Key, at now: Instant) {
        if histories[key] == nil {
            forgetLongGone()
            histories[key] = UseHistory(firstUsed: now)
        } else {
            histories[key]?.use(at: now)
        }
        usesSinceFading += 1
        guard usesSinceFading > 16 * max(64, residents.count) else { return }
        usesSinceFading = 0
        for key in histories.keys { histories[key]?.fade() }
    }

    /// Takes a model in.
    ///
    /// - Returns: Those that leave for it; itself alone where it would not fit into an empty cache.
    mutating func admit(_ key: Key, byteCount: Int, within budget: CacheBudget, at now: Instant) -> [Departure] {
        remove(key)
        let resident = Resident(byteCount: byteCount, since: now)
        guard byteCount <= budget.byteCountMax, budget.modelCountMax > 0 else {
            return [Departure(key: key, resident: resident)]
        }
        let leaving = shrink(
            toBytes: budget.byteCountMax - byteCount,
            count: budget.modelCountMax - 1,
            at: now
        )
        residents[key] = resident
        self.byteCount += byteCount
        return leaving
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Departure? {
        guard let resident = residents.removeValue(forKey: key) else { return nil }
        byteCount -= resident.byteCount
        return Departure(key: key, resident: resident)
    }

    /// Lets models go until the rest fits.
    mutating func shrink(toBytes bytesMax: Int, count countMax: Int, at now: Instant) -> [Departure] {
        guard byteCount > bytesMax || residents.count > countMax else { return [] }
        var candidates = Heap(residents.keys.map { Candidate(key: $0, urge: urge(of: $0, at: now)) })
        var leaving: [Departure] = []
        while byteCount > bytesMax || residents.count > countMax, let next = candidates.popMax() {
            if let departure = remove(next.key) { leaving.append(departure) }
        }
        return leaving
    }

    /// Lets go who was not used for so long and is not about to be.
    mutating func retire(idleFor idleMax: Duration, at now: Instant) -> [Departure] {
        let idle = residents.keys.filter { key in
            guard let history = histories[key] else { return true }
            return now - history.last >= idleMax
                && (policy != .auto || history.secondsToNextUse(from: now) >= idleMax.seconds)
        }
        return idle.compactMap { remove($0) }
    }

    // MARK: - Who leaves first

    private struct Candidate: Comparable {
        let key: Key
        let urge: Urge

        static func < (left: Candidate, right: Candidate) -> Bool { left.urge < right.urge }
        static func == (left: Candidate, right: Candidate) -> Bool { left.urge == right.urge }
    }

    /// How much speaks for leaving, and what decides among equals.
    private struct Urge: Comparable {
        let first: Double
        let second: Double

        static func < (left: Urge, right: Urge) -> Bool { (left.first, left.second) < (right.first, right.second) }
    }

    private func urge(of key: Key, at now: Instant) -> Urge {
        guard let history = histories[key] else { return Urge(first: .infinity, second: .infinity) }
        let silence = (now - history.last).seconds
        return switch policy {
        case .lru: Urge(first: silence, second: 0)
        case .lfu: Urge(first: -history.frequency, second: silence)
        // Of those that were used once, the newest: a scan drives out what it brought, and nothing else.
        case .auto: Urge(first: history.secondsToNextUse(from: now), second: -silence)
        }
    }

    /// Histories of models that are gone are kept for a few times as many as can be there.
    private mutating func forgetLongGone() {
        let countMax = 4 * max(1_024, residents.count)
        guard histories.count >= countMax else { return }
        let gone = histories.filter { residents[$0.key] == nil }.sorted { $0.value.last < $1.value.last }
        for (key, _) in gone.prefix(max(1, countMax / 4)) { histories[key] = nil }
    }
}
