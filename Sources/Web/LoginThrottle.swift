import Plant

/// Slows down guessing: after a few failures an account, and after more an address, has to wait.
///
/// The wait doubles with each further failure up to its maximum, and all is forgotten after a quiet time,
/// so that nobody is locked out for good by someone else's guesses.
struct LoginThrottle: Sendable {
    struct Limits: Sendable {
        /// Failures that cost no wait.
        var accountFailuresFree = 5
        var addressFailuresFree = 50
        var waitMax: Duration = .seconds(300)
        /// After so long without a failure the count begins anew.
        var forgetAfter: Duration = .seconds(900)
        /// How many accounts and addresses are remembered; the quietest go first.
        var keyCountMax = 10_000
    }

    private enum Key: Hashable, Sendable { case account(String), address(String) }

    private struct Failures: Sendable {
        var count: Int
        var last: Instant
        var blockedUntil: Instant
    }

    let limits: Limits
    private var failures: [Key: Failures] = [:]

    init(limits: Limits = Limits()) { self.limits = limits }

    /// How many accounts and addresses are remembered.
    var keyCount: Int { failures.count }

    /// Counts a try before it is judged, so that many at once count as many.
    ///
    /// - Returns: How long the account from that address still has to wait; nil where it may try now.
    mutating func attempt(account: String, address: String, at now: Instant) -> Duration? {
        let until = [Key.account(account), .address(address)].compactMap { failures[$0]?.blockedUntil }.max()
        if let until, until > now { return until - now }
        count(.account(account), free: limits.accountFailuresFree, at: now)
        count(.address(address), free: limits.addressFailuresFree, at: now)
        return nil
    }

    /// Takes the try back: the account is its owner's.
    ///
    /// What else the address has guessed at stays counted.
    mutating func succeeded(account: String, address: String) {
        failures[.account(account)] = nil
        failures[.address(address)]?.count -= 1
    }

    private mutating func count(_ key: Key, free: Int, at now: Instant) {
        if failures[key] == nil, failures.count >= limits.keyCountMax { makeRoom(at: now) }
        var entry = failures[key] ?? Failures(count: 0, last: now, blockedUntil: .distantPast)
        if now - entry.last > limits.forgetAfter { entry.count = 0 }
        entry.count += 1
        entry.last = now
        let excess = entry.count - free
        if excess > 0 {
            let seconds = min(Int64(1) << min(excess, 30), limits.waitMax.components.seconds)
            entry.blockedUntil = now + .seconds(seconds)
        }
        failures[key] = entry
    }

    /// Forgets what is old, else the older half.
    private mutating func makeRoom(at now: Instant) {
        failures = failures.filter { now - $0.value.last <= limits.forgetAfter }
        guard failures.count >= limits.keyCountMax else { return }
        let lasts = failures.values.map(\.last).sorted()
        let median = lasts[lasts.count / 2]
        failures = failures.filter { $0.value.last > median }
    }
}
