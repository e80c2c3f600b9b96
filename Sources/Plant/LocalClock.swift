/// Turns a source's timestamps into instants, asset by asset in the source's order.
package struct LocalClock: Sendable {
    /// Why a timestamp has no instant.
    package enum Failure: Error, Hashable, Sendable {
        case unreadable, noZone
        case skipped(zone: String)
    }

    private let zone: ZoneOffsets?
    private let policy: SignalSchema.DoubledHour
    private let lateness: Duration
    /// The latest instant of each asset: what tells the passes of a doubled hour apart.
    private var latest: [String: Instant] = [:]

    /// A clock for the timestamps of one source.
    ///
    /// Without a zone, a timestamp that names none has no instant. A row may step back by `lateness` in a doubled
    /// hour and still be merely late.
    package init(zone: ZoneOffsets?, policy: SignalSchema.DoubledHour, lateness: Duration) {
        self.zone = zone
        self.policy = policy
        self.lateness = lateness
    }

    /// Goes on after an order that was seen elsewhere: by asset, the latest instant.
    package mutating func resume(after latest: [String: Instant]) {
        self.latest.merge(latest) { max($0, $1) }
    }

    /// - Complexity: O(1) where the text names a zone, else O(log n) in the zone's changes.
    package mutating func instant(of text: String, asset: String) -> Result<Instant, Failure> {
        guard let parsed = ParsedTimestamp(text) else { return .failure(.unreadable) }
        if let offset = parsed.offsetSeconds {
            let instant = Instant(microseconds: parsed.localMicroseconds - Int64(offset) * 1_000_000)
            return instant.isWritable ? .success(instant) : .failure(.unreadable)
        }
        guard let zone else { return .failure(.noZone) }
        let instant: Instant
        switch zone.meaning(ofLocal: parsed.localMicroseconds) {
        case .once(let only): instant = only
        case .skipped: return .failure(.skipped(zone: zone.identifier))
        case .twice(let earlier, let later):
            switch policy {
            case .earlier: instant = earlier
            case .later: instant = later
            case .byOrder: instant = isSecondPass(asset, earlier: earlier, later: later) ? later : earlier
            }
        }
        guard instant.isWritable else { return .failure(.unreadable) }
        if policy == .byOrder, !zone.changes.isEmpty { follow(instant, asset: asset) }
        return .success(instant)
    }

    /// Whether the first pass would lie further behind the asset's order than lateness explains.
    private func isSecondPass(_ asset: String, earlier: Instant, later: Instant) -> Bool {
        guard let latest = latest[asset], !hasBegunAnew(latest, at: later) else { return false }
        // Half of the doubled stretch already is a step from one pass to the other.
        let tolerance = min(lateness, (later - earlier) / 2 - .microseconds(1))
        return latest - earlier > tolerance
    }

    private mutating func follow(_ instant: Instant, asset: String) {
        if let latest = latest[asset], latest > instant, !hasBegunAnew(latest, at: instant) { return }
        latest[asset] = instant
    }

    /// Whether a row so far behind belongs to an order of its own, such as a file read again from its start.
    private func hasBegunAnew(_ latest: Instant, at instant: Instant) -> Bool {
        latest - instant > lateness + .seconds(3_600)
    }
}
