package import Plant

/// What follows a delivery that failed.
package enum DeliveryRetry: Hashable, Sendable {
    case again(at: Instant)
    case giveUp

    package static let attemptsMax = 60
    package static let timeMax = Duration.seconds(24 * 3_600)
    private static let restLeast = Duration.seconds(5)
    private static let restMost = Duration.seconds(1_800)

    /// Rests twice as long each time, up to half an hour, less up to half of it by chance; longer where the target asks
    /// for it, but not past the time at which it is given up.
    ///
    /// - Parameters:
    ///   - attempts: How often it was tried, this time included.
    ///   - triedSince: When it was first tried, or when the server last started if that was later: time in which
    ///     nobody tried does not count.
    ///   - isTransient: Whether trying again may help.
    ///   - retryAfter: How long the target wants to be left alone.
    ///   - now: The time.
    ///   - chance: From 0 to 1.
    package init(
        attempts: Int,
        triedSince: Instant,
        isTransient: Bool,
        retryAfter: Duration?,
        at now: Instant,
        chance: Double
    ) {
        guard isTransient, attempts < Self.attemptsMax, now - triedSince < Self.timeMax else {
            self = .giveUp
            return
        }
        let doublings = min(max(attempts - 1, 0), 20)
        let rest = min(Self.restLeast * (1 << doublings), Self.restMost) * (0.5 + 0.5 * min(max(chance, 0), 1))
        let wanted = now + max(rest, retryAfter ?? .zero)
        self = .again(at: min(wanted, max(triedSince + Self.timeMax, now + rest)))
    }
}
