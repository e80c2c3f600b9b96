import Database
package import Models
package import Plant

/// A prediction as it was kept.
package struct StoredPrediction: Hashable, Sendable {
    package let prediction: Prediction
    /// From 1; each late row that changes the features makes another.
    package let revision: Int
    package let madeAt: Instant
}

/// What models said of an organization's assets; ``LaneStore`` writes it.
package struct PredictionStore: Sendable {
    let database: any SQLDatabase

    private static let columns: SQL =
        """
        a.name, p.instant, p.model_version, p.revision, p.probability, p.confidence, p.component,
        p.time_to_failure_minutes, p.p10_minutes, p.p90_minutes, p.is_late, p.is_corrected, p.made_at, p.kind
        """

    /// The prediction for each asset's newest predicted row, by the asset's name: one model's, or whichever's.
    package func latest(of version: ModelVersion? = nil, in scope: OrganizationScope) async throws -> [StoredPrediction]
    {
        try await newest(by: version.map { "AND n.model_version = \($0)" } ?? "", in: scope)
    }

    /// How many assets one statement asks for.
    private static let assetsAtOnceMax = 256

    /// Of these assets, the prediction for each one's newest predicted row, whichever model's.
    package func latest(of assets: Set<String>, in scope: OrganizationScope) async throws -> [String: Prediction] {
        var found: [String: Prediction] = [:]
        let names = assets.sorted()
        for start in stride(from: 0, to: names.count, by: Self.assetsAtOnceMax) {
            let part = names[start..<min(start + Self.assetsAtOnceMax, names.count)].map { "\($0)" as SQL }
            for latest in try await newest(among: "AND a.name IN (\(SQL.joined(part, by: ", ")))", in: scope) {
                found[latest.prediction.asset] = latest.prediction
            }
        }
        return found
    }

    private func newest(
        among assets: SQL = "",
        by version: SQL = "",
        in scope: OrganizationScope
    ) async throws -> [StoredPrediction] {
        let rows = try await database.query(
            """
            SELECT \(Self.columns)
            FROM asset a
            JOIN prediction p ON p.organization_id = a.organization_id AND p.asset_id = a.id
            WHERE a.organization_id = \(scope.id) \(assets) AND p.is_current = 1
                AND (p.instant, p.model_version) = (
                    SELECT n.instant, n.model_version
                    FROM prediction n
                    WHERE n.organization_id = a.organization_id AND n.asset_id = a.id AND n.is_current = 1
                        \(version)
                    ORDER BY n.instant DESC, n.made_at DESC, n.model_version
                    LIMIT 1
                )
            ORDER BY a.name
            """
        )
        return try rows.map(StoredPrediction.init(row:))
    }

    /// One asset's predictions from an instant up to another, newest row first, each by its last revision.
    ///
    /// The later instant is left out. At most ``PageLimit/max`` come, from where ``Page/next`` of the page before says.
    package func page(
        asset: String,
        from: Instant? = nil,
        to: Instant? = nil,
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<StoredPrediction> {
        let limit = PageLimit.clamped(limit)
        let end = to ?? .distantFuture
        // One bound at the upper end: of two, the table might be entered by the one that lies further from the page.
        var upTo: SQL = "AND p.instant < \(end)"
        if let key, case let place = try PageKey(key), place.instant < end {
            upTo = "AND (p.instant, p.model_version) < (\(place.instant), \(place.rest))"
        }
        let found = try await database.query(
            """
            SELECT \(Self.columns)
            FROM asset a
            JOIN prediction p ON p.organization_id = a.organization_id AND p.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset) AND p.is_current = 1
                AND p.instant >= \(from ?? .distantPast) \(upTo)
            ORDER BY p.instant DESC, p.model_version DESC
            LIMIT \(limit + 1)
            """
        ).map(StoredPrediction.init(row:))
        let page = Array(found.prefix(limit))
        guard found.count > limit, let last = page.last?.prediction else { return Page(elements: page, next: nil) }
        return Page(elements: page, next: PageKey(last.instant, last.modelVersion.hash).text)
    }

    /// All that was ever said of an asset up to an instant of the server's time, in the order in which it was kept.
    ///
    /// - Complexity: Some 150 bytes are held for each.
    package func history(
        asset: String,
        madeUpTo: Instant,
        in scope: OrganizationScope
    ) async throws -> [StoredPrediction] {
        var found: [StoredPrediction] = []
        // Many rows name few models: each name is held once.
        var versions: Set<ModelVersion> = []
        var after: SQL = ""
        while true {
            let page = try await database.query(
                """
                SELECT \(Self.columns)
                FROM asset a
                JOIN prediction p ON p.organization_id = a.organization_id AND p.asset_id = a.id
                WHERE a.organization_id = \(scope.id) AND a.name = \(asset) AND p.made_at <= \(madeUpTo) \(after)
                ORDER BY p.instant, p.model_version, p.revision
                LIMIT \(PageLimit.max)
                """
            )
            for row in page {
                let version = versions.insert(try row.decode("model_version")).memberAfterInsert
                found.append(try StoredPrediction(row: row, of: asset, by: version))
            }
            guard page.count == PageLimit.max, let last = found.last else { break }
            let (instant, version) = (last.prediction.instant, last.prediction.modelVersion)
            after = "AND (p.instant, p.model_version, p.revision) > (\(instant), \(version), \(last.revision))"
        }
        return found.sorted {
            ($0.madeAt, $0.prediction.instant, $0.revision, $0.prediction.modelVersion.hash)
                < ($1.madeAt, $1.prediction.instant, $1.revision, $1.prediction.modelVersion.hash)
        }
    }

    /// All that was ever said of one row, oldest first.
    package func revisions(
        asset: String,
        at instant: Instant,
        in scope: OrganizationScope
    ) async throws -> [StoredPrediction] {
        try await database.query(
            """
            SELECT \(Self.columns)
            FROM asset a
            JOIN prediction p ON p.organization_id = a.organization_id AND p.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset) AND p.instant = \(instant)
            ORDER BY p.made_at, p.model_version, p.revision
            """
        ).map(StoredPrediction.init(row:))
    }
}

extension StoredPrediction {
    fileprivate init(row: SQLRow) throws {
        try self.init(row: row, of: row.decode("name"), by: row.decode("model_version"))
    }

    /// The same, where the names are held already.
    fileprivate init(row: SQLRow, of asset: String, by version: ModelVersion) throws {
        self.init(
            prediction: Prediction(
                asset: asset,
                instant: try row.decode("instant"),
                kind: try row.decode("kind"),
                probability: try row.decode("probability"),
                confidence: try row.decode("confidence"),
                component: try row.decode("component"),
                timeToFailureMinutes: try row.decode("time_to_failure_minutes"),
                p10Minutes: try row.decode("p10_minutes"),
                p90Minutes: try row.decode("p90_minutes"),
                modelVersion: version,
                isLate: try row.decode("is_late"),
                isCorrected: try row.decode("is_corrected")
            ),
            revision: try row.decode("revision"),
            madeAt: try row.decode("made_at")
        )
    }
}
