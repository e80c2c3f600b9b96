import Features
import Plant

/// An asset's history up to one row, as it was when that row was predicted.
struct AssetPast: Sendable {
    /// Nil where no features are due at the instant.
    let row: FeatureRow?
    /// The rows before it, thinned out where they are many.
    let rows: RowSample
    /// Rows that were asked for whole, the row itself last.
    let recent: [FeatureRow]
    /// Of the readings in the reach of the row's windows and lags, see `ReadingDigest`.
    let readingDigest: String
    let readingCount: Int
    /// Where looking began.
    let from: Instant
    /// From here on the windows of rows are as full as those of the row itself.
    let fullFrom: Instant
    /// Whether a boolean tag may have been true further back than was looked.
    var isSearchCut = false

    /// The rows that tell what is usual: those before the model's horizon, or all where those are too few.
    func referenceRows(before horizon: Instant, at instant: Instant) -> Range<Int> {
        for (start, end) in [(fullFrom, horizon), (from, horizon), (fullFrom, instant)] {
            let rows = rows.rows(from: start, to: end)
            if rows.count >= Self.referenceCountMin { return rows }
        }
        return rows.rows(from: from, to: instant)
    }

    private static let referenceCountMin = 50
}
