import Database
import Trust

/// The keyring's own tables, in a file of their own: append, never change.
enum KeyringTables {
    static let all = [Migration(number: 1, name: "keys", statements: keys)]

    private static let keys: [SQL] = [
        // Of the one keyring that this file is, and under which master key it wraps.
        """
        CREATE TABLE keyring_identity (
            number \(type: .integer) NOT NULL PRIMARY KEY,
            id \(type: .id) NOT NULL,
            master_id \(type: .text) NOT NULL,
            made_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        // All under which a key may still be wrapped.
        """
        CREATE TABLE wrapping_master (
            id \(type: .text) NOT NULL PRIMARY KEY
        ) \(table: .keyOrder)
        """,
        // The organization's id, or 'server' for the server's own.
        """
        CREATE TABLE data_key (
            organization_id \(type: .text) NOT NULL,
            version \(type: .integer) NOT NULL,
            key_id \(type: .text) NOT NULL,
            master_id \(type: .text) NOT NULL,
            wrapped \(type: .bytes) NOT NULL,
            reserved_uses \(type: .integer) NOT NULL,
            cause \(type: .text) NOT NULL,
            made_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, version)
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE destroyed_key (
            organization_id \(type: .text) NOT NULL,
            version \(type: .integer) NOT NULL,
            key_id \(type: .text) NOT NULL,
            destroyed_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, version)
        ) \(table: .keyOrder)
        """,
        // They get no keys any more.
        """
        CREATE TABLE erased_holder (
            organization_id \(type: .text) NOT NULL PRIMARY KEY,
            erased_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
    ]
}

extension KeyHolder: SQLConvertible {
    var sqlValue: SQLValue { .text(text) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(text: text)
    }
}

extension KeyID: SQLConvertible {
    var sqlValue: SQLValue { .text(hexadecimal) }

    init?(_ sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self.init(hexadecimal: text)
    }
}

extension KeyVersion.Cause: SQLConvertible {}
