import DequeModule
import Plant

/// Whose load goes on, who waits for it, and which loads take so long that nobody waits for them any more; looks at
/// models take turns likewise.
///
/// Only so many go on at a time, and one more for an organization that has none: nobody's loads wait for those of one
/// other. One that takes long gives its place to the next. One that takes too long is waited for no more, and stays
/// known: whoever asks for it is told at once, and no second load of it piles up behind the first.
///
/// Organizations take turns, each with what it asked for first; what rows wait for goes before the rest of its own.
/// What is loaded ahead goes behind what somebody waits for, but for each fourth turn, so that no flood keeps it out.
struct LoadTurns<Waiter: Sendable>: Sendable {
    private struct Load: Sendable {
        var waiters: [Waiter]
        var urgency: LoadUrgency
        /// Nil as long as it waits for its turn.
        var startedAt: ContinuousClock.Instant?
        var hasPlace = false
        var isOverdue = false
    }

    /// What an organization's loads take of all.
    private struct Share: Sendable {
        var places = 0
        var underWay = 0
        var overdue = 0
    }

    /// Each that does not end holds a thread.
    static var underWayMax: Int { 4 }

    private static var aheadEvery: Int { 4 }

    let countMax: Int
    let timeMax: Duration
    /// After which a load stands in nobody's way any more.
    let placeTimeMax: Duration
    private let isAwaited: @Sendable (Waiter) -> Bool
    private let abandon: @Sendable (Waiter) -> Void
    private var loads: [ModelKey: Load] = [:]
    private var awaited = FairLines<ModelKey>()
    private var ahead = FairLines<ModelKey>()
    private var turnCount = 0
    private var shares: [ID<Organization>: Share] = [:]
    private var takenPlaces = 0

    /// - Parameters:
    ///   - countMax: How many go on at a time, at least 1.
    ///   - timeMax: How long one is waited for.
    ///   - placeTimeMax: How long one keeps others from theirs; nil for as long as it is waited for.
    ///   - isAwaited: Whether somebody still waits for an answer.
    ///   - abandon: Told of those who waited for a load that is never to begin, and wait no more.
    init(
        countMax: Int,
        timeMax: Duration,
        placeTimeMax: Duration? = nil,
        isAwaited: @escaping @Sendable (Waiter) -> Bool = { _ in true },
        abandon: @escaping @Sendable (Waiter) -> Void = { _ in }
    ) {
        self.countMax = max(1, countMax)
        self.timeMax = timeMax
        self.placeTimeMax = min(placeTimeMax ?? timeMax, timeMax)
        self.isAwaited = isAwaited
        self.abandon = abandon
    }

    /// Loads that nobody waits for and that have not ended.
    var overdueCount: Int { shares.values.reduce(0) { $0 + $1.overdue } }

    /// How many go on, but for those that take too long.
    var ongoingCount: Int { shares.values.reduce(0) { $0 + $1.underWay - $1.overdue } }

    /// Waits for a model's load, which is asked for if it is not already.
    ///
    /// - Returns: False where it takes too long already, or as many of its organization's as may go on: there is
    ///   nothing to wait for.
    mutating func wait(_ waiter: Waiter, for key: ModelKey, _ urgency: LoadUrgency = .person) -> Bool {
        guard let load = loads[key] else {
            guard !isStuck(key.organization) else { return false }
            loads[key] = Load(waiters: [waiter], urgency: urgency)
            stand(key, urgency)
            return true
        }
        guard !load.isOverdue else { return false }
        loads[key]?.waiters.append(waiter)
        if load.startedAt == nil, urgency < load.urgency {
            if load.urgency == .ahead {
                ahead.remove(key, of: key.organization)
            } else {
                awaited.remove(key, of: key.organization)
            }
            loads[key]?.urgency = urgency
            stand(key, urgency)
        }
        return true
    }

    /// Those whose turn it is: they begin now, each with all who wait for it.
    mutating func begin(at now: ContinuousClock.Instant) -> [ModelKey] {
        var begun: [ModelKey] = []
        while takenPlaces <= countMax, let key = next() {
            loads[key]?.startedAt = now
            loads[key]?.hasPlace = true
            takenPlaces += 1
            shares[key.organization, default: Share()].places += 1
            shares[key.organization]?.underWay += 1
            begun.append(key)
        }
        return begun
    }

