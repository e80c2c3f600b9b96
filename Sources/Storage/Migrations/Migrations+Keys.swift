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

    /// Up to here webhooks' URLs lie open in their targets' rows, which no SQL can seal: the next start does.
    static let openURLs: [SQL] = ["UPDATE keyring SET sealed_at = NULL WHERE number = 1"]
}
