import Database

extension Migrations {
    /// Which digests wait for a target is asked for each notice that is due there.
    static let digests: [SQL] = [
        """
        CREATE INDEX delivery_digest_pending ON delivery (organization_id, target_id, step, created_at)
        WHERE state = 'pending' AND step < 0
        """
    ]
}
