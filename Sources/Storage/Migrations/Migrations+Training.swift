import Database

extension Migrations {
    /// How training is configured, when it comes by itself, and what became of each run.
    static let training: [SQL] = [
        """
        CREATE TABLE training_configuration (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            configuration \(type: .json) NOT NULL,
            changed_by \(type: .text) NOT NULL,
            changed_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE training_schedule (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            cron \(type: .text),
            time_zone \(type: .text) NOT NULL,
            jitter_seconds \(type: .integer) NOT NULL,
            next_at \(type: .instant),
            last_at \(type: .instant),
            changed_by \(type: .text) NOT NULL,
            changed_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        """
        CREATE TABLE training_work (
            organization_id \(type: .id) NOT NULL PRIMARY KEY REFERENCES organization (id),
            due_at \(type: .instant) NOT NULL
        ) \(table: .keyOrder)
        """,
        "CREATE INDEX training_work_due ON training_work (due_at, organization_id)",
        // Who runs it, and when it was last heard of: another server takes over what nobody runs any more.
        "ALTER TABLE training_log ADD COLUMN runner \(type: .text)",
        "ALTER TABLE training_log ADD COLUMN seen_at \(type: .instant)",
        "ALTER TABLE training_log ADD COLUMN cancelled_by \(type: .text)",
        "ALTER TABLE training_log ADD COLUMN decision \(type: .text)",
        "ALTER TABLE training_log ADD COLUMN decision_reason \(type: .text)",
        "ALTER TABLE training_log ADD COLUMN gate \(type: .json)",
        "ALTER TABLE training_log ADD COLUMN labels \(type: .json)",
        """
        CREATE UNIQUE INDEX training_log_queued_once ON training_log (organization_id)
        WHERE state = 'QUEUED'
        """,
        """
        CREATE UNIQUE INDEX training_log_started_once ON training_log (organization_id)
        WHERE state = 'STARTED'
        """,
        "ALTER TABLE model_ledger ADD COLUMN run_id \(type: .id)",
        "ALTER TABLE model_ledger ADD COLUMN evidence \(type: .json)",
        "CREATE INDEX model_ledger_moved ON model_ledger (organization_id, alias, moved_at, number)",
    ]
}
