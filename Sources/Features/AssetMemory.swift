package import Plant

/// What an asset's retained samples don't tell, and its features need after a restart.
package struct AssetMemory: Hashable, Sendable, Codable {
    /// The newest row's instant.
    package let newest: Instant
    /// The last row that features were made at, of those before which no late row can come any more.
    let latestSettledRow: Instant?
    /// In the order of the view's boolean tags.
    let booleans: [BooleanMemory]
}
