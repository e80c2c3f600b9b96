import Database

extension Error {
    /// Whether the store is to blame: its database did not do what it was asked, or there is no room.
    package var isOfStore: Bool { self is DatabaseError || (self as? StorageError)?.code == .full }
}
