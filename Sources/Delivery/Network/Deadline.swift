import Alarms
import NIOCore

/// The moment at which a message is given up.
struct Deadline: Sendable {
    let host: String
    private let end: NIODeadline

    init(host: String, in time: Duration) {
        self.host = host
        end = .now() + TimeAmount(time)
    }

    var failure: DeliveryError { DeliveryError(.timedOut, "\(host) did not answer in time") }

    /// What is left, or next to nothing.
    var left: TimeAmount { max(end - .now(), .nanoseconds(1)) }

    /// What the promise comes to, which it does at the deadline at last, or when the task is cancelled.
    func value<Value: Sendable>(of promise: EventLoopPromise<Value>) async throws(DeliveryError) -> Value {
        let timer = promise.futureResult.eventLoop.scheduleTask(deadline: end) { promise.fail(failure) }
        defer { timer.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(DeliveryError(.unreachable, "the server stopped before \(host) answered"))
            }
        } catch {
            throw error as? DeliveryError ?? DeliveryError(.unreachable, "\(host) broke the connection")
        }
    }
}
