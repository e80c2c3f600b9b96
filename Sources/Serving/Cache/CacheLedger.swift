import HeapModule
import Plant

/// Who is in a cache, what each weighs, and who leaves first; it holds no models.
///
/// Whatever the policy, an owner with more models than ``CacheLedger/unsharedCountMax`` and more than its share of the
/// whole, which is the same for all owners there, loses of its own first: for what it brings itself, and for others.
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

    /// What an owner has in the cache.
    private struct Holding: Sendable {
        var count = 0
        var byteCount = 0
    }

    /// As many as an organization needs to serve: a champion, its rivals, and one more.
    ///
    /// Those stand under the policy alone, however few there are of others'.
    static var unsharedCountMax: Int { 4 }

    /// After which one that was dismissed leaves.
    static var dismissedIdleMax: Duration { .seconds(60) }

    let policy: CachePolicy
    /// Nil where all are one owner's.
    private let owner: (@Sendable (Key) -> ID<Organization>)?
    private(set) var residents: [Key: Resident] = [:]
    private(set) var byteCount = 0
    /// Of residents, and of those that left lately: a model that comes round in a cycle is known when it returns.
    private var histories: [Key: UseHistory] = [:]
    /// How often the cache has been used.
    private var turn = 0
    private var usesSinceFading = 0
    private var holdings: [ID<Organization>: Holding] = [:]
    private var dismissed: Set<Key> = []

    init(policy: CachePolicy, owner: (@Sendable (Key) -> ID<Organization>)? = nil) {
        self.policy = policy
        self.owner = owner
    }

    /// Notes a use, whether or not the model is there.
    mutating func use(_ key: Key, at now: Instant) {
        if histories[key] == nil {
            forgetLongGone()
            histories[key] = UseHistory(firstUsed: now, turn: turn)
        } else {
            histories[key]?.use(at: now, turn: turn)
        }
        turn += 1
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
            for: Newcomer(owner: owner?(key), byteCount: byteCount),
            at: now
        )
        residents[key] = resident
        self.byteCount += byteCount
        if let owner = owner?(key) {
            holdings[owner, default: Holding()].count += 1
            holdings[owner]?.byteCount += byteCount
        }
        return leaving
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Departure? {
        guard let resident = residents.removeValue(forKey: key) else { return nil }
        byteCount -= resident.byteCount
        dismissed.remove(key)
        if let owner = owner?(key), var holding = holdings[owner] {
            holding.count -= 1
            holding.byteCount -= resident.byteCount
            holdings[owner] = holding.count > 0 ? holding : nil
        }
        return Departure(key: key, resident: resident)
    }

    /// Lets models go until the rest fits.
    mutating func shrink(toBytes bytesMax: Int, count countMax: Int, at now: Instant) -> [Departure] {
        shrink(toBytes: bytesMax, count: countMax, for: nil, at: now)
    }

    private mutating func shrink(
        toBytes bytesMax: Int,
        count countMax: Int,
        for newcomer: Newcomer?,
        at now: Instant
    ) -> [Departure] {
        guard byteCount > bytesMax || residents.count > countMax else { return [] }
        func rank(_ key: Key) -> Crowding {
            crowding(by: key, toBytes: bytesMax, count: countMax, for: newcomer)
        }
        var candidates = Heap(
            residents.keys.map { Candidate(key: $0, crowding: rank($0), urge: urge(of: $0, at: now)) }
        )
        var leaving: [Departure] = []
        while byteCount > bytesMax || residents.count > countMax, let next = candidates.popMax() {
            // Its owner may hold no more than its share since others of its models left.
            let crowding = rank(next.key)
            guard crowding == next.crowding else {
                candidates.insert(Candidate(key: next.key, crowding: crowding, urge: next.urge))
                continue
            }
            if let departure = remove(next.key) { leaving.append(departure) }
        }
        return leaving
    }

    /// A model serves no longer; taken in anew it stays like any other.
    mutating func dismiss(_ key: Key) {
        if residents[key] != nil { dismissed.insert(key) }
    }

    /// Lets go who was not used for so long and is not about to be, nil for however long, and who was dismissed and not
    /// used for a minute.
    mutating func retire(idleFor idleMax: Duration?, at now: Instant) -> [Departure] {
        let idle = residents.keys.filter { key in
            guard let history = histories[key] else { return idleMax != nil }
            if dismissed.contains(key), now - history.last >= Self.dismissedIdleMax { return true }
            guard let idleMax else { return false }
            return now - history.last >= idleMax
                && (policy != .auto || history.secondsToNextUse(from: now) >= idleMax.seconds)
        }
        return idle.compactMap { remove($0) }
    }

    // MARK: - Who leaves first

    private struct Candidate: Comparable {
        let key: Key
        let crowding: Crowding
        let urge: Urge

        static func < (left: Candidate, right: Candidate) -> Bool {
            left.crowding == right.crowding ? left.urge < right.urge : left.crowding < right.crowding
        }
        static func == (left: Candidate, right: Candidate) -> Bool {
            left.crowding == right.crowding && left.urge == right.urge
        }
    }

    /// For whom room is made.
    private struct Newcomer {
        let owner: ID<Organization>?
        let byteCount: Int
    }

    /// Whether a model's owner holds more than its share; that it does and is the newcomer's too weighs most.
    private enum Crowding: Int, Comparable {
        case none, others, own

        static func < (left: Crowding, right: Crowding) -> Bool { left.rawValue < right.rawValue }
    }

    private func crowding(
        by key: Key,
        toBytes bytesMax: Int,
        count countMax: Int,
        for newcomer: Newcomer?
    ) -> Crowding {
        guard let owner = owner?(key), var holding = holdings[owner] else { return .none }
        var (bytesMax, countMax, ownerCount) = (bytesMax, countMax, holdings.count)
        if let newcomer {
            bytesMax += newcomer.byteCount
            countMax += 1
            if let stranger = newcomer.owner, holdings[stranger] == nil { ownerCount += 1 }
            if newcomer.owner == owner {
                holding.count += 1
                holding.byteCount += newcomer.byteCount
            }
        }
        guard holding.count > Self.unsharedCountMax,
            holding.byteCount > bytesMax / ownerCount || holding.count > countMax / ownerCount
        else { return .none }
        return newcomer?.owner == owner ? .own : .others
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
        case .auto: Urge(first: history.turnsToNextUse(from: now, turn: turn), second: -silence)
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
