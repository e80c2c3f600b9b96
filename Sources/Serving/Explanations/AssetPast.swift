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
    /// By the places of the view's tags, each one's first good reading since; nil where it has none.
    let tagStarts: [Instant?]
    /// Whether a boolean tag may have been true further back than was looked.
    var isSearchCut = false

    /// The rows whose window over a tag's readings is full: in those before them a count is low, and a swing small.
    func fullRows(ofTag place: Int, window: Duration, before end: Instant) -> Range<Int> {
        rows.rows(from: (tagStarts[place] ?? end) + window, to: end)
    }

    /// Those of them that tell what is usual: before the model's horizon, or all where those are too few.
    func referenceRows(ofTag place: Int, window: Duration, before horizon: Instant, at instant: Instant) -> Range<Int> {
        let rows = fullRows(ofTag: place, window: window, before: horizon)
        return rows.count < Self.referenceCountMin ? fullRows(ofTag: place, window: window, before: instant) : rows
    }

    private static let referenceCountMin = 50
}
