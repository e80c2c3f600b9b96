import Plant

/// Which part of a stretch one asset's rows cover: all but the silences that are longer than they are while all is well.
struct RowCover: Sendable {
    private var newest: Instant?
    private var missing = Duration.zero

    var hasRows: Bool { newest != nil }

    /// Takes in a row of the stretch that begins at `start`; rows come in order of time.
    mutating func note(_ instant: Instant, from start: Instant, silentAfter: Duration) {
        missing += Self.silence(from: newest ?? start, to: instant, silentAfter)
        newest = instant
    }

    /// 0 without a row, however short the stretch is.
    func share(from start: Instant, to end: Instant, silentAfter: Duration) -> Double {
        guard let newest, start < end else { return 0 }
        return 1 - (missing + Self.silence(from: newest, to: end, silentAfter)) / (end - start)
    }

    private static func silence(from start: Instant, to end: Instant, _ silentAfter: Duration) -> Duration {
        end - start > silentAfter ? end - start : .zero
    }
}
