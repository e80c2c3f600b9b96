import DequeModule
import Dispatch
import Synchronization

/// Threads for C code that blocks: the cooperative ones, as many as there are cores, must never wait.
package struct BlockingWork: Sendable {
    private let queue: DispatchQueue
    private let watchdog = Watchdog()

    /// The label is what a profiler calls the threads.
    package init(label: String, isConcurrent: Bool = false) {
        queue = DispatchQueue(label: label, attributes: isConcurrent ? .concurrent : [])
    }

    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }

    /// The same, waiting only so long.
    ///
    /// - Throws: ``Overdue`` when the time is up: the work goes on in its thread, and nobody hears of its result.
    package func run<Value: Sendable>(
        within limit: Duration,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let call = WatchedCall(continuation)
            watchdog.watch(call, until: .now + limit)
            queue.async { call.end(Result { try work() }) }
        }
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
    func giveUp()
}

private final class WatchedCall<Value: Sendable>: Watched {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var hasEnded = false
    }

    private let state: Mutex<State>

    init(_ continuation: CheckedContinuation<Value, any Error>) { state = Mutex(State(continuation: continuation)) }

    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    func end(_ result: Result<Value, any Error>) { answerer(hasEnded: true)?.resume(with: result) }

    func giveUp() { answerer(hasEnded: false)?.resume(throwing: Overdue(call: self)) }

    /// Whoever waits, once.
    private func answerer(hasEnded: Bool) -> CheckedContinuation<Value, any Error>? {
        state.withLock { state in
            defer { state.continuation = nil }
            if hasEnded { state.hasEnded = true }
            return state.continuation
        }
    }
}

/// Gives up what takes too long, with one timer for all.
private final class Watchdog: Sendable {
    private struct Entry {
        let deadline: ContinuousClock.Instant
        let call: any Watched
    }

    /// In the order in which they came; what has ended stays until its time.
    private let entries = Mutex<Deque<Entry>>([])

    func watch(_ call: any Watched, until deadline: ContinuousClock.Instant) {
        let isFirst = entries.withLock { entries in
            entries.append(Entry(deadline: deadline, call: call))
            return entries.count == 1
        }
        if isFirst { wake(at: deadline) }
    }

    private func wake(at deadline: ContinuousClock.Instant) {
        let rest = max(Duration.zero, deadline - ContinuousClock.now)
        let nanoseconds = rest.components.seconds * 1_000_000_000 + rest.components.attoseconds / 1_000_000_000
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(nanoseconds))) { self.sweep() }
    }

    private func sweep() {
        let now = ContinuousClock.now
        let (overdue, next) = entries.withLock { entries in
            var overdue: [any Watched] = []
            while let first = entries.first, first.deadline <= now {
                overdue.append(first.call)
                entries.removeFirst()
            }
            return (overdue, entries.first?.deadline)
        }
        for call in overdue { call.giveUp() }
        if let next { wake(at: next) }
    }
}
