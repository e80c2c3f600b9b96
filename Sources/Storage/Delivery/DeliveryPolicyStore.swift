package import Alarms
import Database
package import Plant

/// One version of an organization's delivery policy.
package struct StoredPolicy: Hashable, Sendable {
    /// 0 for the one that holds until somebody puts another.
    package let version: Int
    package let policy: DeliveryPolicy
    /// By e-mail address; nobody for the standard one.
    package let changedBy: String?
    package let changedAt: Instant?

    /// What holds until somebody puts one.
    package static let standard = StoredPolicy(version: 0, policy: .standard, changedBy: nil, changedAt: nil)
}

/// The versions of an organization's delivery policy; none is ever changed.
package struct DeliveryPolicyStore: Sendable {
    let database: any SQLDatabase

    package func current(in scope: OrganizationScope) async throws -> StoredPolicy {
        try await database.read { try Self.stored(in: scope, $0) }
    }

    /// The one that holds.
    static func held(in scope: OrganizationScope, _ reader: any SQLReader) throws -> DeliveryPolicy {
        try stored(in: scope, reader).policy
    }

    private static func stored(in scope: OrganizationScope, _ reader: any SQLReader) throws -> StoredPolicy {
        let row = try reader.query(
            """
            SELECT version, document, changed_by, changed_at
            FROM delivery_policy
            WHERE organization_id = \(scope.id)
            ORDER BY version DESC
            LIMIT 1
            """
        ).first
        guard let row else { return .standard }
        let document: String = try row.decode("document")
        return StoredPolicy(
            version: try row.decode("version"),
            policy: try JSONText.decoded(DeliveryPolicy.self, document, from: "delivery policy"),
            changedBy: try row.decode("changed_by"),
            changedAt: try row.decode("changed_at")
        )
    }

    /// That of the one that holds; 0 where nobody put one.
    package func version(in scope: OrganizationScope) async throws -> Int {
        try await database.read { try Self.version(in: scope, $0) }
    }

    /// Makes a policy the one that holds, and clears what was said of targets that are no more: it names none of them.
    ///
    /// - Returns: Its version, from 1, the present one's where it is that already; and what was cleared by it, to be told
    ///   now.
    /// - Throws: ``StorageError`` with `.invalid` where it names a target that the organization does not have, or a kind of
    ///   targets that there is not.
    package func put(
        _ policy: DeliveryPolicy,
        by author: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> (version: Int, cleared: [SystemAlarm]) {
        if let problem = policy.targetProblem {
            throw StorageError(.invalid, "\(problem.path.joined(separator: ".")): \(problem.message)")
        }
        let document = try JSONText.encoded(policy)
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            let targets = try Set(DeliveryTargetStore.routed(in: scope, transaction).map(\.name))
            if let (name, path) = policy.targetNames.first(where: { !targets.contains($0.name) }) {
                throw StorageError(.invalid, "\(path.joined(separator: ".")): there is no target '\(name)'")
            }
            let current = try transaction.query(
                """
                SELECT version, document
                FROM delivery_policy
                WHERE organization_id = \(scope.id)
                ORDER BY version DESC
                LIMIT 1
                \(clause: .forUpdate)
                """
            ).first
            let version = try current?.decode("version", as: Int.self) ?? 0
            if let current, try current.decode("document", as: String.self) == document { return (version, []) }
            try transaction.execute(
                """
                INSERT INTO delivery_policy (organization_id, version, document, changed_by, changed_at)
                VALUES (\(scope.id), \(version + 1), \(document), \(author), \(now))
                """
            )
            let cleared = try transaction.query(
                """
                SELECT subject
                FROM system_alarm
                WHERE organization_id = \(scope.id) AND kind = \(SystemAlarm.Kind.deliveryFailed)
                    AND cleared_at IS NULL
                ORDER BY subject
                """
            )
            .map { try $0.decode("subject", as: String.self) }
            .filter { !targets.contains($0) }
            .flatMap { try SystemAlarmStore.clear(.deliveryFailed, subject: $0, at: now, in: scope, transaction) }
            return (version + 1, cleared)
        }
    }

    static func version(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Int {
        try reader.query(
            "SELECT MAX(version) AS version FROM delivery_policy WHERE organization_id = \(scope.id)"
        ).first?.decode("version", as: Int?.self) ?? 0
    }
}
