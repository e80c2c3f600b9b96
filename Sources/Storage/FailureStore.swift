import Database
package import Models
package import Plant

/// A recorded failure, with who recorded it when.
package struct StoredFailure: Hashable, Sendable {
    package let event: FailureEvent
    /// Nil where it came out of data.
    package let recordedBy: String?
    package let recordedAt: Instant
}

/// The failures an organization knows of: what models learn from, and are judged by.
package struct FailureStore: Sendable {
    let database: any SQLDatabase

    /// A failure is known by (asset, start, component): recorded again it only gets a later end.
    ///
    /// - Returns: How many were new.
    package func record(
        _ failures: [FailureEvent],
        by recorder: String? = nil,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> Int {
        try await database.transaction { transaction in
            var assets = AssetDirectory(scope: scope)
            var newCount = 0
            for failure in failures {
                let asset = try assets.id(of: failure.asset, in: transaction)
                let component = failure.component ?? ""
                newCount += try transaction.execute(
                    """
                    INSERT INTO failure (
                        organization_id, asset_id, started_at, component, ended_at, recorded_by, recorded_at
                    )
                    VALUES (
                        \(scope.id), \(asset), \(failure.start), \(component), \(failure.end), \(recorder), \(now)
                    )
                    ON CONFLICT (organization_id, asset_id, started_at, component) DO NOTHING
                    """
                )
                try transaction.execute(
                    """
                    UPDATE failure
                    SET ended_at = \(failure.end)
                    WHERE organization_id = \(scope.id) AND asset_id = \(asset) AND started_at = \(failure.start)
                        AND component = \(component) AND ended_at < \(failure.end)
                    """
                )
            }
            if newCount > 0 { try TrainingWork.refresh(in: scope, transaction) }
            return newCount
        }
    }

    /// All of them, by asset, start and component.
    package func list(in scope: OrganizationScope) async throws -> [FailureEvent] {
        try await database.query(
            """
            SELECT a.name, f.started_at, f.component, f.ended_at
            FROM failure f
            JOIN asset a ON a.organization_id = f.organization_id AND a.id = f.asset_id
            WHERE f.organization_id = \(scope.id)
            ORDER BY a.name, f.started_at, f.component
            """
        ).map(FailureEvent.init(row:))
    }

    /// Those that began before an instant and lasted to another or beyond, by asset, start and component.
    package func list(
        lastingTo start: Instant,
        before end: Instant,
        in scope: OrganizationScope
    ) async throws -> [FailureEvent] {
        try await database.query(
            """
            SELECT a.name, f.started_at, f.component, f.ended_at
            FROM failure f
            JOIN asset a ON a.organization_id = f.organization_id AND a.id = f.asset_id
            WHERE f.organization_id = \(scope.id) AND f.started_at < \(end) AND f.ended_at >= \(start)
            ORDER BY a.name, f.started_at, f.component
            """
        ).map(FailureEvent.init(row:))
    }

    /// Whether any is recorded that began before an instant.
    package func isAny(before end: Instant, in scope: OrganizationScope) async throws -> Bool {
        try await !database.query(
            """
            SELECT f.started_at
            FROM failure f
            WHERE f.organization_id = \(scope.id) AND f.started_at < \(end)
            ORDER BY f.started_at
            LIMIT 1
            """
        ).isEmpty
    }

    /// The failures that a target column marks in an asset's readings from an instant on and before another, by start.
    ///
    /// Consecutive failing rows with the same name are one failure, from the first of them to the last.
    package func marked(
        asset: String,
        from start: Instant,
        before end: Instant = .distantFuture,
        in scope: OrganizationScope
    ) async throws -> [FailureEvent] {
        let rows = try await database.query(
            """
            SELECT m.instant, m.failing, m.before
            FROM (
                SELECT r.instant, r.failing, LAG(r.failing) OVER (ORDER BY r.instant) AS before
                FROM asset a
                JOIN reading r ON r.organization_id = a.organization_id AND r.asset_id = a.id
                WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
                    AND r.instant >= \(start) AND r.instant < \(end) AND r.is_too_late = 0
            ) m
            WHERE m.failing IS NOT NULL
            ORDER BY m.instant
            """
        )
        var events: [FailureEvent] = []
        for row in rows {
            let (instant, name): (Instant, String) = (try row.decode("instant"), try row.decode("failing"))
            let before: String? = try row.decode("before")
            let start = before == name ? events.popLast()?.start ?? instant : instant
            events.append(
                FailureEvent(asset: asset, start: start, end: instant, component: name.isEmpty ? nil : name)
            )
        }
        return events
    }

    /// Newest first, of one asset or of all, at most ``PageLimit/max``, from where ``Page/next`` of the page before says.
    package func page(
        asset: String? = nil,
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<StoredFailure> {
        let limit = PageLimit.clamped(limit)
        let ofAsset: SQL = asset.map { "AND a.name = \($0)" } ?? ""
        let older: SQL
        if let key {
            let place = try PageKey(key)
            guard let dot = place.rest.firstIndex(of: ".") else {
                throw StorageError(.invalidKey, "no page of failures ends at '\(key)'")
            }
            let assetID = String(place.rest[..<dot])
            let component = String(place.rest[place.rest.index(after: dot)...])
            older = "AND (f.started_at, f.asset_id, f.component) < (\(place.instant), \(assetID), \(component))"
        } else {
            older = ""
        }
        let rows = try await database.query(
            """
            SELECT a.name, f.asset_id, f.started_at, f.component, f.ended_at, f.recorded_by, f.recorded_at
            FROM failure f
            JOIN asset a ON a.organization_id = f.organization_id AND a.id = f.asset_id
            WHERE f.organization_id = \(scope.id) \(ofAsset) \(older)
            ORDER BY f.started_at DESC, f.asset_id DESC, f.component DESC
            LIMIT \(limit + 1)
            """
        )
        let failures = try rows.prefix(limit).map { row in
            StoredFailure(
                event: try FailureEvent(row: row),
                recordedBy: try row.decode("recorded_by"),
                recordedAt: try row.decode("recorded_at")
            )
        }
        guard rows.count > limit, let last = rows.prefix(limit).last else { return Page(elements: failures, next: nil) }
        let rest = "\(try last.decode("asset_id", as: String.self)).\(try last.decode("component", as: String.self))"
        return Page(elements: failures, next: PageKey(try last.decode("started_at"), rest).text)
    }
}

extension FailureEvent {
    init(row: SQLRow) throws {
        let component: String = try row.decode("component")
        self.init(
            asset: try row.decode("name"),
            start: try row.decode("started_at"),
            end: try row.decode("ended_at"),
            component: component.isEmpty ? nil : component
        )
    }
}
