/// Who writes an organization's rows to the store, and notices when it can't.
enum StoreWriter: Hashable, Sendable, CaseIterable {
    /// The lane, what it decides.
    case lane
    /// Whoever brings readings: the plant that pushes them, or the feed that polls its source.
    case intake
}
