import Database
package import Models
package import Plant

/// Which recorded failure is meant.
package struct FailurePlace: Hashable, Sendable {
    package let asset: String
    package let start: Instant
    package let component: String?

    package init(asset: String, start: Instant, component: String? = nil) {
        self.asset = asset
        self.start = start
        self.component = component
    }
}

/// A failure that was wrongly recorded, what it became, and who said so.
package struct FailureCorrection: Hashable, Sendable {
    package let id: ID<FailureCorrection>
    package let former: StoredFailure
    /// Nil where nothing of it was true.
    package let corrected: FailureEvent?
    package let reason: String
    package let by: String
    package let at: Instant

    package init(
        id: ID<FailureCorrection>,
        former: StoredFailure,
        corrected: FailureEvent?,
        reason: String,
        by: String,
        at: Instant
    ) {
        self.id = id
        self.former = former
        self.corrected = corrected
        self.reason = reason
        self.by = by
        self.at = at
    }
}

extension FailureStore {
    /// Takes back a failure that was wrongly recorded, or puts another in its place; what it was is kept.
    ///
    /// - Parameters:
    ///   - place: The failure that is meant.
    ///   - event: What it was in truth; nil where there was none.
    ///   - reason: Why.
    ///   - person: Who says so.
    ///   - now: When.
    ///   - scope: The organization.
    /// - Returns: The correction as it is kept.
    /// - Throws: ``StorageError`` with `.notFound` where no such failure is recorded, and with `.duplicate` where the
    ///   one in its place is recorded already.
    package func correct(
        _ place: FailurePlace,
        to event: FailureEvent?,
        because reason: String,
        by person: String,
        at now: Instant,
        in scope: OrganizationScope
    ) async throws -> FailureCorrection {
        var generator = SystemRandomNumberGenerator()
        let id = ID<FailureCorrection>.random(using: &generator)
        return try await database.transaction { transaction in
            let (assetID, former) = try Self.failure(at: place, in: scope, transaction)
            try transaction.execute(
                """
                DELETE FROM failure
                WHERE organization_id = \(scope.id) AND asset_id = \(assetID) AND started_at = \(place.start)
                    AND component = \(place.component ?? "")
                """
            )
            var newAsset: ID<Asset>?
            if let event {
                var assets = AssetDirectory(scope: scope)
                let asset = try assets.id(of: event.asset, in: transaction)
                newAsset = asset
                let count = try transaction.execute(
                    """
                    INSERT INTO failure (
                        organization_id, asset_id, started_at, component, ended_at, recorded_by, recorded_at
                    )
                    VALUES (
                        \(scope.id), \(asset), \(event.start), \(event.component ?? ""), \(event.end), \(person), \(now)
                    )
                    ON CONFLICT (organization_id, asset_id, started_at, component) DO NOTHING
                    """
                )
                guard count == 1 else {
                    throw StorageError(.duplicate, "that failure is recorded already: remove this one instead")
                }
            }
            try transaction.execute(
                """
                INSERT INTO failure_correction (
                    organization_id, id, asset_id, started_at, component, ended_at, recorded_by, recorded_at,
                    new_asset_id, new_started_at, new_component, new_ended_at, reason, corrected_by, corrected_at
                )
                VALUES (
                    \(scope.id), \(id), \(assetID), \(place.start), \(place.component ?? ""), \(former.event.end),
                    \(former.recordedBy), \(former.recordedAt), \(newAsset), \(event?.start),
                    \(event.map { $0.component ?? "" }), \(event?.end), \(reason), \(person), \(now)
                )
                """
            )
            try TrainingWork.refresh(in: scope, transaction)
            return FailureCorrection(id: id, former: former, corrected: event, reason: reason, by: person, at: now)
        }
    }

    private static func failure(
        at place: FailurePlace,
        in scope: OrganizationScope,
        _ transaction: any SQLTransaction
    ) throws -> (asset: ID<Asset>, StoredFailure) {
        let row = try transaction.query(
            """
            SELECT a.name, f.asset_id, f.started_at, f.component, f.ended_at, f.recorded_by, f.recorded_at
            FROM failure f
            JOIN asset a ON a.organization_id = f.organization_id AND a.id = f.asset_id
            WHERE f.organization_id = \(scope.id) AND a.name = \(place.asset) AND f.started_at = \(place.start)
                AND f.component = \(place.component ?? "")
            """
        ).first
        guard let row else {
            let component = place.component.map { " of its \($0)" } ?? ""
            throw StorageError(
                .notFound,
                "there is no recorded failure of \(place.asset)\(component) that began at \(place.start)"
            )
        }
        let failure = StoredFailure(
            event: try FailureEvent(row: row),
            recordedBy: try row.decode("recorded_by"),
            recordedAt: try row.decode("recorded_at")
        )
        return (try row.decode("asset_id"), failure)
    }

    /// What was corrected, newest first, from where ``Page/next`` of the page before says.
    ///
    /// - Throws: ``StorageError`` with `.invalidKey`.
    package func corrections(
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<FailureCorrection> {
        let limit = PageLimit.clamped(limit)
        var older: SQL = ""
        if let key {
            let place = try PageKey(key)
            older = "AND (c.corrected_at, c.id) < (\(place.instant), \(place.rest))"
        }
        let found = try await database.query(
            """
            SELECT c.id, a.name, c.started_at, c.component, c.ended_at, c.recorded_by, c.recorded_at,
                n.name AS new_name, c.new_started_at, c.new_component, c.new_ended_at, c.reason, c.corrected_by,
                c.corrected_at
            FROM failure_correction c
            JOIN asset a ON a.organization_id = c.organization_id AND a.id = c.asset_id
            LEFT JOIN asset n ON n.organization_id = c.organization_id AND n.id = c.new_asset_id
            WHERE c.organization_id = \(scope.id) \(older)
            ORDER BY c.corrected_at DESC, c.id DESC
            LIMIT \(limit + 1)
            """
        ).map(FailureCorrection.init(row:))
        let page = Array(found.prefix(limit))
        guard found.count > limit, let last = page.last else { return Page(elements: page, next: nil) }
        return Page(elements: page, next: PageKey(last.at, last.id.description).text)
    }
}

extension FailureCorrection {
    fileprivate init(row: SQLRow) throws {
        var corrected: FailureEvent?
        if let asset = try row.decode("new_name", as: String?.self),
            let start = try row.decode("new_started_at", as: Instant?.self)
        {
            let component = try row.decode("new_component", as: String?.self) ?? ""
            corrected = FailureEvent(
                asset: asset,
                start: start,
                end: try row.decode("new_ended_at"),
                component: component.isEmpty ? nil : component
            )
        }
        self.init(
            id: try row.decode("id"),
            former: StoredFailure(
                event: try FailureEvent(row: row),
                recordedBy: try row.decode("recorded_by"),
                recordedAt: try row.decode("recorded_at")
            ),
            corrected: corrected,
            reason: try row.decode("reason"),
            by: try row.decode("corrected_by"),
            at: try row.decode("corrected_at")
        )
    }
}
