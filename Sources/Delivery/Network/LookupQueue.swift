/// Which names are looked up next, and who waits for which: threads are few, and a name server may let them hang.
///
/// An organization's first look-up begins as soon as a thread is free. A further one, and any of an organization whose
/// last one ended when nobody waited any more, begins only while less than half of the threads are busy: the hanging
/// names of some leave threads to the others. Who waits has a deadline; nobody else is in here.
struct LookupQueue<Waiter: Sendable>: Sendable {
    struct Name: Hashable, Sendable {
        /// By its slug.
        let organization: String
        let host: String
    }

    struct Ticket: Hashable, Sendable {
        let name: Name
        fileprivate let number: Int
    }

    private struct Lookup {
        var waiters: [Int: Waiter] = [:]
        var isRunning = false
    }

    private let runningCountMax: Int
    /// Of one organization at a time.
    private let ownCountMax: Int
    private var lookups: [Name: Lookup] = [:]
    /// Those that haven't begun, in the order in which they were asked for.
    private var waiting: [Name] = []
    private var runningCount = 0
    private var ownCounts: [String: Int] = [:]
    private var slow: Set<String> = []
    private var ticketCount = 0

    init(runningCountMax: Int, ownCountMax: Int = 3) {
        self.runningCountMax = max(1, runningCountMax)
        self.ownCountMax = ownCountMax
    }

    /// Waits for a name, together with whoever of the organization waits for it already.
    ///
    /// - Returns: What to leave with, and the look-ups to begin now.
    mutating func join(_ waiter: Waiter, for name: Name) -> (ticket: Ticket, toBegin: [Name]) {
        ticketCount += 1
        if lookups[name] == nil { waiting.append(name) }
        lookups[name, default: Lookup()].waiters[ticketCount] = waiter
        return (Ticket(name: name, number: ticketCount), next())
    }

    /// Gives up waiting; what has not begun for anybody else never begins.
    mutating func leave(_ ticket: Ticket) {
        guard var lookup = lookups[ticket.name], lookup.waiters.removeValue(forKey: ticket.number) != nil else {
            return
        }
        guard lookup.waiters.isEmpty, !lookup.isRunning else {
            lookups[ticket.name] = lookup
            return
        }
        lookups[ticket.name] = nil
        waiting.removeAll { $0 == ticket.name }
    }

    /// A look-up is over.
    ///
    /// - Returns: Who is still to be told, and the look-ups to begin now.
    mutating func ended(_ name: Name) -> (waiters: [Waiter], toBegin: [Name]) {
        guard let lookup = lookups.removeValue(forKey: name) else { return ([], []) }
        runningCount -= 1
        let own = ownCounts[name.organization, default: 1] - 1
        ownCounts[name.organization] = own > 0 ? own : nil
        if lookup.waiters.isEmpty {
            slow.insert(name.organization)
        } else {
            slow.remove(name.organization)
        }
        return (Array(lookup.waiters.values), next())
    }

    private mutating func next() -> [Name] {
        var toBegin: [Name] = []
        var rest: [Name] = []
        for name in waiting {
            guard mayBegin(name.organization) else {
                rest.append(name)
                continue
            }
            lookups[name]?.isRunning = true
            runningCount += 1
            ownCounts[name.organization, default: 0] += 1
            toBegin.append(name)
        }
        waiting = rest
        return toBegin
    }

    private func mayBegin(_ organization: String) -> Bool {
        let own = ownCounts[organization, default: 0]
        guard runningCount < runningCountMax, own < ownCountMax else { return false }
        return own == 0 && !slow.contains(organization) || runningCount < (runningCountMax + 1) / 2
    }
}
