import Database

extension Migrations {
    /// Organizations that are being erased, and the certificates of those that were: the server's own.
    static let erasures: [SQL] = [
        """
        CREATE TABLE erasure (
            organization_id \(type: .id) NOT NULL PRIMARY KEY,
            slug \(type: .orderedText) NOT NULL,
            begun_at \(type: .instant) NOT NULL,
            progress \(type: .json) NOT NULL,
            ended_at \(type: .instant),
            certificate \(type: .text)
        ) \(table: .keyOrder)
        """
    ]

    /// The number of the last one that a database went through.
    static func last(of reader: any SQLReader) throws -> Int {
        try reader.query("SELECT MAX(number) AS number FROM schema_migration").first?.decode("number") ?? 0
    }
}
