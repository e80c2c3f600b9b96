import Plant
import Synchronization
import Trust

/// Remembers for a moment who may come in, so that not every request asks the store.
///
/// What is changed through this server is forgotten at once, and whoever it concerns is told; what a command or another
/// server changes is noticed as soon as what is remembered has grown old.
final class Standings: Sendable {
    /// Whoever can come in.
    enum Bearer: Hashable, Sendable {
        case session(ID<RefreshFamily>)
        case apiKey(ID<APIKey>)
    }

    /// What is known of him.
    struct Standing: Sendable {
        let principal: Principal
        /// When he has to leave, as far as it does not stand in his token.
        var expiresAt: Instant?
        /// What his secret hashes to, where he is a machine.
        var hash: TokenHash?
        /// When the store last noted that he came, where he is a machine.
        var notedAt: Instant?
    }

    /// What has changed about who may come in.
    enum Change: Hashable, Sendable {
        case session(ID<RefreshFamily>)
        /// The user, in all logins but one.
        case user(ID<User>, but: ID<RefreshFamily>?)
        case apiKey(ID<APIKey>)

        /// Whether it is about him.
        func concerns(_ principal: Principal) -> Bool {
            switch self {
            case .session(let id): principal.session == id
            case .user(let id, let kept): principal.user == id && (kept == nil || principal.session != kept)
            case .apiKey(let id): principal.actor == .apiKey(id)
            }
        }
    }

    private struct Entry {
        var standing: Standing
        let readAt: Instant
    }

    private struct Watcher {
        let principal: Principal
        let continuation: AsyncStream<Void>.Continuation
    }

    private struct State {
        var entries: [Bearer: Entry] = [:]
        var generation = 0
        var watchers: [Int: Watcher] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())
    private let ageMax: Duration
    private let countMax: Int

    /// - Parameters:
    ///   - ageMax: After so long the store is asked again.
    ///   - countMax: How many are remembered; all are forgotten where there would be more.
    init(ageMax: Duration, countMax: Int = 20_000) {
        self.ageMax = ageMax
        self.countMax = countMax
    }

    /// What is known of somebody, read where it is not known or too old.
    ///
    /// - Returns: Nil where he may not come in; that is not remembered.
    func standing(
        of bearer: Bearer,
        at now: Instant,
        orRead read: () async throws -> Standing?
    ) async throws -> Standing? {
        let (known, generation) = state.withLock { ($0.entries[bearer], $0.generation) }
        if let known, known.readAt <= now, now - known.readAt < ageMax { return known.standing }
        let found = try await read()
        state.withLock { state in
            // What was read before a change says nothing of what came after it.
            guard state.generation == generation else { return }
            if state.entries.count >= countMax { state.entries.removeAll() }
            state.entries[bearer] = found.map { Entry(standing: $0, readAt: now) }
        }
        return found
    }

    /// The store has noted that a machine came.
    func noted(_ bearer: Bearer, at now: Instant) {
        state.withLock { $0.entries[bearer]?.standing.notedAt = now }
    }

    /// Forgets what is known, and tells those whom the change concerns.
    func changed(_ change: Change) {
        let concerned = state.withLock { state in
            state.generation += 1
            state.entries.removeAll()
            return state.watchers.values.filter { change.concerns($0.principal) }
        }
        for watcher in concerned { watcher.continuation.yield() }
    }

    /// Yields whenever something changed about who may come in that concerns the principal.
    func changes(of principal: Principal) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextNumber += 1
            state.watchers[state.nextNumber] = Watcher(principal: principal, continuation: continuation)
            return state.nextNumber
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
        return stream
    }
}
