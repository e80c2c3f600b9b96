package import Alarms
import Database
package import Plant

extension DeliveryStore {
    /// Whether dead letters wait for a target.
    package func hasDead(for target: ID<DeliveryTarget>, in scope: OrganizationScope) async throws -> Bool {
        try await database.read { try Self.hasDead(for: target, in: scope, $0) }
    }

    /// Clears what says that a target takes nothing, unless dead letters still wait for it.
    ///
    /// Whoever gives one up raises it after that: what comes in between is not lost.
    ///
    /// - Returns: What was cleared by it, to be told now; nil where some wait.
    package func clearFailure(
        of target: DeliveryTarget,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> [SystemAlarm]? {
        // Most of the time one look says it, and nobody has to wait for a transaction.
        if try await hasDead(for: target.id, in: scope) { return nil }
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            if try Self.hasDead(for: target.id, in: scope, transaction) { return nil }
            return try SystemAlarmStore.clear(.deliveryFailed, subject: target.name, at: now, in: scope, transaction)
        }
    }

    private static func hasDead(
        for target: ID<DeliveryTarget>,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> Bool {
        try !reader.query(
            """
            SELECT id
            FROM delivery
            WHERE organization_id = \(scope.id) AND state = 'dead' AND target_id = \(target)
            LIMIT 1
            """
        ).isEmpty
    }
}
