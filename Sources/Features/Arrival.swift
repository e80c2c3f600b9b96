/// What became of a sample, and the feature rows it brought.
package enum Arrival: Sendable {
    /// It is its asset's newest; a row where features are due at it.
    case newest(FeatureRow?)
    /// It was put in its place: all rows of its asset at or after its instant, in order of time, made anew.
    case late([FeatureRow])
    /// It is there already, with the same values.
    case repeated
    /// It is there already with other values, and those stay.
    case conflicting
    /// It came after more than the allowed lateness and enters no feature.
    case tooLate
}

/// What became of a sample of a history that is read in order of time.
package enum HistoricalArrival: Sendable {
    /// Its features are the matrix's last row.
    case row
    /// It brought the state up to date; no features are due at it.
    case noRow
    case repeated, conflicting
    /// It stands before its asset's newest and was left out: the history isn't sorted.
    case outOfOrder
}
