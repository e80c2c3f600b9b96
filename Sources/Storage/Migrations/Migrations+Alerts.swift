import Database

extension Migrations {
    /// Alerts of a stretch of time are found without reading all before it; a cause names the version of its rule.
    static let alertTimes: [SQL] = [
        "CREATE INDEX alert_told ON alert (organization_id, committed_at, sequence, alarm_id)",
        "ALTER TABLE alarm_cause ADD COLUMN rule_version \(type: .integer)",
    ]
}
