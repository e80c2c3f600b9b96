import NIOPosix
import Synchronization
import Trust

/// Hashes passwords off the cooperative threads, no more at once than memory and cores bear.
final class PasswordDesk: Sendable {
    private let threads: NIOThreadPool
    private let waiting = Mutex(0)
    private let waitingMax: Int
    private let cost: PasswordHash.Cost
    private let check: PasswordCheck
    private let done = Mutex(PasswordCheck.Work())

    init(cost: PasswordHash.Cost, limits: WebLimits) throws {
        self.cost = cost
        waitingMax = limits.passwordsAtOnceMax + limits.passwordsWaitingMax
        var generator = SystemRandomNumberGenerator()
        let secret = String(UInt64.random(in: .min ... .max, using: &generator), radix: 36) + "-decoy"
        check = PasswordCheck(decoy: try PasswordHash(of: secret, cost: cost, using: &generator))
        threads = NIOThreadPool(numberOfThreads: limits.passwordsAtOnceMax)
        threads.start()
    }

    /// What it has cost so far: the same for every try, whoever it is about.
    var work: PasswordCheck.Work { done.withLock { $0 } }

    /// Whether the password is that of the account; at the same cost where there is none, or where it is another's.
    ///
    /// - Parameters:
    ///   - password: As it was typed.
    ///   - stored: The account's; nil where there is none.
    ///   - importedCost: The highest cost of all bcrypt hashes that are still there.
    /// - Returns: Whether it is; false where there is no account.
    /// - Throws: ``Problem`` with `.tooManyRequests` where too many wait; `PasswordError` where there is no memory for it.
    func isRight(_ password: String, for stored: StoredPassword?, importedCost: Int?) async throws -> Bool {
        let check = check
        let (isRight, work) = try await run {
            var work = PasswordCheck.Work()
            let isRight = try check.isRight(password, for: stored, importedCost: importedCost, counting: &work)
            return (isRight, work)
        }
        done.withLock { done in
            done.scryptCount += work.scryptCount
            done.bcryptRoundCount += work.bcryptRoundCount
        }
        return isRight
    }

    func hash(_ password: String) async throws -> PasswordHash {
        let cost = cost
        let hash = try await run {
            var generator = SystemRandomNumberGenerator()
            return try PasswordHash(of: password, cost: cost, using: &generator)
        }
        done.withLock { $0.scryptCount += 1 }
        return hash
    }

    func close() async throws { try await threads.shutdownGracefully() }

    private func run<Value: Sendable>(_ work: @Sendable @escaping () throws -> Value) async throws -> Value {
        let hasRoom = waiting.withLock { waiting in
            guard waiting < waitingMax else { return false }
            waiting += 1
            return true
        }
        guard hasRoom else {
            throw Problem(
                .tooManyRequests,
                "Too many people are signing in at once. Try again in a moment.",
                retryAfterSeconds: 2
            )
        }
        defer { waiting.withLock { $0 -= 1 } }
        return try await threads.runIfActive(work)
    }
}
