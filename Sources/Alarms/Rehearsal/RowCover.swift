import Plant

/// Which part of a stretch one asset's rows cover: all but the silences that are longer than they are while all is well.
///
/// Where rows come more slowly than that by themselves, four to eight times what half of the gaps between them keep to is no
/// silence yet.
struct RowCover: Sendable {
    private var oldest: Instant?
    private var newest: Instant?
    /// How many gaps there are, and how long they are together, by the power of two of their microseconds.
    private var gaps = Array(repeating: (count: 0, total: Duration.zero), count: 64)
    /// Of those that are longer than all is well.
    private var silence = Duration.zero

    /// Fewer gaps tell nothing of how fast rows come.
    private static let gapsMin = 10

    var hasRows: Bool { newest != nil }

    /// Takes in a row of the stretch; rows come in order of time.
    mutating func note(_ instant: Instant, silentAfter: Duration) {
        if let newest, newest < instant {
            let gap = instant - newest
            gaps[Self.power(of: gap)].count += 1
            gaps[Self.power(of: gap)].total += gap
            if gap > silentAfter { silence += gap }
        }
        oldest = oldest ?? instant
        newest = instant
    }

    /// 0 without a row, however short the stretch is.
    func share(from start: Instant, to end: Instant, silentAfter: Duration) -> Double {
        guard let oldest, let newest, start < end else { return 0 }
        var (limit, missing) = (silentAfter, silence)
        if let usual = usualPower, gaps[usual].total > silentAfter * gaps[usual].count, usual + 3 < gaps.count {
            limit = .microseconds(1 << (usual + 3))
            missing = gaps[(usual + 3)...].reduce(.zero) { $0 + $1.total }
        }
        for edge in [oldest - start, end - newest] where edge > limit { missing += edge }
        return 1 - missing / (end - start)
    }

    /// That of the gap that half are not longer than.
    private var usualPower: Int? {
        let count = gaps.reduce(0) { $0 + $1.count }
        guard count >= Self.gapsMin else { return nil }
        var passed = 0
        return gaps.firstIndex { gap in
            passed += gap.count
            return 2 * passed >= count
        }
    }

    private static func power(of gap: Duration) -> Int {
        max(0, Int64.bitWidth - 1 - gap.microseconds.leadingZeroBitCount)
    }
}
