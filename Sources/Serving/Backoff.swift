/// How long to rest between tries of what keeps failing: twice as long each time, up to a most.
struct Backoff {
    private let least: Duration
    private let most: Duration
    private var rest: Duration

    init(from least: Duration, upTo most: Duration) {
        self.least = least
        self.most = most
        rest = least
    }

    mutating func next() -> Duration {
        defer { rest = min(rest * 2, most) }
        return rest
    }

    mutating func reset() { rest = least }
}
