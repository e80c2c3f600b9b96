import Database
package import Models
package import Plant

/// How well a version did on data it had never seen; what could not be judged is nil.
package struct ModelMetrics: Hashable, Sendable, Codable {
    package let version: ModelVersion
    package var accuracy: Double?
    package var precision: Double?
    package var recall: Double?
    package var rocAUC: Double?
    package var prAUC: Double?
    package var brier: Double?
    package var expectedCalibrationError: Double?
    /// Share of failures that were announced.
    package var eventRecall: Double?
    package var medianLeadMinutes: Double?
    package var falseAlarmsPerAssetWeek: Double?
    package var trainingSeconds: Double?
    package var dataPointCount: Int?
    package var featureCount: Int?
    package var measuredAt: Instant

    package init(version: ModelVersion, measuredAt: Instant) {
        self.version = version
        self.measuredAt = measuredAt
    }
}

/// The figures of an organization's model versions.
package struct ModelMetricsStore: Sendable {
    let database: any SQLDatabase

    /// Replaces what was known of the version.
    ///
    /// - Throws: `DatabaseError` with `.constraint` for a version that is not registered.
    package func save(_ metrics: ModelMetrics, in scope: OrganizationScope) async throws {
        try await database.transaction { transaction in
            try transaction.execute(
                "DELETE FROM model_metrics WHERE organization_id = \(scope.id) AND hash = \(metrics.version)"
            )
            try transaction.execute(
                """
                INSERT INTO model_metrics (
                    organization_id, hash, accuracy, precision_value, recall, roc_auc, pr_auc, brier,
                    expected_calibration_error, event_recall, median_lead_minutes, false_alarms_per_asset_week,
                    training_seconds, data_point_count, feature_count, measured_at
                )
                VALUES (
                    \(scope.id), \(metrics.version), \(metrics.accuracy), \(metrics.precision), \(metrics.recall),
                    \(metrics.rocAUC), \(metrics.prAUC), \(metrics.brier), \(metrics.expectedCalibrationError),
                    \(metrics.eventRecall), \(metrics.medianLeadMinutes), \(metrics.falseAlarmsPerAssetWeek),
                    \(metrics.trainingSeconds), \(metrics.dataPointCount), \(metrics.featureCount),
                    \(metrics.measuredAt)
                )
                """
            )
        }
    }

    package func metrics(of version: ModelVersion, in scope: OrganizationScope) async throws -> ModelMetrics? {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM model_metrics
            WHERE organization_id = \(scope.id) AND hash = \(version)
            """
        ).first.map(ModelMetrics.init(row:))
    }

    /// Newest first.
    package func list(in scope: OrganizationScope) async throws -> [ModelMetrics] {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM model_metrics
            WHERE organization_id = \(scope.id)
            ORDER BY measured_at DESC, hash
            """
        ).map(ModelMetrics.init(row:))
    }

    private static let columns: SQL =
        """
        hash, accuracy, precision_value, recall, roc_auc, pr_auc, brier, expected_calibration_error, event_recall,
        median_lead_minutes, false_alarms_per_asset_week, training_seconds, data_point_count, feature_count, measured_at
        """
}

extension ModelMetrics {
    fileprivate init(row: SQLRow) throws {
        self.init(version: try row.decode("hash"), measuredAt: try row.decode("measured_at"))
        accuracy = try row.decode("accuracy")
        precision = try row.decode("precision_value")
        recall = try row.decode("recall")
        rocAUC = try row.decode("roc_auc")
        prAUC = try row.decode("pr_auc")
        brier = try row.decode("brier")
        expectedCalibrationError = try row.decode("expected_calibration_error")
        eventRecall = try row.decode("event_recall")
        medianLeadMinutes = try row.decode("median_lead_minutes")
        falseAlarmsPerAssetWeek = try row.decode("false_alarms_per_asset_week")
        trainingSeconds = try row.decode("training_seconds")
        dataPointCount = try row.decode("data_point_count")
        featureCount = try row.decode("feature_count")
    }
}
