import DequeModule
import Dispatch
import Foundation
import Synchronization

/// Threads of its own for C code that blocks or computes.
///
/// The cooperative threads and Dispatch's concurrent ones are as many as there are cores: work that held them would hold
/// up all others, and the timers that are to give it up. Threads are made as they are needed and end when they have been
/// idle for a while; what comes while all are busy waits in order.
package final class BlockingWork: Sendable {
    private typealias Job = @Sendable () -> Void

    private struct State {
        var jobs: Deque<Job> = []
        var threadCount = 0
        /// Threads that wait and have not been woken.
        var idleCount = 0
    }

    private enum Next {
        case job(Job)
        case none
    }

    private let label: String
    private let threadCountMax: Int
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let answerLimit: Duration?
    /// Nil where there is no limit.
    private let watchdog: Watchdog?

    private static let idleSecondsMax = 5.0
    /// The runtime and the trees' explanations recurse.
    private static let stackByteCount = 8 << 20

    /// - Parameters:
    ///   - label: What a profiler calls the threads.
    ///   - threadCountMax: Pieces of work at a time; one after the other by default.
    ///   - answerLimit: How long ``run(_:)`` waits, the time in line among it; nil where it waits for as long as it
    ///     takes, also when its task is cancelled.
    package init(label: String, threadCountMax: Int = 1, answerLimit: Duration? = nil) {
        self.label = label
        self.threadCountMax = max(1, threadCountMax)
        self.answerLimit = answerLimit
        watchdog = answerLimit.map { _ in Watchdog() }
    }

    /// What a piece of work comes to.
    ///
    /// - Parameter work: Done on one of the threads. Where it hangs it keeps that thread.
    /// - Returns: What it returns.
    /// - Throws: What it throws; with a limit also ``Overdue``, and `CancellationError` once its task is cancelled.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard let watchdog, let answerLimit else {
            return try await withCheckedThrowingContinuation { continuation in
                begin { continuation.resume(with: Result { try work() }) }
            }
        }
        let asked = AskedWork<Value>()
        return try await withTaskCancellationHandler {
            try await watchdog.answer(until: ContinuousClock.now + answerLimit) { (call: WatchedCall<Value>) in
                asked.keep(call)
                begin {
                    guard call.isAwaited else { return call.abandon() }
                    call.end(Result { try work() })
                }
                // The handler may have been called before there was anything to cancel.
                if Task.isCancelled { asked.cancel() }
            }
        } onCancel: {
            asked.cancel()
        }
    }

    /// The same for work that nobody waits for.
    package func begin(_ work: @escaping @Sendable () -> Void) {
        let (mustWake, mustStart) = state.withLock { state in
            state.jobs.append(work)
            if state.idleCount > 0 {
                state.idleCount -= 1
                return (true, false)
            }
            guard state.threadCount < threadCountMax else { return (false, false) }
            state.threadCount += 1
            return (false, true)
        }
        if mustWake { wake.signal() }
        if mustStart { start() }
    }

    /// What asynchronous work comes to, for a thread that waits for it: one of these, never a cooperative one.
    static func waiting<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        let task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
            isDone.signal()
        }
        withExtendedLifetime(task) { isDone.wait() }
        guard let result = outcome.withLock({ $0 }) else { preconditionFailure("it is signalled with an outcome") }
        return try result.get()
    }

    private func start() {
        let thread = Thread { self.work() }
        thread.name = label
        thread.stackSize = Self.stackByteCount
        thread.start()
    }

    private func work() {
        while true {
            let next = state.withLock { state -> Next in
                if let job = state.jobs.popFirst() { return .job(job) }
                state.idleCount += 1
                return .none
            }
            if case .job(let job) = next {
                job()
                continue
            }
            guard wake.wait(timeout: .now() + Self.idleSecondsMax) == .timedOut else { continue }
            let mayEnd = state.withLock { state in
                // Woken just now: the signal is this thread's, or that of another that waits.
                guard state.idleCount > 0 else { return false }
                state.idleCount -= 1
                state.threadCount -= 1
                return true
            }
            if mayEnd { return }
            wake.wait()
        }
    }
}

/// A call for work that may be cancelled, whenever there is one.
private final class AskedWork<Value: Sendable>: Sendable {
    private let call = Mutex<WatchedCall<Value>?>(nil)

    func keep(_ call: WatchedCall<Value>) { self.call.withLock { $0 = call } }

    func cancel() {
        let call = self.call.withLock { $0 }
        call?.end(.failure(CancellationError()))
    }
}
