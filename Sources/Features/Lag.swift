/// Finds "now minus lag" in a tag's samples; its cursor moves on with time.
struct Lag: Sendable {
    /// In microseconds.
    let length: Int64
    /// The first sample later than "now minus lag".
    private var cursor = 0

    init(length: Int64) { self.length = length }

    /// The latest sample at or before `instant - length`, if not older than that by more than `staleAfter`.
    ///
    /// - Parameters:
    ///   - instant: Now.
    ///   - series: The tag's samples.
    ///   - open: The newest sample where its bucket may still replace it, and it is not in the series.
    ///   - staleAfter: In microseconds.
    /// - Returns: Nil where there is none.
    mutating func sample(
        at instant: Int64,
        over series: Series<Measured>,
        open: Measured?,
        staleAfter: Int64
    ) -> Measured? {
        let then = instant - length
        cursor = series.firstIndex(after: then, near: cursor)
        if let open, open.instant <= then { return open.instant >= then - staleAfter ? open : nil }
        guard cursor > series.startIndex else { return nil }
        let sample = series[cursor - 1]
        return sample.instant >= then - staleAfter ? sample : nil
    }
}
