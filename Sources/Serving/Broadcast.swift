package import Alarms
package import Plant
import Synchronization

/// Tells committed alerts, in the order of their numbers.
package typealias AlertHub = Broadcast<Alert>

/// Hands what happened to whoever listens, organization by organization; never waits for anyone.
package final class Broadcast<Element: Sendable>: Sendable {
    /// The listener was too slow: it has to come back, and ask the store for what it missed.
    package struct Overflow: Error {}

    /// The organization is no more: nothing will ever be told of it.
    package struct Closed: Error {}

    private typealias Listener = AsyncThrowingStream<Element, any Error>.Continuation
    package typealias Observer = @Sendable ([Element], OrganizationScope) -> Void
    private struct State {
        var observers: [Observer] = []
        var listeners: [ID<Organization>: [Int: Listener]] = [:]
        var pulses: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextNumber = 0
        var closed: Set<ID<Organization>> = []
    }

    private let state = Mutex(State())
    private let bufferCountMax: Int

    /// - Parameter bufferCountMax: How many elements may wait for one listener.
    package init(bufferCountMax: Int = 1_024) { self.bufferCountMax = bufferCountMax }

    /// What happens in the organization from now on; ends by throwing ``Overflow`` where the reader falls too far behind,
    /// or ``Closed``.
    package func subscribe(in scope: OrganizationScope) -> Subscription<Element> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Element.self,
            throwing: (any Error).self,
            bufferingPolicy: .bufferingOldest(bufferCountMax)
        )
        let number = state.withLock { state -> Int? in
            guard !state.closed.contains(scope.id) else { return nil }
            state.nextNumber += 1
            state.listeners[scope.id, default: [:]][state.nextNumber] = continuation
            return state.nextNumber
        }
        if let number {
            continuation.onTermination = { [weak self] _ in self?.remove(number, in: scope) }
        } else {
            continuation.finish(throwing: Closed())
        }
        return Subscription(stream: stream)
    }

    /// Has all that happens told to one who tells it on, for as long as this lasts: at once, where it happens, so that he
    /// must not wait for anything.
    package func observe(_ observer: @escaping Observer) { state.withLock { $0.observers.append(observer) } }

    /// Tells what is committed already, in its order.
    package func publish(_ elements: [Element], in scope: OrganizationScope) {
        guard !elements.isEmpty else { return }
        let (observers, listeners, pulses) = state.withLock { state in
            (state.observers, Array((state.listeners[scope.id] ?? [:]).values), Array(state.pulses.values))
        }
        for observer in observers { observer(elements, scope) }
        for pulse in pulses { pulse.yield() }
        for listener in listeners {
            for element in elements {
                guard case .dropped = listener.yield(element) else { continue }
                listener.finish(throwing: Overflow())
                break
            }
        }
    }

    /// Ends all that listen to an organization, by throwing ``Closed``, and whoever wants to later.
    package func close(in scope: OrganizationScope) {
        let listeners = state.withLock { state in
            state.closed.insert(scope.id)
            return Array((state.listeners[scope.id] ?? [:]).values)
        }
        for listener in listeners { listener.finish(throwing: Closed()) }
    }

    /// Says that something was published, of whichever organization, and nothing else.
    package func pulses() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextNumber += 1
            state.pulses[state.nextNumber] = continuation
            return state.nextNumber
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.pulses[number] = nil } }
        return stream
    }

    /// How many listen to an organization.
    package func listenerCount(in scope: OrganizationScope) -> Int {
        state.withLock { $0.listeners[scope.id]?.count ?? 0 }
    }

    private func remove(_ number: Int, in scope: OrganizationScope) {
        state.withLock { state in
            state.listeners[scope.id]?[number] = nil
            if state.listeners[scope.id]?.isEmpty ?? false { state.listeners[scope.id] = nil }
        }
    }
}

/// What one listener is told, in order.
package struct Subscription<Element: Sendable>: AsyncSequence, Sendable {
    package typealias Failure = any Error

    fileprivate let stream: AsyncThrowingStream<Element, any Error>

    package func makeAsyncIterator() -> AsyncThrowingStream<Element, any Error>.Iterator { stream.makeAsyncIterator() }
}
