import Alarms
import Plant
import Serving
import Storage

/// Bounds of what goes out at once.
package struct CourierLimits: Hashable, Sendable {
    /// Over all organizations.
    package var sendCountMax = 128
    /// So that one whose targets all hang leaves most to the others; the last is for what is urgent.
    package var perOrganizationMax = 8
    package var perTargetMax = 2
    /// How long ended deliveries are kept.
    package var retention = Duration.seconds(90 * 86_400)
    /// How many of them an organization forgets in one transaction, before it is another's turn.
    package var sweepCountMax = 1_000

    package init() {}
}

/// What is under way, and which targets had better be left alone: the courier's memory, none of which needs keeping.
struct CourierLedger: Sendable {
    /// One target of one organization.
    struct Place: Hashable, Sendable {
        let organization: ID<Organization>
        let target: ID<DeliveryTarget>
    }

    private struct Entry: Sendable {
        var breaker = CircuitBreaker()
        var storm = StormGuard()
        var underWay: Set<ID<DeliveryRecord>> = []
        /// Whether a system alarm may be open that says it takes nothing.
        var mayBeTold = true
        var restsUntil = Instant.distantPast
    }

    private let limits: CourierLimits
    private var entries: [Place: Entry] = [:]
    private var countByOrganization: [ID<Organization>: Int] = [:]
    private(set) var count = 0
    private var isRoundOver = false

    init(limits: CourierLimits) { self.limits = limits }

    // MARK: - What may begin

    /// In which order organizations take up what they have: the one with least under way first, then as they came.
    mutating func beginRound(of scopes: [OrganizationScope]) -> [OrganizationScope] {
        isRoundOver = false
        let places = scopes.enumerated().map { (countByOrganization[$1.id] ?? 0, $0, $1) }
        return places.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    /// Whether the next one may take up anything in this round.
    ///
    /// Where there was no room for one there is none for those behind it: what becomes free meanwhile is for the next
    /// round, or whoever has most would take it again.
    mutating func isItsTurn() -> Bool {
        isRoundOver = isRoundOver || count >= limits.sendCountMax
        return !isRoundOver
    }

    /// How many more may go to a target now.
    func room(at place: Place, isUrgent: Bool, at now: Instant) -> Int {
        let organizationMax = isUrgent ? limits.perOrganizationMax : max(limits.perOrganizationMax - 1, 1)
        let room = min(
            limits.sendCountMax - count,
            organizationMax - (countByOrganization[place.organization] ?? 0)
        )
        guard let entry = entries[place] else { return min(room, limits.perTargetMax) }
        guard entry.restsUntil <= now, entry.breaker.probesAt.map({ $0 <= now }) ?? true else { return 0 }
        return min(room, limits.perTargetMax - entry.underWay.count)
    }

    func underWay(at place: Place) -> Set<ID<DeliveryRecord>> { entries[place]?.underWay ?? [] }

    func storm(at place: Place, waitingCount: Int, perMinuteMax: Int, at now: Instant) -> StormGuard.Action {
        (entries[place]?.storm ?? StormGuard()).action(waitingCount: waitingCount, perMinuteMax: perMinuteMax, at: now)
    }

    /// - Returns: False where it must not begin after all.
    mutating func begin(_ id: ID<DeliveryRecord>, isUrgent: Bool, at place: Place, now: Instant) -> Bool {
        var entry = entries[place] ?? Entry()
        guard room(at: place, isUrgent: isUrgent, at: now) > 0, !entry.underWay.contains(id),
            entry.breaker.mayCall(at: now)
        else { return false }
        entry.underWay.insert(id)
        entry.storm.sent(at: now)
        entries[place] = entry
        count += 1
        countByOrganization[place.organization, default: 0] += 1
        return true
    }

    // MARK: - What became of it

    mutating func end(_ id: ID<DeliveryRecord>, at place: Place) {
        guard entries[place]?.underWay.remove(id) != nil else { return }
        count -= 1
        let left = (countByOrganization[place.organization] ?? 1) - 1
        countByOrganization[place.organization] = left > 0 ? left : nil
    }

    /// - Returns: Whether an alarm that says otherwise may be open.
    mutating func succeeded(at place: Place) -> Bool {
        entries[place, default: Entry()].breaker.succeeded()
        defer { entries[place]?.mayBeTold = false }
        return entries[place]?.mayBeTold ?? false
    }

    mutating func failed(at place: Place, now: Instant) {
        entries[place, default: Entry()].breaker.failed(at: now)
    }

    /// It answered, though it will not have this one: no outage, which a probe may just have found over.
    mutating func answered(at place: Place) { entries[place]?.breaker.succeeded() }

    mutating func gaveUp(at place: Place) { entries[place, default: Entry()].mayBeTold = true }

    /// The store could not be asked: the target's turn comes again a little later.
    mutating func rest(at place: Place, until instant: Instant) {
        entries[place, default: Entry()].restsUntil = instant
        entries[place]?.mayBeTold = true
    }

    /// The breaker of a target that was changed starts anew; what it got within the minute still counts.
    mutating func forget(_ place: Place) {
        guard var entry = entries[place] else { return }
        entry.breaker = CircuitBreaker()
        entry.restsUntil = .distantPast
        entry.mayBeTold = true
        entries[place] = entry
    }

    /// Lets go of what is known of an organization's targets; what is on its way ends by itself.
    mutating func forget(_ organization: ID<Organization>) {
        entries = entries.filter { $0.key.organization != organization || !$0.value.underWay.isEmpty }
    }

    func failureCount(at place: Place) -> Int { entries[place]?.breaker.failureCount ?? 0 }
    func probesAt(_ place: Place) -> Instant? { entries[place]?.breaker.probesAt }
    var openCount: Int { entries.values.count { $0.breaker.probesAt != nil } }
}
