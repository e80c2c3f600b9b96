import Foundation
package import Plant

/// The server's time: the system's, or a simulated plant's that runs faster.
package protocol TimeSource: Sendable {
    var now: Instant { get }

    /// How many times as fast as the machine's it runs.
    var speed: Double { get }

    /// Returns after so much of this time.
    ///
    /// - Throws: `CancellationError` where the task is cancelled.
    func sleep(for duration: Duration) async throws
}

extension TimeSource {
    package var speed: Double { 1 }
}

/// The machine's own clock.
package struct SystemTime: TimeSource {
    package init() {}

    package var now: Instant { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }

    package func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// Time that starts at an instant of its own and runs so many times as fast as the machine's.
package struct ScaledTime: TimeSource {
    private let start: Instant
    private let startedAt = ContinuousClock().now
    package let speed: Double

    /// - Parameters:
    ///   - start: What it says now.
    ///   - speed: At least 1.
    package init(from start: Instant, speed: Double) {
        self.start = start
        self.speed = max(1, speed)
    }

    package var now: Instant {
        let elapsed = Double((ContinuousClock().now - startedAt).microseconds)
        return start + .microseconds(Int64(elapsed * speed))
    }

    package func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: .microseconds(Int64(Double(duration.microseconds) / speed)))
    }
}
