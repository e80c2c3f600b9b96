import Plant

/// Slows down guessing: after a few failures an account, and after more an address, has to wait.
///
/// The wait doubles with each further failure up to its maximum, and all is forgotten after a quiet time. From where
/// somebody has signed in before, his own tries alone are counted, so that nobody is locked out by someone else's
/// guesses, however long they go on.
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

    private enum Key: Hashable, Sendable {
        case account(String)
        /// An account from a network where it has been signed in to before.
        case familiar(Familiar)
        case network(String)
        /// Where machines come from, whose stale keys are no reason to keep people out.
        case machines(String)
    }

    private struct Familiar: Hashable, Sendable {
        let account: String
        let network: String
    }

    private struct Failures: Sendable {
        var count: Int
        var last: Instant
        var blockedUntil: Instant
    }

    let limits: Limits
    private var failures: [Key: Failures] = [:]
    /// When each was last signed in to.
    private var familiar: [Familiar: Instant] = [:]

    init(limits: Limits = Limits()) { self.limits = limits }

    /// How many accounts and addresses are remembered.
    var keyCount: Int { max(failures.count, familiar.count) }

    /// Counts a try before it is judged, so that many at once count as many.
    ///
    /// - Returns: How long the account from that address still has to wait; nil where it may try now.
    mutating func attempt(account: String, address: String, at now: Instant) -> Duration? {
        let network = Self.network(of: address)
        let key = key(of: account, network)
        let until = [key, .network(network)].compactMap { failures[$0]?.blockedUntil }.max()
        if let until, until > now { return until - now }
        count(key, free: limits.accountFailuresFree, at: now)
        count(.network(network), free: limits.addressFailuresFree, at: now)
        return nil
    }

    /// Takes the try back: the account is its owner's.
    ///
    /// What else the address has guessed at stays counted, and so does what others guess at an account whose owner comes
    /// from where he always comes.
    mutating func succeeded(account: String, address: String, at now: Instant) {
        let network = Self.network(of: address)
        failures[key(of: account, network)] = nil
        failures[.network(network)]?.count -= 1
        if familiar.count >= limits.keyCountMax {
            let lasts = familiar.values.sorted()
            let median = lasts[lasts.count / 2]
            familiar = familiar.filter { $0.value > median }
        }
        familiar[Familiar(account: account, network: network)] = now
    }

    /// Takes one try back, which was neither a failure nor a whole success; those before it stay counted, and whoever
    /// has to wait waits.
    mutating func takenBack(account: String, address: String) {
        let network = Self.network(of: address)
        failures[key(of: account, network)]?.count -= 1
        failures[.network(network)]?.count -= 1
    }

    private func key(of account: String, _ network: String) -> Key {
        let place = Familiar(account: account, network: network)
        return familiar[place] == nil ? .account(account) : .familiar(place)
    }

    /// Counts a key that opens nothing.
    ///
    /// - Returns: How long the address should wait; nil where it has not failed that often. A good key is never made to
    ///   wait: what is refused is only the answer what was wrong.
    mutating func failed(machineAt address: String, at now: Instant) -> Duration? {
        let key = Key.machines(Self.network(of: address))
        if let until = failures[key]?.blockedUntil, until > now { return until - now }
        count(key, free: limits.addressFailuresFree, at: now)
        return nil
    }

    /// Whose failures are counted together: an IPv4 address, or the 64 bits of an IPv6 address that name a network.
    ///
    /// Whoever has one IPv6 address has 2^64 of them (RFC 6177, RFC 7421).
    static func network(of address: String) -> String {
        let bare = address.prefix { $0 != "%" }.lowercased()
        guard bare.contains(":") else { return bare }
        // `::ffff:192.0.2.1` is IPv4 (RFC 4291, section 2.5.5.2).
        if bare.hasPrefix("::ffff:"), let last = bare.split(separator: ":").last, last.contains(".") {
            return String(last)
        }
        let halves = bare.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = halves[0].split(separator: ":")
        if halves.count == 2 {
            let tail = halves[1].split(separator: ":")
            let tailCount = tail.count + (tail.last?.contains(".") == true ? 1 : 0)
            groups += Array(repeating: "0", count: max(0, 8 - groups.count - tailCount)) + tail
        }
        return groups.prefix(4).map { String(UInt16($0, radix: 16) ?? 0, radix: 16) }.joined(separator: ":") + "::/64"
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
