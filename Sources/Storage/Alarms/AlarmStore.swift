package import Alarms
import Database
package import Plant

/// An organization's alarms, as their last transition left them; ``LaneStore`` writes them.
package struct AlarmStore: Sendable {
    let database: any SQLDatabase

    /// All open ones, oldest first: what a lane starts from.
    package func open(in scope: OrganizationScope) async throws -> [Alarm] {
        try await alarms(
            """
            AND l.is_open = 1
            ORDER BY l.raised_at, l.id
            """,
            in: scope
        )
    }

    package func byID(_ id: ID<Alarm>, in scope: OrganizationScope) async throws -> Alarm? {
        try await alarms("AND l.id = \(id)", in: scope).first
    }

    /// Newest first, at most ``PageLimit/max`` of them, from where ``Page/next`` of the page before says.
    ///
    /// - Throws: ``StorageError`` with `.invalidKey`.
    package func page(
        _ filter: AlarmFilter = AlarmFilter(),
        after key: String? = nil,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> Page<Alarm> {
        let place = try key.map { key throws(StorageError) in try PageKey(key) }
        guard filter.isPossible else { return Page(elements: [], next: nil) }
        let limit = PageLimit.clamped(limit)
        let found = try await alarms(
            """
            \(filter.conditions(olderThan: place, in: scope))
            ORDER BY l.raised_at DESC, l.id DESC
            LIMIT \(limit + 1)
            """,
            by: filter.entry,
            in: scope
        )
        let page = Array(found.prefix(limit))
        guard found.count > limit, let last = page.last else { return Page(elements: page, next: nil) }
        return Page(elements: page, next: PageKey(last.raisedAt, last.id.description).text)
    }

    /// What became of one alarm last, oldest first, at most ``PageLimit/max``.
    ///
    /// What came before that comes from where ``Page/next`` says; of an alarm that is not there nothing does.
    ///
    /// - Throws: ``StorageError`` with `.invalidKey`.
    package func transitions(
        of id: ID<Alarm>,
        after key: String? = nil,
        limit: Int = historyMax,
        in scope: OrganizationScope
    ) async throws -> Page<Alert> {
        var earlier: SQL = ""
        if let key {
            guard let sequence = Int64(key) else {
                throw StorageError(.invalidKey, "no page ends there: use the key that the page before handed out")
            }
            earlier = "AND sequence < \(sequence)"
        }
        let limit = PageLimit.clamped(limit)
        let found = try await database.query(
            """
            SELECT sequence, transition, committed_at
            FROM alert
            WHERE organization_id = \(scope.id) AND alarm_id = \(id) \(earlier)
            ORDER BY sequence DESC
            LIMIT \(limit + 1)
            """
        ).map(Alert.init(row:))
        let page = Array(found.prefix(limit).reversed())
        return Page(elements: page, next: found.count > limit ? page.first.map { String($0.sequence) } : nil)
    }

    /// How much of an alarm's history is told with it: one that comes and goes each minute has a million changes a year.
    package static let historyMax = 200

    /// Alarms and their causes, from one state.
    private func alarms(_ selection: SQL, by entry: SQL = "", in scope: OrganizationScope) async throws -> [Alarm] {
        try await database.read { reader in
            let rows = try reader.query(
                """
                SELECT l.id, a.name, l.condition, l.type, l.state, l.suppression, l.raised_at, l.acknowledged_at,
                    l.acknowledged_by, l.note, l.cleared_at, l.suppressed_by, l.suppression_reason,
                    l.suppressed_since, l.suppressed_until
                FROM alarm l \(entry)
                JOIN asset a ON a.organization_id = l.organization_id AND a.id = l.asset_id
                WHERE l.organization_id = \(scope.id)
                \(selection)
                """
            )
            let ids: [ID<Alarm>] = try rows.map { try $0.decode("id") }
            let causes = try Self.causes(of: ids, in: scope, reader)
            return try zip(ids, rows).map { id, row in try Alarm(row: row, causes: causes[id] ?? []) }
        }
    }

    /// How many alarms' causes one statement asks for.
    private static let causesAtOnceMax = 256

    /// In each alarm's order, by the alarm.
    private static func causes(
        of alarms: [ID<Alarm>],
        in scope: OrganizationScope,
        _ reader: any SQLReader
    ) throws -> [ID<Alarm>: [AlarmCause]] {
        var found: [ID<Alarm>: [(position: Int, cause: AlarmCause)]] = [:]
        for start in stride(from: 0, to: alarms.count, by: causesAtOnceMax) {
            var part = alarms[start..<min(start + causesAtOnceMax, alarms.count)].map { "\($0)" as SQL }
            // Filled up with its last one, so that a few texts, which stay prepared, serve pages of every length.
            let width = [1, 16, causesAtOnceMax].first { $0 >= part.count } ?? causesAtOnceMax
            if let last = part.last { part += Array(repeating: last, count: width - part.count) }
            let rows = try reader.query(
                """
                SELECT alarm_id, position, source, type, priority, active_since, cleared_at, message, measured,
                    limit_value, metadata, is_latching, rule_version
                FROM alarm_cause
                WHERE organization_id = \(scope.id) AND alarm_id IN (\(SQL.joined(part, by: ", ")))
                """
            )
            for row in rows {
                found[try row.decode("alarm_id"), default: []].append(
                    (position: try row.decode("position"), cause: try AlarmCause(row: row))
                )
            }
        }
        return found.mapValues { causes in causes.sorted { $0.position < $1.position }.map(\.cause) }
    }
}

extension Alarm {
    fileprivate init(row: SQLRow, causes: [AlarmCause]) throws {
        self.init(
            id: try row.decode("id"),
            asset: try row.decode("name"),
            condition: try row.decode("condition"),
            type: try row.decode("type"),
            state: try row.decode("state"),
            suppression: Suppression(
                kind: try row.decode("suppression"),
                by: try row.decode("suppressed_by"),
                reason: try row.decode("suppression_reason"),
                since: try row.decode("suppressed_since"),
                until: try row.decode("suppressed_until")
            ),
            raisedAt: try row.decode("raised_at"),
            acknowledgedAt: try row.decode("acknowledged_at"),
            acknowledgedBy: try row.decode("acknowledged_by"),
            note: try row.decode("note"),
            clearedAt: try row.decode("cleared_at"),
            causes: causes
        )
    }
}

extension AlarmCause {
    fileprivate init(row: SQLRow) throws {
        let metadata: String? = try row.decode("metadata")
        self.init(
            source: try row.decode("source"),
            type: try row.decode("type"),
            priority: try row.decode("priority"),
            since: try row.decode("active_since"),
            clearedAt: try row.decode("cleared_at"),
            message: try row.decode("message"),
            measured: try row.decode("measured"),
            limit: try row.decode("limit_value"),
            metadata: try metadata.map { try JSONText.decoded(AlertMetadata.self, $0, from: "alarm's cause") },
            isLatching: try row.decode("is_latching"),
            ruleVersion: try row.decode("rule_version")
        )
    }
}
