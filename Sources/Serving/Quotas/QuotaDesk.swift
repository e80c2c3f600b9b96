package import Plant
package import Storage
import Synchronization
package import Trust

/// Sees to it that no organization takes more of the server than it may.
///
/// Each organization's limits are read from the store and kept for a moment; whoever changes them in this process says
/// so, and of other processes' changes it hears within a second. Its rates and streams are counted here, those of one
/// organization apart from all others'.
package final class QuotaDesk: Sendable {
    /// What is known of one organization.
    struct Book {
        var limits: QuotaLimits
        var readAt: Instant
        var readings: TokenBucket
        var requests: TokenBucket
        var streamCount = 0
    }

    fileprivate struct State {
        var books: [ID<Organization>: Book] = [:]
        /// How often each organization's limits were changed here: what was read before that is not kept.
        var generations: [ID<Organization>: Int] = [:]
        var refused: [Quota: Int] = [:]
    }

    private let store: QuotaStore
    private let server: QuotaSettings
    let time: any TimeSource
    private let state = Mutex(State())

    /// For so long limits stand that were read.
    private static let freshness = Duration.seconds(1)

    /// - Parameters:
    ///   - stores: Where organizations' own limits are.
    ///   - server: What holds where an organization has none of its own.
    ///   - time: The machine's, whatever the plants'.
    package init(
        stores: Stores,
        server: QuotaSettings = QuotaSettings(),
        time: any TimeSource = SystemTime()
    ) {
        store = stores.quotas
        self.server = server
        self.time = time
    }

    /// What holds for organizations without limits of their own.
    package var standard: QuotaLimits { QuotaLimits(server: server) }

    // MARK: - Limits

    /// What holds for an organization now, and the means to use it.
    ///
    /// - Throws: What the store throws, where the organization's limits were never read.
    package func allowance(in scope: OrganizationScope) async throws -> QuotaAllowance {
        QuotaAllowance(limits: try await limits(in: scope), desk: self, scope: scope)
    }

    package func limits(in scope: OrganizationScope) async throws -> QuotaLimits {
        let now = time.now
        let (known, isFresh, generation) = state.withLock { state in
            guard let book = state.books[scope.id] else {
                return (QuotaLimits?.none, false, state.generations[scope.id] ?? 0)
            }
            let age = now - book.readAt
            let isFresh = age >= .zero && age < Self.freshness
            // Whoever comes while it is read goes by what was known.
            if !isFresh { state.books[scope.id]?.readAt = now }
            return (book.limits, isFresh, state.generations[scope.id] ?? 0)
        }
        if let known, isFresh { return known }
        let own: QuotaSettings
        do {
            own = try await store.current(in: scope)?.settings ?? QuotaSettings()
        } catch {
            guard let known else { throw error }
            return known
        }
        let limits = QuotaLimits(server: server, own: own)
        state.withLock { state in
            guard state.generations[scope.id] ?? 0 == generation else { return }
            state.keep(limits, of: scope.id, at: now)
        }
        return limits
    }

    /// An organization's limits were changed: they hold from the next request on, also for what goes on.
    package func changed(in scope: OrganizationScope) {
        state.withLock { state in
            state.generations[scope.id, default: 0] += 1
            state.books[scope.id]?.readAt = .distantPast
        }
    }

    // MARK: - What is counted here

    /// Looks at an organization's book, or changes it, at the instant that the body is told.
    func withBook<Value>(
        _ limits: QuotaLimits,
        in scope: OrganizationScope,
        _ body: (inout Book, Instant) -> Value
    ) -> Value {
        state.withLock { state in
            // One look at the clock, and within the lock: an instant that is earlier than the one before would give the
            // time between them twice.
            let now = time.now
            var book = state.books[scope.id] ?? Book(limits, at: now)
            book.readings.change(to: limits.rate(of: .readingsPerSecond), at: now)
            book.requests.change(to: limits.rate(of: .requestsPerSecond), at: now)
            defer { state.books[scope.id] = book }
            return body(&book, now)
        }
    }

    func closeStream(in scope: OrganizationScope) {
        state.withLock { $0.books[scope.id]?.streamCount -= 1 }
    }

    func refused(_ quota: Quota) { state.withLock { $0.refused[quota, default: 0] += 1 } }

    /// How often each quota was the reason of a refusal, over all organizations.
    package var refusedCounts: [Quota: Int] { state.withLock(\.refused) }

    /// How much an organization uses of what is counted here: streams that are open, and of rates what is missing of a
    /// whole burst.
    package func use(in scope: OrganizationScope) async throws -> [Quota: Int] {
        let limits = try await limits(in: scope)
        return withBook(limits, in: scope) { book, now in
            [
                .streams: book.streamCount,
                .readingsPerSecond: book.readings.rate.burst - book.readings.left(at: now),
                .requestsPerSecond: book.requests.rate.burst - book.requests.left(at: now),
            ]
        }
    }

    // MARK: - Waiting

    /// Returns once that many rows may be taken in: a source that is read is slowed, and loses nothing.
    ///
    /// - Throws: `CancellationError`, and what the store throws.
    func waitForReadings(_ count: Int, in scope: OrganizationScope) async throws {
        var left = count
        while left > 0 {
            let allowance = try await allowance(in: scope)
            let part = min(left, allowance.limits.rate(of: .readingsPerSecond).burst)
            switch allowance.decision(onReadings: part) {
            case .taken: left -= part
            // Looked at again soon: more may be allowed in the meantime.
            case .wait(let duration): try await time.sleep(for: min(duration, .seconds(1)))
            case .never: try await time.sleep(for: .seconds(1))
            }
        }
    }

    // MARK: - For rooms that know nothing of quotas

    package func trainingRunsPerDayMax(in scope: OrganizationScope) async throws -> Int {
        try await limits(in: scope)[.trainingRunsPerDay]
    }

    package func modelCountMax(in scope: OrganizationScope) async throws -> Int {
        try await limits(in: scope)[.models]
    }
}

extension QuotaDesk.Book {
    init(_ limits: QuotaLimits, at now: Instant) {
        self.init(
            limits: limits,
            readAt: now,
            readings: TokenBucket(limits.rate(of: .readingsPerSecond), at: now),
            requests: TokenBucket(limits.rate(of: .requestsPerSecond), at: now)
        )
    }
}

extension QuotaDesk.State {
    fileprivate mutating func keep(_ limits: QuotaLimits, of organization: ID<Organization>, at now: Instant) {
        var book = books[organization] ?? QuotaDesk.Book(limits, at: now)
        book.limits = limits
        book.readAt = now
        books[organization] = book
    }
}
