package import Plant

extension Instant {
    /// 2026-01-01T00:00:00Z: where tests begin that have no reason to begin elsewhere.
    package static let t0 = Instant(seconds: 1_767_225_600)

    /// The instant an RFC 3339 text names; the start of time for anything else, which no expectation meets.
    package static func at(_ text: String) -> Instant { Instant(text) ?? .distantPast }
}
