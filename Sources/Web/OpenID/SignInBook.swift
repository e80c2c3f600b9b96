import Plant
import Trust

/// The sign-ins by issuers that are on their way: begun and not back yet, or back and not yet fetched by the page.
///
/// Anybody can begin one, so both lists are bounded, and one address may fill no more than a part: the oldest give way.
struct SignInBook: Sendable {
    struct Limits: Sendable {
        /// How long somebody may take at the issuer.
        var patience: Duration = .seconds(600)
        /// How long the page may take to fetch its session.
        var fetching: Duration = .seconds(60)
        var countMax = 10_000
        var perAddressMax = 1_000
        /// Issuers asked at once for what a code is worth.
        var askingMax = 16
    }

    /// One that was begun.
    struct Begun: Sendable {
        let provider: String
        /// Of the secret that the browser keeps.
        let browser: TokenHash
        let nonce: SignInSecret
        let verifier: SignInSecret
        /// Where the page goes afterwards: a path of this server, whatever a proxy shows it under.
        let returnPath: String
        let address: String
        let expiresAt: Instant
    }

    /// One that came back, with somebody.
    struct Back: Sendable {
        let user: ID<User>
        let provider: String
        let browser: TokenHash
        let expiresAt: Instant
    }

    let limits: Limits
    private var begun: [TokenHash: Begun] = [:]
    private var back: [TokenHash: Back] = [:]
    /// Of those begun, in the order of their expiry, which is that of their beginning.
    private var order: [(state: TokenHash, address: String)] = []
    private var askingCount = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    var begunCount: Int { begun.count }
    var backCount: Int { back.count }

    mutating func begin(_ sign: Begun, state: TokenHash, at now: Instant) {
        forget(at: now)
        let own = order.count { $0.address == sign.address }
        if own >= limits.perAddressMax {
            drop { $0.address == sign.address }
        } else if begun.count >= limits.countMax {
            drop { _ in true }
        }
        begun[state] = sign
        order.append((state, sign.address))
    }

    /// Ends one that was begun: no state is good twice.
    ///
    /// - Returns: Nil where there is none, another provider answers, another browser brings it, or it took too long.
    mutating func end(state: TokenHash, provider: String, browser: TokenHash?, at now: Instant) -> Begun? {
        guard let sign = begun.removeValue(forKey: state) else { return nil }
        order.removeAll { $0.state == state }
        guard let browser, sign.provider == provider, sign.browser.isSame(as: browser), now < sign.expiresAt else {
            return nil
        }
        return sign
    }

    mutating func cameBack(_ sign: Back, code: TokenHash, at now: Instant) {
        back = back.filter { now < $0.value.expiresAt }
        if back.count >= limits.countMax, let oldest = back.min(by: { $0.value.expiresAt < $1.value.expiresAt }) {
            back[oldest.key] = nil
        }
        back[code] = sign
    }

    /// Who signed in; no code is good twice.
    mutating func fetch(code: TokenHash, browser: TokenHash?, at now: Instant) -> Back? {
        guard let sign = back.removeValue(forKey: code), let browser, sign.browser.isSame(as: browser),
            now < sign.expiresAt
        else { return nil }
        return sign
    }

    /// - Returns: Whether one more issuer may be asked now; whoever may says when it is over.
    mutating func mayAsk() -> Bool {
        guard askingCount < limits.askingMax else { return false }
        askingCount += 1
        return true
    }

    mutating func asked() { askingCount -= 1 }

    private mutating func forget(at now: Instant) {
        let over = order.prefix { begun[$0.state].map { $0.expiresAt <= now } ?? true }
        for entry in over { begun[entry.state] = nil }
        order.removeFirst(over.count)
    }

    private mutating func drop(where isOne: ((state: TokenHash, address: String)) -> Bool) {
        guard let index = order.firstIndex(where: isOne) else { return }
        begun[order.remove(at: index).state] = nil
    }
}

extension TokenHash {
    /// Found out in the same time wherever they differ.
    fileprivate func isSame(as other: TokenHash) -> Bool {
        zip(hexadecimal.utf8, other.hexadecimal.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            && hexadecimal.utf8.count == other.hexadecimal.utf8.count
    }
}
