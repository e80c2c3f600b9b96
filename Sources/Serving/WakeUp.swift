import Dispatch

/// Calls back once, at an instant or soon after it, on a thread that no work holds.
///
/// Dispatch's shared threads are as many as there are cores: on those a timer would wait for what it is to give up.
struct WakeUp: Sendable {
    let set: @Sendable (ContinuousClock.Instant, @escaping @Sendable () -> Void) -> Void

    /// With a queue of its own.
    static func dispatched(label: String) -> WakeUp {
        let timers = DispatchQueue(label: label)
        return WakeUp { instant, act in
            let rest = max(Duration.zero, instant - ContinuousClock.now)
            timers.asyncAfter(deadline: .now() + .nanoseconds(rest.nanoseconds), execute: act)
        }
    }
}
