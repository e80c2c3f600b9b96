import Dispatch
import Synchronization

/// Carries things between a thread that may block, such as a transaction's, and a task that must not: one at either
/// end, and a few of them on the way.
final class Conveyor<Element: Sendable>: Sendable {
    private enum Waiter: Sendable {
        case task(CheckedContinuation<Void, Never>)
        case thread(DispatchSemaphore)

        func wake() {
            switch self {
            case .task(let continuation): continuation.resume()
            case .thread(let semaphore): semaphore.signal()
            }
        }
    }

    private struct State {
        var elements: [Element] = []
        var waiter: Waiter?
        var isEnded = false
        /// What ended it before its time.
        var failure: (any Error)?

        mutating func wake() {
            waiter?.wake()
            waiter = nil
        }
    }

    private enum Step { case done, wait }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int = 4) { self.countMax = countMax }

    /// Nothing more comes.
    func end() {
        state.withLock { state in
            state.isEnded = true
            state.wake()
        }
    }

    /// Whoever waits at the other end waits no longer, and gets this; what ended first stays.
    func fail(_ error: any Error) {
        state.withLock { state in
            if state.failure == nil { state.failure = error }
            state.wake()
        }
    }

    // MARK: - From a thread to a task

    /// Blocks while there is no room.
    func putBlocking(_ element: Element) throws {
        let semaphore = DispatchSemaphore(value: 0)
        while try tryPut(element, orWake: .thread(semaphore)) == .wait { semaphore.wait() }
    }

    /// The next; nil at the end.
    func take() async throws -> Element? {
        while true {
            if let taken = try tryTake() { return taken.element }
            await withCheckedContinuation { wait(.task($0)) { $0.elements.isEmpty && !$0.isEnded } }
        }
    }

    // MARK: - From a task to a thread

    /// Waits while there is no room.
    func put(_ element: Element) async throws {
        while try tryPut(element, orWake: nil) == .wait {
            await withCheckedContinuation { wait(.task($0)) { [countMax] in $0.elements.count >= countMax } }
        }
    }

    /// The next, which it blocks for; nil at the end.
    func takeBlocking() throws -> Element? {
        let semaphore = DispatchSemaphore(value: 0)
        while true {
            if let taken = try tryTake() { return taken.element }
            wait(.thread(semaphore)) { $0.elements.isEmpty && !$0.isEnded }
            semaphore.wait()
        }
    }

    // MARK: - Steps

    private func tryPut(_ element: Element, orWake waiter: Waiter?) throws -> Step {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard state.elements.count < countMax else {
                if let waiter { state.waiter = waiter }
                return .wait
            }
            state.elements.append(element)
            state.wake()
            return .done
        }
    }

    /// Nil where one has to wait; an element of nil at the end.
    private func tryTake() throws -> (element: Element?, Void)? {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            if !state.elements.isEmpty {
                defer { state.wake() }
                return (state.elements.removeFirst(), ())
            }
            return state.isEnded ? (nil, ()) : nil
        }
    }

    /// Leaves word, unless what is waited for has come meanwhile: then it is woken at once.
    private func wait(_ waiter: Waiter, while isToWait: (State) -> Bool) {
        state.withLock { state in
            if state.failure == nil, isToWait(state) { state.waiter = waiter } else { waiter.wake() }
        }
    }
}
