package import Alarms
import Database
package import FoundationEssentials
import Models
package import Plant

/// What an organization's lane has concluded and must remember.
package struct LaneStore: Sendable {
    let database: any SQLDatabase

    package func lane(in scope: OrganizationScope) async throws -> LaneRecord {
        try await database.read { try Self.lane(in: scope, $0) }
    }

    /// By asset.
    package func memories(in scope: OrganizationScope) async throws -> [String: Data] {
        let rows = try await database.query(
            """
            SELECT a.name, m.memory
            FROM lane_memory m
            JOIN asset a ON a.organization_id = m.organization_id AND a.id = m.asset_id
            WHERE m.organization_id = \(scope.id)
            """
        )
        return Dictionary(try rows.map { (try $0.decode("name"), try $0.decode("memory")) }) { first, _ in first }
    }

    /// What people have silenced, those included that have ended since.
    package func suppressions(in scope: OrganizationScope) async throws -> [SuppressionBook.Place: Suppression] {
        let rows = try await database.query(
            """
            SELECT asset, condition, kind, set_by, reason, set_at, until
            FROM suppression
            WHERE organization_id = \(scope.id)
            """
        )
        return Dictionary(try rows.map { (try SuppressionBook.Place(row: $0), try Suppression(row: $0)) }) { $1 }
    }

    /// Keeps all that a batch led to and moves the cursor, or does nothing.
    ///
    /// - Returns: One alert per transition, in their order, with the organization's next numbers: to be told now.
    /// - Throws: ``StorageError`` with `.cursorMoved` where another lane is further, with `.duplicate` where a second
    ///   alarm would be open for one condition; `DatabaseError`.
    package func commit(_ commit: LaneCommit, in scope: OrganizationScope) async throws -> [Alert] {
        let transitions = try commit.transitions.map { (transition: $0, json: try JSONText.encoded($0)) }
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            let lane = try Self.lane(in: scope, transaction)
            guard lane.cursor == commit.expectedCursor else {
                throw StorageError(
                    .cursorMoved,
                    "the lane is at reading \(lane.cursor), not at \(commit.expectedCursor): another one runs"
                )
            }
            guard lane.alertSequence == commit.expectedAlertSequence ?? lane.alertSequence else {
                throw StorageError(
                    .cursorMoved,
                    "the lane is at alert \(lane.alertSequence), not where it was left: another one runs"
                )
            }
            let writer = LaneWriter(scope: scope, at: commit.at, transaction: transaction)
            try writer.flag(tooLate: commit.tooLate)
            var assets = AssetDirectory(scope: scope)
            var predictionSequence = lane.predictionSequence
            for prediction in commit.predictions {
                predictionSequence += 1
                try writer.write(
                    prediction,
                    of: assets.id(of: prediction.asset, in: transaction),
                    sequence: predictionSequence
                )
            }
            var alerts: [Alert] = []
            for (transition, json) in transitions {
                let alert = Alert(
                    sequence: lane.alertSequence + Int64(alerts.count) + 1,
                    transition: transition,
                    committedAt: commit.at
                )
                try writer.write(transition.alarm, of: assets.id(of: transition.alarm.asset, in: transaction))
                try writer.write(alert, transition: json)
                alerts.append(alert)
            }
            for (asset, memory) in commit.memories.sorted(by: { $0.key < $1.key }) {
                try writer.write(memory: memory, of: assets.id(of: asset, in: transaction))
            }
            for (place, suppression) in commit.suppressions { try writer.write(suppression, at: place) }
            try writer.move(
                to: commit.cursor,
                alertSequence: lane.alertSequence + Int64(alerts.count),
                predictionSequence: predictionSequence
            )
            // The alerts are their own outbox: whoever delivers finds them by this, whatever happens to us.
            if !alerts.isEmpty { try DeliveryWork.note(at: commit.at, in: scope, transaction) }
            return alerts
        }
    }

    private static func lane(in scope: OrganizationScope, _ reader: any SQLReader) throws -> LaneRecord {
        let row = try reader.query(
            """
            SELECT read_sequence, alert_sequence, prediction_sequence
            FROM lane
            WHERE organization_id = \(scope.id)
            """
        ).first
        return LaneRecord(
            cursor: try row?.decode("read_sequence") ?? 0,
            alertSequence: try row?.decode("alert_sequence") ?? 0,
            predictionSequence: try row?.decode("prediction_sequence") ?? 0
        )
    }
}

extension SuppressionBook.Place {
    fileprivate init(row: SQLRow) throws {
        let asset: String = try row.decode("asset")
        let condition: String = try row.decode("condition")
        self.init(
            asset: asset.isEmpty ? nil : asset,
            condition: AlarmCondition(key: condition)
        )
    }
}

extension Suppression {
    fileprivate init(row: SQLRow) throws {
        self.init(
            kind: try row.decode("kind"),
            by: try row.decode("set_by"),
            reason: try row.decode("reason"),
            since: try row.decode("set_at"),
            until: try row.decode("until")
        )
    }
}
