import Models
import Synchronization

/// Work on models that may hang, on threads of its own; see ``LoadTurns`` for whose turn it is.
///
/// What is asked for again before it has ended is done once, and told to all who asked.
final class FairWork<Value: Sendable>: Sendable {
    /// Work that tells its result, once, and may go on for a while after that.
    typealias Work = @Sendable (_ tell: (Result<Value, any Error>) -> Void) -> Void

    private struct Waiter: Sendable {
        let call: WatchedCall<Value>
        let work: Work
    }

    private struct State {
        var turns: LoadTurns<Waiter>
        /// When the timer that is set looks for work that hangs.
        var looksAt: ContinuousClock.Instant?
    }

    private let state: Mutex<State>
    private let threads: BlockingWork
    private let hangs: ModelError
    private let watchdog = Watchdog()
    private let wakeUp: WakeUp

    /// - Parameters:
    ///   - label: What a profiler calls the threads.
    ///   - countMax: How many pieces go on at a time, at least 1.
    ///   - timeMax: How long whoever asks waits for one from its beginning.
    ///   - placeTimeMax: How long one keeps others from theirs.
    ///   - hangs: What whoever asks is told after that time.
    init(label: String, countMax: Int, timeMax: Duration, placeTimeMax: Duration, hangs: ModelError) {
        threads = BlockingWork(label: label, threadCountMax: 64)
        wakeUp = .dispatched(label: label)
        self.hangs = hangs
        state = Mutex(
            State(
                turns: LoadTurns(
                    countMax: countMax,
                    timeMax: timeMax,
                    placeTimeMax: placeTimeMax,
                    isAwaited: { $0.call.isAwaited },
                    abandon: { $0.call.abandon() }
                )
            )
        )
    }

    /// What work on a model comes to.
    ///
    /// - Throws: What the work says; ``Overdue`` after the deadline, with the time in line; what ``init`` was given
    ///   where it hangs.
    func value(
        for key: ModelKey,
        _ urgency: LoadUrgency,
        until deadline: ContinuousClock.Instant? = nil,
        _ work: @escaping Work
    ) async throws -> Value {
        try await watchdog.answer(until: deadline) { call in
            let isAwaited = state.withLock { $0.turns.wait(Waiter(call: call, work: work), for: key, urgency) }
            guard isAwaited else { return call.end(.failure(hangs)) }
            beginNext()
        }
    }

    /// How many pieces go on, but for those that hang.
    var ongoingCount: Int { state.withLock(\.turns.ongoingCount) }

    /// Those that take so long that nobody waits for them any more.
    var hangingCount: Int { state.withLock(\.turns.overdueCount) }

    /// Begins those whose turn it is, and sees to it that one that hangs is noticed.
    private func beginNext() {
        let (begun, looksAt) = state.withLock { state -> ([(ModelKey, Work)], ContinuousClock.Instant?) in
            let begun = state.turns.begin(at: .now).compactMap { key in
                state.turns.waiters(for: key).last.map { (key, $0.work) }
            }
            // The timer that is set comes early enough for those that it was set for.
            guard state.looksAt == nil || !begun.isEmpty, let looksAt = state.turns.looksAt,
                state.looksAt.map({ looksAt < $0 }) ?? true
            else { return (begun, nil) }
            state.looksAt = looksAt
            return (begun, looksAt)
        }
        if let looksAt { wakeUp.set(looksAt) { self.lookForHanging(looksAt) } }
        for (key, work) in begun {
            threads.begin { [self] in work { end(key, $0) } }
        }
    }

    /// A timer that was set before an earlier one came has nothing to look for.
    private func lookForHanging(_ due: ContinuousClock.Instant) {
        let waiters = state.withLock { state -> [Waiter] in
            guard state.looksAt == due else { return [] }
            state.looksAt = nil
            return state.turns.giveUp(at: .now)
        }
        for waiter in waiters { waiter.call.end(.failure(hangs)) }
        beginNext()
    }

    private func end(_ key: ModelKey, _ result: Result<Value, any Error>) {
        let waiters = state.withLock { $0.turns.end(key) }
        beginNext()
        for waiter in waiters { waiter.call.end(result) }
    }
}
