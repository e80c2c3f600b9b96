import Database

extension Migrations {
    /// What happened, in a chain per organization and one of the server's own: entries are added, and nothing else.
    ///
    /// The triggers are for mistakes of ours; whoever can write the file can drop them, which is what hashes and
    /// signed heads are for. The one before each INSERT also stops a REPLACE, of which no other trigger hears.
    static let audit: [SQL] = [
        """
        CREATE TABLE audit_entry (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            number \(type: .integer) NOT NULL,
            at \(type: .instant) NOT NULL,
            actor \(type: .orderedText) NOT NULL,
            action \(type: .orderedText) NOT NULL,
            resource \(type: .orderedText) NOT NULL,
            metadata \(type: .json) NOT NULL,
            previous_hash \(type: .text) NOT NULL,
            hash \(type: .text) NOT NULL,
            PRIMARY KEY (organization_id, number)
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX audit_entry_newest ON audit_entry (organization_id, at, number)",
        "CREATE INDEX audit_entry_action ON audit_entry (organization_id, action, at, number)",
        "CREATE INDEX audit_entry_actor ON audit_entry (organization_id, actor, at, number)",
        "CREATE INDEX audit_entry_resource ON audit_entry (organization_id, resource, at, number)",
        """
        CREATE TABLE audit_head (
            organization_id \(type: .id) NOT NULL REFERENCES organization (id),
            number \(type: .integer) NOT NULL,
            hash \(type: .text) NOT NULL,
            at \(type: .instant) NOT NULL,
            public_key \(type: .bytes) NOT NULL,
            signature \(type: .bytes) NOT NULL,
            PRIMARY KEY (organization_id, number)
        ) \(table: .keyOrder)
        """,
        // Only within the transaction that erases an organization does it hold a row.
        "CREATE TABLE audit_erasure (organization_id \(type: .id) NOT NULL PRIMARY KEY) \(table: .keyOrder)",
        """
        CREATE TRIGGER audit_entry_next BEFORE INSERT ON audit_entry
        WHEN NEW.number <> 1 + COALESCE(
            (SELECT MAX(e.number) FROM audit_entry e WHERE e.organization_id = NEW.organization_id), 0
        )
        BEGIN
            SELECT RAISE(ABORT, 'an audit entry is the next of its chain');
        END
        """,
        """
        CREATE TRIGGER audit_entry_unchanged BEFORE UPDATE ON audit_entry
        BEGIN
            SELECT RAISE(ABORT, 'audit entries are never changed');
        END
        """,
        """
        CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry
        WHEN NOT EXISTS (SELECT 1 FROM audit_erasure x WHERE x.organization_id = OLD.organization_id)
        BEGIN
            SELECT RAISE(ABORT, 'audit entries are never removed');
        END
        """,
        """
        CREATE TRIGGER audit_head_unchanged BEFORE UPDATE ON audit_head
        BEGIN
            SELECT RAISE(ABORT, 'audit heads are never changed');
        END
        """,
        """
        CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head
        WHEN NOT EXISTS (SELECT 1 FROM audit_erasure x WHERE x.organization_id = OLD.organization_id)
        BEGIN
            SELECT RAISE(ABORT, 'audit heads are never removed');
        END
        """,
    ]

    /// The server's own chain.
    static let serverAudit: [SQL] = [
        """
        CREATE TABLE server_audit_entry (
            number \(type: .integer) NOT NULL PRIMARY KEY,
            at \(type: .instant) NOT NULL,
            actor \(type: .orderedText) NOT NULL,
            action \(type: .orderedText) NOT NULL,
            resource \(type: .orderedText) NOT NULL,
            metadata \(type: .json) NOT NULL,
            previous_hash \(type: .text) NOT NULL,
            hash \(type: .text) NOT NULL
        )
        """,
        "CREATE INDEX server_audit_entry_newest ON server_audit_entry (at, number)",
        "CREATE INDEX server_audit_entry_action ON server_audit_entry (action, at, number)",
        "CREATE INDEX server_audit_entry_actor ON server_audit_entry (actor, at, number)",
        "CREATE INDEX server_audit_entry_resource ON server_audit_entry (resource, at, number)",
        """
        CREATE TABLE server_audit_head (
            number \(type: .integer) NOT NULL PRIMARY KEY,
            hash \(type: .text) NOT NULL,
            at \(type: .instant) NOT NULL,
            public_key \(type: .bytes) NOT NULL,
            signature \(type: .bytes) NOT NULL
        )
        """,
        """
        CREATE TRIGGER server_audit_entry_next BEFORE INSERT ON server_audit_entry
        WHEN NEW.number <> 1 + COALESCE((SELECT MAX(e.number) FROM server_audit_entry e), 0)
        BEGIN
            SELECT RAISE(ABORT, 'an audit entry is the next of its chain');
        END
        """,
        """
        CREATE TRIGGER server_audit_entry_unchanged BEFORE UPDATE ON server_audit_entry
        BEGIN
            SELECT RAISE(ABORT, 'audit entries are never changed');
        END
        """,
        """
        CREATE TRIGGER server_audit_entry_kept BEFORE DELETE ON server_audit_entry
        BEGIN
            SELECT RAISE(ABORT, 'audit entries are never removed');
        END
        """,
        """
        CREATE TRIGGER server_audit_head_unchanged BEFORE UPDATE ON server_audit_head
        BEGIN
            SELECT RAISE(ABORT, 'audit heads are never changed');
        END
        """,
        """
        CREATE TRIGGER server_audit_head_kept BEFORE DELETE ON server_audit_head
        BEGIN
            SELECT RAISE(ABORT, 'audit heads are never removed');
        END
        """,
    ]

    /// The order in which predictions were kept, and up to which of them the chain tells of them.
    ///
    /// Those that were there before have no place in that order, and are told of nowhere.
    static let auditedPredictions: [SQL] = [
        "ALTER TABLE lane ADD COLUMN prediction_sequence \(type: .integer) NOT NULL DEFAULT 0",
        "ALTER TABLE prediction ADD COLUMN sequence \(type: .integer)",
        """
        CREATE UNIQUE INDEX prediction_sequence ON prediction (organization_id, sequence)
        WHERE sequence IS NOT NULL
        """,
        """
        CREATE TABLE audit_prediction_cursor (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            sequence \(type: .integer) NOT NULL
        ) \(table: .keyOrder)
        """,
    ]
}
