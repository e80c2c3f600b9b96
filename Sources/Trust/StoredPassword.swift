/// What is kept of somebody's password: our own hash, or one that was brought along.
package enum StoredPassword: Sendable {
    case scrypt(PasswordHash)
    case bcrypt(BcryptHash)

    /// What is stored.
    package var text: String {
        switch self {
        case .scrypt(let hash): hash.text
        case .bcrypt(let hash): hash.text
        }
    }

    /// The hash that was stored; nil for any other text.
    package init?(text: String) {
        if let hash = PasswordHash(text: text) {
            self = .scrypt(hash)
        } else if let hash = try? BcryptHash(text: text) {
            self = .bcrypt(hash)
        } else {
            return nil
        }
    }

    /// The cost of a hash that was brought along; nil for our own.
    package var importedCost: Int? {
        if case .bcrypt(let hash) = self { return hash.cost }
        return nil
    }

    /// Whether the password is the one.
    ///
    /// - Throws: ``PasswordError`` with `.derivation`.
    package func matches(_ password: String) throws(PasswordError) -> Bool {
        switch self {
        case .scrypt(let hash): try hash.matches(password)
        case .bcrypt(let hash): hash.matches(password)
        }
    }
}

extension StoredPassword: CustomStringConvertible {
    /// Never the hash itself, which has no place in a log.
    package var description: String { "a password's hash" }
}

/// Finds out whether a password is an account's, at the same cost whatever account that is, and where there is none.
package struct PasswordCheck: Sendable {
    /// What checks cost, counted.
    package struct Work: Hashable, Sendable {
        package var scryptCount = 0
        package var bcryptRoundCount = 0

        package init() {}
    }

    /// A hash of the usual cost, whose password nobody knows.
    private let decoy: PasswordHash

    package init(decoy: PasswordHash) { self.decoy = decoy }

    /// - Parameters:
    ///   - password: As it was typed.
    ///   - stored: The account's; nil where there is no such account.
    ///   - importedCost: The highest cost of all bcrypt hashes that are still there; nil where none is. With it each
    ///     check costs so much bcrypt besides the one scrypt, or time would tell whose password was brought along.
    ///   - work: Grows by what was done.
    /// - Returns: Whether it is the account's.
    /// - Throws: ``PasswordError`` with `.derivation`.
    package func isRight(
        _ password: String,
        for stored: StoredPassword?,
        importedCost: Int?,
        counting work: inout Work
    ) throws(PasswordError) -> Bool {
        var own: PasswordHash?
        if case .scrypt(let hash) = stored { own = hash }
        work.scryptCount += 1
        var isRight = try PasswordHash.check(password, against: own, decoy: decoy)
        var cost = importedCost ?? 0
        if case .bcrypt(let hash) = stored {
            isRight = hash.matches(password)
            work.bcryptRoundCount += 1 << hash.cost
            // 2^own + 2^own + 2^(own + 1) + ... is 2^highest.
            for cost in hash.cost..<max(hash.cost, cost) { Self.spend(password, cost, &work) }
            cost = 0
        }
        if cost > 0 { Self.spend(password, cost, &work) }
        return isRight
    }

    private static func spend(_ password: String, _ cost: Int, _ work: inout Work) {
        _ = BcryptHash(decoyCost: cost).matches(password)
        work.bcryptRoundCount += 1 << cost
    }
}
