import Database

extension Migrations {
    /// The one keyring that has sealed what is in the database; its keys are elsewhere.
    static let keys: [SQL] = [
        """
        CREATE TABLE keyring (
            number \(type: .integer) NOT NULL PRIMARY KEY,
            id \(type: .id) NOT NULL,
            sealed_at \(type: .instant)
        ) \(table: .keyOrder)
        """
    ]
}
