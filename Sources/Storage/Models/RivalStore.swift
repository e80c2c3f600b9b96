import Database
package import Models
package import Plant

/// What the champion's rivals say of live rows; nothing of it is ever told as a prediction or raises an alarm.
package struct RivalStore: Sendable {
    let database: any SQLDatabase

    /// What both models said of one row when it came.
    package struct Pair: Hashable, Sendable {
        package let instant: Instant
        package let champion: Double
        /// Nil where the rival said nothing.
        package let rival: Double?
    }

    /// Ingest sequence of the last reading that a rival is done with; nil before its first.
    package func cursor(of version: ModelVersion, in scope: OrganizationScope) async throws -> Int64? {
        try await database.query(
            "SELECT read_sequence FROM rival WHERE organization_id = \(scope.id) AND model_version = \(version)"
        ).first?.decode("read_sequence")
    }

    /// Keeps what a rival said of a batch, and that it is done with it; a row said again keeps what was said first.
    ///
    /// - Throws: `DatabaseError` with `.constraint` for a version that is not registered.
    package func keep(
        _ predictions: [Prediction],
        of version: ModelVersion,
        cursor: Int64,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            var assets = AssetDirectory(scope: scope)
            for prediction in predictions {
                let asset = try assets.id(of: prediction.asset, in: transaction)
                try transaction.execute(
                    """
                    INSERT INTO rival_prediction (
                        organization_id, asset_id, instant, model_version, probability, confidence, component,
                        time_to_failure_minutes, p10_minutes, p90_minutes, made_at
                    )
                    VALUES (
                        \(scope.id), \(asset), \(prediction.instant), \(version), \(prediction.probability),
                        \(prediction.confidence), \(prediction.component), \(prediction.timeToFailureMinutes),
                        \(prediction.p10Minutes), \(prediction.p90Minutes), \(now)
                    )
                    ON CONFLICT (organization_id, asset_id, instant, model_version) DO NOTHING
                    """
                )
            }
            try transaction.execute(
                """
                INSERT INTO rival (organization_id, model_version, read_sequence)
                VALUES (\(scope.id), \(version), \(cursor))
                ON CONFLICT (organization_id, model_version) DO UPDATE SET read_sequence = excluded.read_sequence
                """
            )
        }
    }

    /// Forgets where all others were; what they said stays.
    ///
    /// A version that becomes a rival once more begins with what comes then.
    package func forgetAll(but standing: [ModelVersion], in scope: OrganizationScope) async throws {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            let known = try transaction.query("SELECT model_version FROM rival WHERE organization_id = \(scope.id)")
                .map { try $0.decode("model_version", as: ModelVersion.self) }
            for version in known where !standing.contains(version) {
                try transaction.execute(
                    "DELETE FROM rival WHERE organization_id = \(scope.id) AND model_version = \(version)"
                )
            }
        }
    }

    /// How a rival's trial stands, as JSON.
    package func keep(trial: String, of version: ModelVersion, in scope: OrganizationScope) async throws {
        try await database.transaction(of: scope.id.rawValue) { transaction in
            try transaction.execute(
                """
                UPDATE rival
                SET trial = \(trial)
                WHERE organization_id = \(scope.id) AND model_version = \(version)
                """
            )
        }
    }

    /// As it was kept last; nil where nothing could be judged yet.
    package func trial(of version: ModelVersion, in scope: OrganizationScope) async throws -> String? {
        try await database.query(
            "SELECT trial FROM rival WHERE organization_id = \(scope.id) AND model_version = \(version)"
        ).first?.decode("trial", as: String?.self) ?? nil
    }

    /// An asset's rows that the champion predicted, by time, with what each model said first; the end is left out.
    package func pairs(
        asset: String,
        champion: ModelVersion,
        rival: ModelVersion,
        during span: Range<Instant>,
        in scope: OrganizationScope
    ) async throws -> [Pair] {
        try await database.query(
            """
            SELECT p.instant, p.probability AS champion, r.probability AS rival
            FROM asset a
            JOIN prediction p ON p.organization_id = a.organization_id AND p.asset_id = a.id
            LEFT JOIN rival_prediction r ON r.organization_id = p.organization_id AND r.asset_id = p.asset_id
                AND r.instant = p.instant AND r.model_version = \(rival)
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
                AND p.instant >= \(span.lowerBound) AND p.instant < \(span.upperBound)
                AND p.model_version = \(champion) AND p.revision = 1 AND p.kind = \(ModelKind.failure)
            ORDER BY p.instant
            """
        ).map { row in
            Pair(
                instant: try row.decode("instant"),
                champion: try row.decode("champion"),
                rival: try row.decode("rival")
            )
        }
    }
}
