import Database
import Models
package import Plant
package import Trust

/// What models predicted, told of by the minute.
extension AuditStore {
    private static let rowCount = 1_000

    /// Writes down the minutes that are over: one entry for each model version and minute, each prediction in just one.
    ///
    /// Predictions are taken in the order in which they were kept, from behind those that were told of already; one
    /// that was kept after its minute had been written down comes in an entry of its own.
    ///
    /// - Parameters:
    ///   - now: Minutes that ended before are over.
    ///   - scope: The organization.
    /// - Returns: How many entries were added.
    /// - Throws: `DatabaseError`.
    package func closePredictionMinutes(at now: Instant, in scope: OrganizationScope) async throws -> Int {
        let present = now.floored(toMultipleOf: 60)
        let start = try await database.read { try Self.predictionCursor(in: scope, $0) }
        var cursor = start
        var minutes: [PredictionMinute] = []
        var places: [PredictionMinute.Key: Int] = [:]
        reading: while true {
            let rows = try await predictions(after: cursor, through: .max, in: scope)
            for prediction in rows {
                guard prediction.minute < present else { break reading }
                let key = PredictionMinute.Key(prediction)
                if let place = places[key] {
                    minutes[place].add(prediction)
                } else {
                    places[key] = minutes.count
                    minutes.append(PredictionMinute(prediction))
                }
                cursor = prediction.sequence
            }
            if rows.count < Self.rowCount { break }
        }
        guard cursor > start else { return 0 }
        let (events, end) = (minutes.map(\.event), cursor)
        return try await database.transaction(of: scope.id.rawValue) { transaction in
            // Whoever else was at it has done it.
            guard try Self.predictionCursor(in: scope, transaction) == start else { return 0 }
            for event in events { try Self.append(event, at: now, in: scope, transaction) }
            try transaction.execute(
                """
                INSERT INTO audit_prediction_cursor (organization_id, sequence)
                VALUES (\(scope.id), \(end))
                ON CONFLICT (organization_id) DO UPDATE SET sequence = excluded.sequence
                """
            )
            return events.count
        }
    }

    /// What a PREDICTION entry would say of the predictions that are kept now.
    ///
    /// - Returns: Their count and hash; nil for an entry that is none of a minute's predictions.
    package func recomputedPredictions(
        of entry: AuditEntry,
        in scope: OrganizationScope
    ) async throws -> (count: Int, hash: AuditHash)? {
        guard entry.action == AuditAction.prediction.rawValue,
            let version = entry.metadata["version"].flatMap({ ModelVersion(hash: $0) }),
            let minute = entry.metadata["minute"].flatMap({ Instant($0) }),
            let first = entry.metadata["first"].flatMap({ Int64($0) }), first > 0,
            let last = entry.metadata["last"].flatMap({ Int64($0) })
        else { return nil }
        var digest = AuditDigest()
        var (count, cursor) = (0, first - 1)
        while true {
            let rows = try await predictions(after: cursor, through: last, in: scope)
            for prediction in rows where prediction.version == version && prediction.minute == minute {
                digest.add(prediction.hash)
                count += 1
            }
            guard rows.count == Self.rowCount, let end = rows.last else { return (count, digest.hash) }
            cursor = end.sequence
        }
    }

    private func predictions(
        after sequence: Int64,
        through last: Int64,
        in scope: OrganizationScope
    ) async throws -> [KeptPrediction] {
        try await database.query(
            """
            SELECT \(KeptPrediction.columns)
            FROM prediction
            WHERE organization_id = \(scope.id) AND sequence > \(sequence) AND sequence <= \(last)
            ORDER BY sequence
            LIMIT \(Self.rowCount)
            """
        ).map(KeptPrediction.init(row:))
    }

    private static func predictionCursor(in scope: OrganizationScope, _ reader: any SQLReader) throws -> Int64 {
        try reader.query(
            "SELECT sequence FROM audit_prediction_cursor WHERE organization_id = \(scope.id)"
        ).first?.decode("sequence") ?? 0
    }
}

extension PredictionMinute {
    struct Key: Hashable {
        let version: ModelVersion
        let minute: Instant

        init(_ prediction: KeptPrediction) {
            version = prediction.version
            minute = prediction.minute
        }
    }
}
