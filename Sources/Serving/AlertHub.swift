package import Alarms
package import Plant
import Synchronization

/// Hands committed alerts to whoever listens, organization by organization; never waits for anyone.
package final class AlertHub: Sendable {
    /// The listener was too slow: it has to come back with the last number it saw.
    package struct Overflow: Error {}

    private typealias Listener = AsyncThrowingStream<Alert, any Error>.Continuation
    private struct State {
        var listeners: [ID<Organization>: [Int: Listener]] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())
    private let bufferCountMax: Int

    /// - Parameter bufferCountMax: How many alerts may wait for one listener.
    package init(bufferCountMax: Int = 1_024) { self.bufferCountMax = bufferCountMax }

    /// The organization's alerts from now on; ends by throwing ``Overflow`` where the reader falls too far behind.
    package func subscribe(in scope: OrganizationScope) -> AlertSubscription {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Alert.self,
            throwing: (any Error).self,
            bufferingPolicy: .bufferingOldest(bufferCountMax)
        )
        let number = state.withLock { state in
            state.nextNumber += 1
            state.listeners[scope.id, default: [:]][state.nextNumber] = continuation
            return state.nextNumber
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, in: scope) }
        return AlertSubscription(stream: stream)
    }

    /// Tells alerts that are committed already, in the order of their numbers.
    package func publish(_ alerts: [Alert], in scope: OrganizationScope) {
        guard !alerts.isEmpty else { return }
        let listeners = state.withLock { Array(($0.listeners[scope.id] ?? [:]).values) }
        for listener in listeners {
            for alert in alerts {
                guard case .dropped = listener.yield(alert) else { continue }
                listener.finish(throwing: Overflow())
                break
            }
        }
    }

    /// How many listen to an organization's alerts.
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

/// One listener's alerts, in the order of their numbers.
package struct AlertSubscription: AsyncSequence, Sendable {
    package typealias Element = Alert
    package typealias Failure = any Error

    fileprivate let stream: AsyncThrowingStream<Alert, any Error>

    package func makeAsyncIterator() -> AsyncThrowingStream<Alert, any Error>.Iterator { stream.makeAsyncIterator() }
}
