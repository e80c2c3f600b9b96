package import Plant

/// A row as a simulated plant writes it to its table.
package struct PlantRow: Hashable, Sendable {
    package let asset: String
    /// What the row's timestamp says.
    package let instant: Instant
    /// When it was written: for a late or repeated row after rows with later timestamps.
    package let arrival: Instant
    /// One value per column, in the plant's column order.
    package let values: [SourceValue]
}
