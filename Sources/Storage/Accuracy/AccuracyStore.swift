package import Alarms
import Database
package import Models
package import Plant

/// What figures of accuracy are made of, in pages.
package struct AccuracyStore: Sendable {
    let database: any SQLDatabase

    /// How many alarms a page has.
    package static let pageCount = 200

    /// The alarms of which a prediction became active at an instant or later, in order of when it last did.
    ///
    /// Those raised at `end` or later are left out; words on them come along.
    ///
    /// - Throws: ``StorageError`` with `.invalidKey`.
    package func foretold(
        from start: Instant,
        raisedBefore end: Instant,
        after key: String? = nil,
        limit: Int = pageCount,
        in scope: OrganizationScope
    ) async throws -> Page<ForetoldAlarm> {
        var later: SQL = ""
        if let key {
            let place = try PageKey(key)
            later = "AND (c.active_since, c.alarm_id) > (\(place.instant), \(place.rest))"
        }
        return try await database.read { [later] reader in
            // The source is written out, not bound: only so does the partial index apply.
            let rows = try reader.query(
                """
                SELECT c.alarm_id, c.active_since, c.metadata, a.name, l.condition
                FROM alarm_cause c
                JOIN alarm l ON l.organization_id = c.organization_id AND l.id = c.alarm_id
                JOIN asset a ON a.organization_id = l.organization_id AND a.id = l.asset_id
                WHERE c.organization_id = \(scope.id) AND c.source = 'prediction' AND c.active_since >= \(start)
                    AND l.raised_at < \(end) \(later)
                ORDER BY c.active_since, c.alarm_id
                LIMIT \(limit + 1)
                """
            )
            let page = Array(rows.prefix(limit))
            let ids = try page.map { try $0.decode("alarm_id", as: ID<Alarm>.self) }
            let words = try Self.words(on: ids, in: scope, reader)
            let raises = try Self.raises(of: ids, in: scope, reader)
            let alarms = try zip(ids, page).compactMap { id, row in
                ForetoldAlarm(
                    id: id,
                    asset: try row.decode("name"),
                    raises: try raises[id]?.map(\.raise) ?? Self.lastRaise(row),
                    words: words[id] ?? []
                )
            }
            guard rows.count > limit, let last = page.last, let id = ids.last else {
                return Page(elements: alarms, next: nil)
            }
            return Page(elements: alarms, next: PageKey(try last.decode("active_since"), id.description).text)
        }
    }

    /// What people said of alarms.
    private static func words(
        on alarms: [ID<Alarm>],
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> [ID<Alarm>: [Feedback]] {
        guard !alarms.isEmpty else { return [:] }
        let words = try reader.query(
            """
            SELECT id, alarm_id, is_accurate, reason, component, given_by, given_at
            FROM feedback
            WHERE organization_id = \(scope.id) AND alarm_id IN (\(list(alarms)))
            ORDER BY alarm_id, given_at, id
            """
        ).map(Feedback.init(row:))
        return Dictionary(grouping: words, by: \.alarm)
    }

    /// When alarms' predictions became active, by what was told of it, with the numbers of the alerts.
    static func raises(
        of alarms: [ID<Alarm>],
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> [ID<Alarm>: [(sequence: Int64, raise: ForetoldAlarm.Raise)]] {
        var raises: [ID<Alarm>: [(sequence: Int64, raise: ForetoldAlarm.Raise)]] = [:]
        for alarm in alarms {
            // Each alert carries a whole alarm, and one that comes and goes has no end of them: some at a time.
            var last: Int64? = 0
            while let after = last {
                let rows = try reader.query(
                    """
                    SELECT sequence, transition, committed_at
                    FROM alert
                    WHERE organization_id = \(scope.id) AND alarm_id = \(alarm) AND sequence > \(after)
                        AND change IN ('raised', 'reraised', 'escalated', 'causeAdded')
                    ORDER BY sequence
                    LIMIT \(pageCount)
                    """
                )
                for row in rows {
                    let toldAt: Instant = try row.decode("committed_at")
                    let alert = try Alert(row: row)
                    guard let raise = ForetoldAlarm.Raise(alert.transition, toldAt: toldAt) else { continue }
                    raises[alarm, default: []].append((alert.sequence, raise))
                }
                last = rows.count == pageCount ? try rows.last?.decode("sequence") : nil
            }
        }
        return raises
    }

    /// What the alarm itself remembers, where nothing was told.
    private static func lastRaise(_ row: SQLRow) throws -> [ForetoldAlarm.Raise] {
        guard let text = try row.decode("metadata", as: String?.self) else { return [] }
        let said = try JSONText.decoded(AlertMetadata.self, text, from: "alarm's cause")
        let condition: AlarmCondition = try row.decode("condition")
        return [
            ForetoldAlarm.Raise(
                at: try row.decode("active_since"),
                version: said.modelVersion,
                component: condition.component ?? said.component
            )
        ]
    }

    private static func list(_ alarms: [ID<Alarm>]) -> SQL {
        SQL.joined(alarms.map { "\($0)" }, by: ", ")
    }

    // MARK: Predictions

    /// The last prediction of an asset from an instant on and before another, by which it was made; nil where there is
    /// none.
    package func lastPrediction(
        of asset: String,
        from start: Instant,
        before end: Instant,
        in scope: OrganizationScope
    ) async throws -> (at: Instant, version: ModelVersion)? {
        try await database.query(
            """
            SELECT p.instant, p.model_version
            FROM asset a
            JOIN prediction p ON p.organization_id = a.organization_id AND p.asset_id = a.id
            WHERE a.organization_id = \(scope.id) AND a.name = \(asset)
                AND p.instant >= \(start) AND p.instant < \(end) AND p.made_at < \(end)
            ORDER BY p.instant DESC, p.made_at DESC, p.model_version
            LIMIT 1
            """
        ).first.map { (try $0.decode("instant"), try $0.decode("model_version")) }
    }

    /// A prediction of each day, UTC's, on which an asset was predicted.
    ///
    /// It is the first, or the last where the first was made up for over a day later; none where both were. When a row was
    /// predicted first counts, not when it was corrected.
    ///
    /// - Complexity: Two looks into the index for each such day.
    package func watchedDays(
        of asset: ID<Asset>,
        during span: Range<Instant>,
        in scope: OrganizationScope
    ) async throws -> [(at: Instant, version: ModelVersion)] {
        try await database.read { reader in
            func edge(from start: Instant, to end: Instant, by order: SQL) throws -> (at: Instant, row: SQLRow)? {
                let rows = try reader.query(
                    """
                    SELECT p.instant, p.model_version, p.made_at
                    FROM prediction p
                    WHERE p.organization_id = \(scope.id) AND p.asset_id = \(asset)
                        AND p.instant >= \(start) AND p.instant < \(end) AND p.revision = 1
                    ORDER BY \(order)
                    LIMIT 1
                    """
                )
                return try rows.first.map { (try $0.decode("instant"), $0) }
            }
            var days: [(at: Instant, version: ModelVersion)] = []
            var from = span.lowerBound
            while let first = try edge(from: from, to: span.upperBound, by: "p.instant, p.model_version") {
                from = first.at.floored(toMultipleOf: 86_400) + .seconds(86_400)
                let dayEnd = min(from, span.upperBound)
                let last = {
                    try edge(from: first.at, to: dayEnd, by: "p.instant DESC, p.model_version DESC")
                }
                let live = try Self.isLive(first) ? first : last().flatMap { try Self.isLive($0) ? $0 : nil }
                if let live { days.append((live.at, try live.row.decode("model_version"))) }
            }
            return days
        }
    }

    private static func isLive(_ prediction: (at: Instant, row: SQLRow)) throws -> Bool {
        let madeAt: Instant = try prediction.row.decode("made_at")
        return madeAt - prediction.at < AlarmTransition.historyAge
    }

    // MARK: Rules

    /// How many alarms raised in a span each rule had a part in, by the rule's id.
    package func ruleAlarms(during span: Range<Instant>, in scope: OrganizationScope) async throws -> [String: Int] {
        let rows = try await database.query(
            """
            SELECT c.source, COUNT(*) AS alarm_count
            FROM alarm l
            JOIN alarm_cause c ON c.organization_id = l.organization_id AND c.alarm_id = l.id
            WHERE l.organization_id = \(scope.id) AND l.raised_at >= \(span.lowerBound)
                AND l.raised_at < \(span.upperBound) AND c.source <> 'prediction'
            GROUP BY c.source
            ORDER BY c.source
            """
        )
        var counts: [String: Int] = [:]
        for row in rows {
            guard case .rule(let id) = try row.decode("source", as: AlarmCause.Source.self) else { continue }
            counts[id] = try row.decode("alarm_count")
        }
        return counts
    }

    /// The alarms raised in a span that people judged, with the rules that had a part in each, by id.
    package func judgedRules(
        during span: Range<Instant>,
        after key: ID<Alarm>? = nil,
        limit: Int = pageCount,
        in scope: OrganizationScope
    ) async throws -> (alarms: [(rules: [String], words: [Feedback])], next: ID<Alarm>?) {
        try await database.read { reader in
            let after: SQL = key.map { "AND f.alarm_id > \($0)" } ?? ""
            let ids = try reader.query(
                """
                SELECT DISTINCT f.alarm_id
                FROM feedback f
                JOIN alarm l ON l.organization_id = f.organization_id AND l.id = f.alarm_id
                WHERE f.organization_id = \(scope.id) AND l.raised_at >= \(span.lowerBound)
                    AND l.raised_at < \(span.upperBound) \(after)
                ORDER BY f.alarm_id
                LIMIT \(limit)
                """
            ).map { try $0.decode("alarm_id", as: ID<Alarm>.self) }
            let words = try Self.words(on: ids, in: scope, reader)
            var rules: [ID<Alarm>: [String]] = [:]
            if !ids.isEmpty {
                let causes = try reader.query(
                    """
                    SELECT alarm_id, source
                    FROM alarm_cause
                    WHERE organization_id = \(scope.id) AND alarm_id IN (\(Self.list(ids)))
                    ORDER BY alarm_id, position
                    """
                )
                for row in causes {
                    guard case .rule(let id) = try row.decode("source", as: AlarmCause.Source.self) else { continue }
                    rules[try row.decode("alarm_id"), default: []].append(id)
                }
            }
            let alarms = ids.map { (rules: rules[$0] ?? [], words: words[$0] ?? []) }
            return (alarms, ids.count == limit ? ids.last : nil)
        }
    }
}
