import DequeModule
import Synchronization

/// What waits for a lane: bounded, because readings wait in the store and only their coming is told.
final class LaneInbox: Sendable {
    private struct State {
        var events: Deque<LaneEvent> = []
        var waiter: CheckedContinuation<LaneEvent?, Never>?
        var hasCommitted = false
        var hasTick = false
        var hasConfigurationChanged = false
        /// What commands are answered with while the lane can't carry them out.
        var refusal: LaneError?
        var isClosed = false
    }

    let fresh = FreshReadings()
    private let state = Mutex(State())
    private let eventCountMax = 4_096

    /// Takes an event in.
    ///
    /// What is only a sign to look in the store is kept once, however often it comes; commands are bounded.
    ///
    /// - Throws: ``LaneError`` where it is not taken: nothing will come of it.
    func offer(_ event: LaneEvent) throws(LaneError) {
        let taken = state.withLock { state -> Result<CheckedContinuation<LaneEvent?, Never>?, LaneError> in
            guard !state.isClosed else { return .failure(LaneError(.stopped)) }
            if event.isCommand {
                if let refusal = state.refusal { return .failure(refusal) }
                guard state.events.count < eventCountMax else { return .failure(LaneError(.busy)) }
            }
            if let waiter = state.waiter {
                state.waiter = nil
                return .success(waiter)
            }
            switch event {
            case .committed:
                if state.hasCommitted { return .success(nil) }
                state.hasCommitted = true
            case .tick:
                if state.hasTick { return .success(nil) }
                state.hasTick = true
            case .configurationChanged:
                if state.hasConfigurationChanged { return .success(nil) }
                state.hasConfigurationChanged = true
            case .act, .preview, .warmed, .condemned: break
            }
            state.events.append(event)
            return .success(nil)
        }
        try taken.get()?.resume(returning: event)
    }

    /// A sign that something is in the store; a closed inbox needs none.
    func notify(_ event: LaneEvent) { try? offer(event) }

    /// Answers commands that wait and those that come with an error, until ``acceptCommands()``.
    func refuseCommands(because error: LaneError) {
        let waiting = state.withLock { state in
            state.refusal = error
            let waiting = state.events.filter(\.isCommand)
            state.events.removeAll(where: \.isCommand)
            return waiting
        }
        for command in waiting { command.refuse(because: error) }
    }

    var isClosed: Bool { state.withLock(\.isClosed) }

    func acceptCommands() { state.withLock { $0.refusal = nil } }

    /// The next event; nil once the inbox is closed or the task is cancelled.
    func next() async -> LaneEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let event = state.withLock { state -> LaneEvent?? in
                    if let event = state.events.popFirst() {
                        switch event {
                        case .committed: state.hasCommitted = false
                        case .tick: state.hasTick = false
                        case .configurationChanged: state.hasConfigurationChanged = false
                        case .act, .preview, .warmed, .condemned: break
                        }
                        return .some(event)
                    }
                    if state.isClosed { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let event { continuation.resume(returning: event) }
            }
        } onCancel: {
            close()
        }
    }

    /// Takes nothing more; whoever waits for an answer gets one.
    func close() {
        let (waiter, events) = state.withLock { state in
            state.isClosed = true
            defer {
                state.waiter = nil
                state.events.removeAll()
            }
            return (state.waiter, Array(state.events))
        }
        waiter?.resume(returning: nil)
        for event in events { event.refuse(because: LaneError(.stopped)) }
    }
}
