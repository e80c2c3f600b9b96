package import Alarms
import Database
package import Plant
import Trust

/// A target as it is kept, without its secret.
package struct StoredTarget: Hashable, Sendable {
    package let target: DeliveryTarget
    /// By e-mail address, as all of the plant's records.
    package let createdBy: String
    package let changedAt: Instant
}

/// Where an organization's alerts go.
///
/// Secrets, webhooks' URLs among them, have a table of their own, which only those who send read, and are sealed in it.
package struct DeliveryTargetStore: Sendable {
    let database: any SQLDatabase
    let keyring: Keyring

    private static let columns: SQL = "id, name, channel, created_by, changed_at"

    /// By name.
    package func list(in scope: OrganizationScope) async throws -> [StoredTarget] {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM delivery_target
            WHERE organization_id = \(scope.id)
            ORDER BY name
            """
        ).map(StoredTarget.init(row:))
    }

    package func byID(_ id: ID<DeliveryTarget>, in scope: OrganizationScope) async throws -> StoredTarget? {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM delivery_target
            WHERE organization_id = \(scope.id) AND id = \(id)
            """
        ).first.map(StoredTarget.init(row:))
    }

    /// What lets one in at a target; for those who send, and nobody else.
    package func secret(of id: ID<DeliveryTarget>, in scope: OrganizationScope) async throws -> DeliverySecret {
        let text = try await database.read { try Self.sealedText(of: id, in: scope, $0) }
        return try await opened(text, of: id, in: scope)
    }

    /// A secret as it is kept; nil where the target has none.
    static func sealedText(
        of id: ID<DeliveryTarget>,
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> String? {
        try reader.query(
            """
            SELECT secret
            FROM delivery_secret
            WHERE organization_id = \(scope.id) AND target_id = \(id)
            """
        ).first?.decode("secret")
    }

    func opened(
        _ text: String?,
        of id: ID<DeliveryTarget>,
        in scope: OrganizationScope
    ) async throws -> DeliverySecret {
        guard let text else { return .none }
        let opened = try await keyring.openedText(text, as: .deliverySecret, named: id.description, in: scope)
        return try JSONText.decoded(DeliverySecret.self, opened, from: "target's secret")
    }

    /// Adds a target, or changes the one with that id.
    ///
    /// - Parameters:
    ///   - target: Checked.
    ///   - secret: Nil leaves the one that it has.
    ///   - former: The target from whose secret this one was made: it takes the place of that, and of nothing newer.
    ///   - author: Who does it.
    ///   - now: The time.
    ///   - countMax: How many there may be; what is there already may be changed whatever it is.
    ///   - scope: Whose it is.
    /// - Throws: ``StorageError`` with `.duplicate` where another target has the name, with `.conflict` where the former
    ///   is no more or was changed; `QuotaExceeded` where there are as many.
    package func put(
        _ target: DeliveryTarget,
        secret: DeliverySecret?,
        replacing former: StoredTarget? = nil,
        by author: String,
        at now: Instant,
        countMax: Int = Quota.deliveryTargets.standard,
        in scope: OrganizationScope
    ) async throws {
        let channel = try JSONText.encoded(target.channel)
        let sealed: String?
        if let secret { sealed = try await self.sealed(secret, of: target.id, in: scope) } else { sealed = nil }
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let known = try transaction.query(
                "SELECT id, name, changed_at FROM delivery_target WHERE organization_id = \(scope.id)"
            )
            let own = try known.first { try $0.decode("id", as: ID<DeliveryTarget>.self) == target.id }
            if let former, try own?.decode("changed_at", as: Instant.self) != former.changedAt {
                throw StorageError(.conflict, "the target was changed meanwhile: look at it, and change it again")
            }
            let others = try known.filter { try $0.decode("id", as: ID<DeliveryTarget>.self) != target.id }
            if try others.contains(where: { try $0.decode("name", as: String.self) == target.name }) {
                throw StorageError(.duplicate, "there is a target '\(target.name)' already")
            }
            if others.count == known.count {
                try QuotaStore.require(.deliveryTargets, use: others.count, limit: countMax)
            }
            if others.isEmpty { try Self.skipOldAlerts(in: scope, transaction) }
            try transaction.execute(
                """
                INSERT INTO delivery_target (organization_id, id, name, kind, channel, created_by, changed_at)
                VALUES (
                    \(scope.id), \(target.id), \(target.name), \(target.channel.kind), \(channel), \(author), \(now)
                )
                ON CONFLICT (organization_id, id) DO UPDATE SET
                    name = excluded.name, kind = excluded.kind, channel = excluded.channel,
                    changed_at = excluded.changed_at
                """
            )
            if let sealed { try Self.keep(sealed, of: target.id, in: scope, transaction) }
        }
    }

    static func keep(
        _ sealed: String,
        of id: ID<DeliveryTarget>,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO delivery_secret (organization_id, target_id, secret)
            VALUES (\(scope.id), \(id), \(sealed))
            ON CONFLICT (organization_id, target_id) DO UPDATE SET secret = excluded.secret
            """
        )
    }

    func sealed(
        _ secret: DeliverySecret,
        of id: ID<DeliveryTarget>,
        in scope: OrganizationScope
    ) async throws -> String {
        let text = try JSONText.encoded(secret)
        return try await keyring.sealedText(text, as: .deliverySecret, named: id.description, in: scope)
    }

    /// What was decided while there was nobody to be told is not told to the first target that comes.
    private static func skipOldAlerts(in scope: OrganizationScope, _ transaction: any SQLTransaction) throws {
        let known = try transaction.query("SELECT id FROM delivery_target WHERE organization_id = \(scope.id)")
        guard known.isEmpty else { return }
        try transaction.execute(
            """
            INSERT INTO delivery_cursor (organization_id, alert_sequence)
            SELECT organization_id, alert_sequence
            FROM lane
            WHERE organization_id = \(scope.id)
            ON CONFLICT (organization_id) DO UPDATE SET alert_sequence = excluded.alert_sequence
            """
        )
        try DeliveryWork.refresh(in: scope, transaction)
    }

    /// Forgets the target and its secret, and calls off what was still to go there.
    ///
    /// - Returns: Whether it was there.
    package func remove(_ id: ID<DeliveryTarget>, at now: Instant, in scope: OrganizationScope) async throws -> Bool {
        try await database.transaction(of: scope.id.rawValue) { try Self.remove(id, at: now, in: scope, $0) }
    }

    static func remove(
        _ id: ID<DeliveryTarget>,
        at now: Instant,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> Bool {
        try transaction.execute(
            "DELETE FROM delivery_secret WHERE organization_id = \(scope.id) AND target_id = \(id)"
        )
        let removed = try transaction.execute(
            "DELETE FROM delivery_target WHERE organization_id = \(scope.id) AND id = \(id)"
        )
        guard removed == 1 else { return false }
        try transaction.execute(
            """
            UPDATE delivery
            SET state = 'cancelled', reason = 'the target was removed', ended_at = \(now)
            WHERE organization_id = \(scope.id) AND target_id = \(id) AND state = 'pending'
            """
        )
        try DeliveryWork.refresh(in: scope, transaction)
        return true
    }

    /// As routes see them.
    static func routed(in scope: OrganizationScope, _ reader: any SQLReader) throws -> [RoutedTarget] {
        try reader.query(
            """
            SELECT id, name, kind
            FROM delivery_target
            WHERE organization_id = \(scope.id)
            ORDER BY id
            """
        ).map {
            RoutedTarget(id: try $0.decode("id"), name: try $0.decode("name"), channel: try $0.decode("kind"))
        }
    }
}

extension StoredTarget {
    fileprivate init(row: SQLRow) throws {
        self.init(
            target: DeliveryTarget(
                id: try row.decode("id"),
                name: try row.decode("name"),
                channel: try JSONText.decoded(DeliveryChannel.self, try row.decode("channel"), from: "target")
            ),
            createdBy: try row.decode("created_by"),
            changedAt: try row.decode("changed_at")
        )
    }
}
