import NIOPosix
import Synchronization
import Trust

/// Hashes passwords off the cooperative threads, no more at once than memory and cores bear.
final class PasswordDesk: Sendable {
    private let threads: NIOThreadPool
    private let waiting = Mutex(0)
    private let waitingMax: Int
    private let cost: PasswordHash.Cost
    /// So that an account that isn't there takes as long as one that is.
    private let decoy: PasswordHash

    init(cost: PasswordHash.Cost, limits: WebLimits) throws {
        self.cost = cost
        waitingMax = limits.passwordsAtOnceMax + limits.passwordsWaitingMax
        var generator = SystemRandomNumberGenerator()
        let secret = String(UInt64.random(in: .min ... .max, using: &generator), radix: 36) + "-decoy"
        decoy = try PasswordHash(of: secret, cost: cost, using: &generator)
        threads = NIOThreadPool(numberOfThreads: limits.passwordsAtOnceMax)
        threads.start()
    }

    /// Whether the password is that of the hash; in the same time where there is none.
    func isRight(_ password: String, for hash: PasswordHash?) async throws -> Bool {
        let decoy = decoy
        return try await run { try PasswordHash.check(password, against: hash, decoy: decoy) }
    }

    func hash(_ password: String) async throws -> PasswordHash {
        let cost = cost
        return try await run {
            var generator = SystemRandomNumberGenerator()
            return try PasswordHash(of: password, cost: cost, using: &generator)
        }
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
