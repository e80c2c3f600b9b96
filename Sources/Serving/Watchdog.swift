import HeapModule
import Synchronization

/// Gives up what takes too long, with one timer for all.
final class Watchdog: Sendable {
    private struct Entry: Comparable {
        let deadline: ContinuousClock.Instant
        let call: any Watched

        static func < (left: Entry, right: Entry) -> Bool { left.deadline < right.deadline }
        static func == (left: Entry, right: Entry) -> Bool { left.deadline == right.deadline }
    }

    private struct State {
        /// What has ended stays until the next sweep.
        var entries = Heap<Entry>()
        var wakesAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let wakeUp: WakeUp

    init(wakeUp: WakeUp = .dispatched(label: "eagle.watchdog")) { self.wakeUp = wakeUp }

    /// What a call is answered with, or an error where that takes too long.
    ///
    /// Whatever it set going then goes on, and nobody hears of its result; `onOverdue` is called, on a thread of no
    /// one's, before ``Overdue`` is thrown.
    func answer<Value: Sendable>(
        until deadline: ContinuousClock.Instant?,
        onOverdue: @escaping @Sendable () -> Void = {},
        _ begin: (WatchedCall<Value>) -> Void
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let call = WatchedCall(continuation, onOverdue: onOverdue)
            if let deadline { watch(call, until: deadline) }
            begin(call)
        }
    }

    private func watch(_ call: any Watched, until deadline: ContinuousClock.Instant) {
        let mustWake = state.withLock { state in
            state.entries.insert(Entry(deadline: deadline, call: call))
            guard state.wakesAt.map({ deadline < $0 }) ?? true else { return false }
            state.wakesAt = deadline
            return true
        }
        if mustWake { wake(at: deadline) }
    }

    private func wake(at deadline: ContinuousClock.Instant) {
        wakeUp.set(deadline) { self.sweep(deadline) }
    }

    private func sweep(_ due: ContinuousClock.Instant) {
        let now = ContinuousClock.now
        let (overdue, next) = state.withLock { state -> ([any Watched], ContinuousClock.Instant?) in
            // Another timer was set for an earlier deadline since, and has taken this one's place.
            guard state.wakesAt == due else { return ([], nil) }
            var overdue: [any Watched] = []
            while let first = state.entries.min, first.deadline <= now || !first.call.isAwaited {
                overdue.append(first.call)
                state.entries.removeMin()
            }
            state.wakesAt = state.entries.min?.deadline
            return (overdue, state.wakesAt)
        }
        for call in overdue { call.giveUp() }
        if let next { wake(at: next) }
    }
}

/// Work that did not end in time.
package struct Overdue: Error {
    fileprivate let call: any Watched

    /// Whether it has ended since, however late.
    package var hasEnded: Bool { call.hasEnded }
}

extension Overdue: CustomStringConvertible {
    package var description: String { "there was no answer in time" }
}

private protocol Watched: Sendable {
    var hasEnded: Bool { get }
    var isAwaited: Bool { get }
    func giveUp()
}

/// A question that is answered once, by whoever comes first: its work or the watchdog.
final class WatchedCall<Value: Sendable>: Watched {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var hasEnded = false
    }

    private let state: Mutex<State>
    private let onOverdue: @Sendable () -> Void

    fileprivate init(
        _ continuation: CheckedContinuation<Value, any Error>,
        onOverdue: @escaping @Sendable () -> Void
    ) {
        state = Mutex(State(continuation: continuation))
        self.onOverdue = onOverdue
    }

    /// Whether its work is done.
    var hasEnded: Bool { state.withLock(\.hasEnded) }

    /// Whether somebody still waits for the answer.
    var isAwaited: Bool { state.withLock { $0.continuation != nil } }

    func end(_ result: Result<Value, any Error>) { answerer(hasEnded: true)?.resume(with: result) }

    /// Nobody waits for it any more, and its work never began.
    func abandon() { state.withLock { $0.hasEnded = true } }

    fileprivate func giveUp() {
        guard let waiter = answerer(hasEnded: false) else { return }
        onOverdue()
        waiter.resume(throwing: Overdue(call: self))
    }

    /// Whoever waits, once.
    private func answerer(hasEnded: Bool) -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            defer { state.continuation = nil }
            if hasEnded { state.hasEnded = true }
            return state.continuation
        }
    }
}

extension Duration {
    /// Whole nanoseconds, at most some 292 years.
    var nanoseconds: Int {
        let (nanoseconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : Int(nanoseconds + components.attoseconds / 1_000_000_000)
    }
}
