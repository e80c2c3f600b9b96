import DequeModule
import Synchronization

/// What waits for a lane: bounded, because readings wait in the store and only their coming is told.
final class LaneInbox: Sendable {
    private struct State {
        var events: Deque<LaneEvent> = []
        var waiter: CheckedContinuation<LaneEvent?, Never>?
        var hasCommitted = false
        var hasTick = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let eventCountMax = 4_096

    /// - Returns: Whether it was taken; a closed or overfull inbox takes nothing.
    @discardableResult
    func offer(_ event: LaneEvent) -> Bool {
        let (isTaken, waiter) = state.withLock { state -> (Bool, CheckedContinuation<LaneEvent?, Never>?) in
            guard !state.isClosed else { return (false, nil) }
            if let waiter = state.waiter {
                state.waiter = nil
                return (true, waiter)
            }
            switch event {
            case .committed:
                if state.hasCommitted { return (true, nil) }
                state.hasCommitted = true
            case .tick:
                if state.hasTick { return (true, nil) }
                state.hasTick = true
            case .acknowledge, .configurationChanged, .warmed:
                guard state.events.count < eventCountMax else { return (false, nil) }
            }
            state.events.append(event)
            return (true, nil)
        }
        waiter?.resume(returning: event)
        return isTaken
    }

    /// The next event; nil once the inbox is closed or the task is cancelled.
    func next() async -> LaneEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let event = state.withLock { state -> LaneEvent?? in
                    if let event = state.events.popFirst() {
                        switch event {
                        case .committed: state.hasCommitted = false
                        case .tick: state.hasTick = false
                        case .acknowledge, .configurationChanged, .warmed: break
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
        for case .acknowledge(let acknowledgement) in events {
            acknowledgement.reply.resume(throwing: CancellationError())
        }
    }
}
