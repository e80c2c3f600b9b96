import DequeModule
import Plant

/// Whose turn it is: organizations one after the other, so that one that has much to do holds up nobody else.
struct FairTurns: Sendable {
    private var waiting: Deque<OrganizationScope> = []
    private var known: Set<ID<Organization>> = []
    private var resting: [ID<Organization>: (scope: OrganizationScope, until: Instant)] = [:]

    /// An organization has something to do; it stands in line once, however much it is.
    mutating func add(_ scope: OrganizationScope) {
        resting[scope.id] = nil
        guard known.insert(scope.id).inserted else { return }
        waiting.append(scope)
    }

    /// The one that has waited longest; it goes to the end of the line when it is added again.
    mutating func next() -> OrganizationScope? {
        guard let scope = waiting.popFirst() else { return nil }
        known.remove(scope.id)
        return scope
    }

    /// An organization has nothing to do before an instant, unless it is added.
    mutating func rest(_ scope: OrganizationScope, until: Instant) {
        guard !known.contains(scope.id) else { return }
        resting[scope.id] = (scope, until)
    }

    /// Puts those in line whose rest is over.
    ///
    /// - Returns: Whether there are any.
    mutating func wake(at now: Instant) -> Bool {
        let due = resting.values.filter { $0.until <= now }.sorted { $0.until < $1.until }
        for entry in due { add(entry.scope) }
        return !due.isEmpty
    }
}
