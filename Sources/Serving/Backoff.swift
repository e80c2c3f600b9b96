/// How long to rest between tries of what keeps failing: twice as long each time, up to a most, and less by chance, so
/// that what failed together does not come back together.
package struct Backoff: Hashable, Sendable {
    private let least: Duration
    private let most: Duration
    private var rest: Duration

    package init(from least: Duration, upTo most: Duration) {
        self.least = least
        self.most = most
        rest = least
    }

    /// Half of the rest, up to all of it.
    package mutating func next() -> Duration {
        defer { rest = min(rest * 2, most) }
        return rest * Double.random(in: 0.5...1)
    }

    package mutating func reset() { rest = least }
}
