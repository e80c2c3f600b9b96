import Database
import Plant

extension SQLPollingSource {
    /// Rows dated after all, or within the overlap and not handed on before.
    func rows(after position: TimePosition, countMax: Int) async throws -> FoundRows {
        try await file.read { [self] database in
            let table = try table(in: database)
            let columns = try wantedColumns(table)
            let time = SQL(identifier: schema.timestampColumn)
            let names = SQL.joined(columns.map { SQL(identifier: $0) }, by: ", ")
            let limit = position.seenCount + countMax
            let condition: SQL = position.from.isEmpty ? "" : "WHERE \(time) >= \(position.from)"
            let rows = try database.query(
                """
                SELECT \(names) FROM \(identifier: table.name)
                \(condition)
                ORDER BY \(time), \(names)
                LIMIT \(limit)
                """
            ).map(\.values)
            let digests = rows.map(RowDigest.of)
            let unseen = position.unseen(digests)
            // Rows left for the next batch have not been handed on, and are not to be passed by.
            let left = Set(unseen.dropFirst(countMax))
            let timestamp = columns.firstIndex(of: schema.timestampColumn) ?? 0
            let texts = rows.map { SourceValue(scada: $0[timestamp]).text ?? "" }
            let handedOn = rows.indices.filter { !left.contains($0) }
                .map { (timestamp: texts[$0], digest: digests[$0]) }
            let lower = lowerBound(of: handedOn.map(\.timestamp), after: position.from)
            var next = position
            next.advance(
                over: handedOn,
                isComplete: rows.count < limit,
                from: lower,
                left: left.min().map { texts[$0] }
            )
            return FoundRows(columns: columns, rows: unseen.prefix(countMax).map { rows[$0] }, position: .time(next))
        }
    }

    /// The timestamp from which the table is read next, written like those in it: the latest one less the overlap.
    ///
    /// In the style of the bound before, at first in the one that most are written in: one time with a `T` sorts behind
    /// all of its day that have a space, and would hide those that are yet to come.
    private func lowerBound(of timestamps: [String], after former: String) -> String {
        let now = now()
        let styles = Dictionary(grouping: timestamps) { $0.trimmingSpaces.dropFirst(10).first }
        let usual = styles.max { ($0.value.count, $0.key == " " ? 1 : 0) < ($1.value.count, $1.key == " " ? 1 : 0) }
        let candidates = former.isEmpty ? nil : styles[former.dropFirst(10).first]
        for text in (candidates ?? usual?.value ?? []).reversed() {
            guard let parsed = ParsedTimestamp(text), let instants = instants(of: parsed) else { continue }
            // A row from the future would hide all that comes before it.
            guard instants.first <= now else { continue }
            let overlap = Int64(max(0, options.overlapSeconds)) * 1_000_000 + instants.fold.microseconds
            let lower = Instant(microseconds: parsed.localMicroseconds - overlap).floored(toMultipleOf: 1)
            let separator = text.trimmingSpaces.dropFirst(10).first.map(String.init) ?? ""
            let written = lower.description.dropLast()
            return separator.isEmpty
                ? String(written.prefix(10)) : written.prefix(10) + separator + written.dropFirst(11)
        }
        return ""
    }

    /// The instant a text stands for, and by how much clocks may be put back after it.
    private func instants(of parsed: ParsedTimestamp) -> (first: Instant, fold: Duration)? {
        if let offset = parsed.offsetSeconds {
            let instant = Instant(microseconds: parsed.localMicroseconds - Int64(offset) * 1_000_000)
            return (instant, offset == 0 ? .zero : .seconds(3_600))
        }
        switch zone?.meaning(ofLocal: parsed.localMicroseconds) {
        case .once(let instant): return (instant, .zero)
        case .twice(let earlier, let later): return (earlier, later - earlier)
        case .skipped, nil: return nil
        }
    }
}
