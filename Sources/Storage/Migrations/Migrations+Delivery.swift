import Database

extension Migrations {
    /// Who is told of alerts, by which way, and what became of it.
    ///
    /// The outbox is the `alert` table itself: what is behind an organization's `delivery_cursor` has its deliveries.
    static let delivery: [SQL] = [
        """
        CREATE TABLE delivery_policy (
            organization_id \(type: .id) NOT NULL,
            version \(type: .integer) NOT NULL,
            document \(type: .json) NOT NULL,
            changed_by \(type: .text) NOT NULL,
            changed_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, version),
            FOREIGN KEY (organization_id) REFERENCES organization (id)
        )
        """,
        """
        CREATE TABLE delivery_target (
            organization_id \(type: .id) NOT NULL,
            id \(type: .id) NOT NULL,
            name \(type: .text) NOT NULL,
            kind \(type: .text) NOT NULL,
            channel \(type: .json) NOT NULL,
            created_by \(type: .text) NOT NULL,
            changed_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, id),
            FOREIGN KEY (organization_id) REFERENCES organization (id)
        )
        """,
        "CREATE UNIQUE INDEX delivery_target_name ON delivery_target (organization_id, name)",
        // Apart from the target, so that no list of targets can show it.
        """
        CREATE TABLE delivery_secret (
            organization_id \(type: .id) NOT NULL,
            target_id \(type: .id) NOT NULL,
            secret \(type: .json) NOT NULL,
            PRIMARY KEY (organization_id, target_id),
            FOREIGN KEY (organization_id, target_id) REFERENCES delivery_target (organization_id, id)
        )
        """,
        """
        CREATE TABLE delivery_cursor (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            alert_sequence \(type: .integer) NOT NULL
        ) \(table: .keyOrder)
        """,
        // What was decided before there were deliveries is old news.
        """
        INSERT INTO delivery_cursor (organization_id, alert_sequence)
        SELECT l.organization_id, l.alert_sequence
        FROM lane l
        WHERE l.organization_id IN (
            SELECT o.id
            FROM organization o
        )
        """,
        // A step of 0 is the first notice, more one of the escalation, -1 one that stands for several.
        """
        CREATE TABLE delivery (
            organization_id \(type: .id) NOT NULL,
            id \(type: .id) NOT NULL,
            key \(type: .text) NOT NULL,
            alert_sequence \(type: .integer) NOT NULL,
            alarm_id \(type: .id),
            target_id \(type: .id) NOT NULL,
            target_name \(type: .text) NOT NULL,
            step \(type: .integer) NOT NULL,
            route \(type: .text),
            severity \(type: .text) NOT NULL,
            is_held \(type: .flag) NOT NULL,
            state \(type: .text) NOT NULL,
            reason \(type: .text),
            due_at \(type: .instant) NOT NULL,
            next_attempt_at \(type: .instant) NOT NULL,
            attempts \(type: .integer) NOT NULL,
            first_attempt_at \(type: .instant),
            last_error \(type: .text),
            ended_at \(type: .instant),
            digest_id \(type: .id),
            created_at \(type: .instant) NOT NULL,
            PRIMARY KEY (organization_id, id),
            FOREIGN KEY (organization_id) REFERENCES organization (id)
        )
        """,
        "CREATE UNIQUE INDEX delivery_key ON delivery (organization_id, key)",
        """
        CREATE INDEX delivery_due ON delivery (organization_id, next_attempt_at)
        WHERE state = 'pending'
        """,
        """
        CREATE INDEX delivery_due_target ON delivery (organization_id, target_id, next_attempt_at)
        WHERE state = 'pending'
        """,
        "CREATE INDEX delivery_alarm ON delivery (organization_id, alarm_id, target_id, state)",
        "CREATE INDEX delivery_newest ON delivery (organization_id, created_at, id)",
        "CREATE INDEX delivery_state ON delivery (organization_id, state, created_at, id)",
        "CREATE INDEX delivery_digest ON delivery (organization_id, digest_id)",
        """
        CREATE TABLE delivery_work (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            due_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX delivery_work_due ON delivery_work (due_at, organization_id)",
    ]
}