    /// Who waits for a load, the one who came last at the end.
    func waiters(for key: ModelKey) -> [Waiter] { loads[key]?.waiters ?? [] }

    /// - Returns: Who still waited for a load that has ended.
    mutating func end(_ key: ModelKey) -> [Waiter] {
        guard let load = loads.removeValue(forKey: key), load.startedAt != nil else { return [] }
        leavePlace(load, of: key.organization)
        shares[key.organization]?.underWay -= 1
        if load.isOverdue { shares[key.organization]?.overdue -= 1 }
        if shares[key.organization]?.underWay == 0 { shares[key.organization] = nil }
        return load.waiters
    }

    /// Takes the place from those that take long, and the waiters from those that take too long; where an organization
    /// has as many of these as may go on, also from those that wait behind them.
    ///
    /// - Returns: Who waited for them.
    mutating func giveUp(at now: ContinuousClock.Instant) -> [Waiter] {
        var given: [Waiter] = []
        for (key, load) in loads where !load.isOverdue {
            guard let startedAt = load.startedAt, startedAt + placeTimeMax <= now else { continue }
            leavePlace(load, of: key.organization)
            loads[key]?.hasPlace = false
            guard startedAt + timeMax <= now else { continue }
            given += load.waiters
            loads[key]?.waiters = []
            loads[key]?.isOverdue = true
            shares[key.organization]?.overdue += 1
        }
        for organization in shares.keys where isStuck(organization) {
            for key in awaited.removeAll(of: organization) + ahead.removeAll(of: organization) {
                given += loads.removeValue(forKey: key)?.waiters ?? []
            }
        }
        return given
    }

    /// When the next of those that go on takes long, or too long; nil where none does.
    var looksAt: ContinuousClock.Instant? {
        loads.values.lazy.filter { !$0.isOverdue }
            .compactMap { load in load.startedAt.map { $0 + (load.hasPlace ? placeTimeMax : timeMax) } }
            .min()
    }

    // MARK: - Parts

    private mutating func stand(_ key: ModelKey, _ urgency: LoadUrgency) {
        switch urgency {
        case .rows: awaited.prepend(key, of: key.organization)
        case .person: awaited.append(key, of: key.organization)
        case .ahead: ahead.append(key, of: key.organization)
        }
    }

    private mutating func next() -> ModelKey? {
        let isTurnOfAhead = turnCount % Self.aheadEvery == Self.aheadEvery - 1
        guard let key = isTurnOfAhead ? nextAhead() ?? nextAwaited() : nextAwaited() ?? nextAhead() else { return nil }
        turnCount += 1
        return key
    }

    private mutating func nextAwaited() -> ModelKey? {
        var lines = FairLines<ModelKey>()
        swap(&lines, &awaited)
        defer { swap(&lines, &awaited) }
        return lines.next { organization, line in take(from: &line, of: organization) }
    }

    private mutating func nextAhead() -> ModelKey? {
        var lines = FairLines<ModelKey>()
        swap(&lines, &ahead)
        defer { swap(&lines, &ahead) }
        return lines.next { organization, line in take(from: &line, of: organization) }
    }

    /// Forgets what nobody waits for any more, but for what was asked for last: that serves whoever asks next.
    private mutating func take(from line: inout Deque<ModelKey>, of organization: ID<Organization>) -> ModelKey? {
        let share = shares[organization] ?? Share()
        guard share.underWay < Self.underWayMax, takenPlaces < countMax || share.places == 0 else { return nil }
        while let key = line.popFirst() {
            if line.isEmpty || loads[key]?.waiters.contains(where: isAwaited) ?? false { return key }
            loads.removeValue(forKey: key)?.waiters.forEach(abandon)
        }
        return nil
    }

    private func isStuck(_ organization: ID<Organization>) -> Bool {
        shares[organization].map { $0.overdue >= Self.underWayMax } ?? false
    }

    private mutating func leavePlace(_ load: Load, of organization: ID<Organization>) {
        guard load.hasPlace else { return }
        shares[organization]?.places -= 1
        takenPlaces -= 1
    }
}
