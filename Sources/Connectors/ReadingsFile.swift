package import Plant

/// The readings of a CSV file in order of asset and instant, each once, and what was wrong with the rest.
package struct ReadingsFile: Sendable {
    /// What a file held besides the readings that are used.
    package struct Report: Hashable, Sendable {
        /// A row without a place in time, and why.
        package struct Quarantined: Hashable, Sendable {
            package let line: Int
            package let reason: String
        }

        /// All rows below the header.
        package var rows = 0
        /// Rows dropped because the very same one stands above them.
        package var repeated = 0
        /// Rows dropped because another with the same asset and instant stands above them.
        package var conflicting = 0
        package var quarantined = 0
        /// The first few of them.
        package var quarantinedRows: [Quarantined] = []
        /// The columns that tags expect and the file does not have: missing values.
        package var missingColumns: [String] = []
        /// The target column, where the schema names one that the file does not have.
        package var missingTarget: String?
        /// Readings without any good continuous sample: events between scans.
        package var events = 0

        package static let quarantinedRowsMax = 5
    }

    /// By asset in plain string order, then by instant.
    package let readings: [Reading]
    package let report: Report

    /// Reads a whole file by a schema.
    ///
    /// Local times that occur twice are told apart in the file's order, before it is sorted. `progress` is
    /// called now and then with the bytes read of the file on disk, and all of them. Throws ``FileError``
    /// for a row that can't be read as CSV and for a file none of whose rows has a place in time,
    /// `SchemaProblem` for an unknown time zone.
    package static func load(
        path: String,
        schema: SignalSchema,
        progress: ((_ read: Int64, _ total: Int64) -> Void)? = nil
    ) throws -> ReadingsFile {
        var rows = try MappedRows(
            reader: try CSVReader.open(path: path),
            schema: schema,
            zone: try schema.zoneOffsets()
        )
        var report = Report()
        report.missingColumns = rows.missingColumns
        report.missingTarget = rows.missingTarget
        var readings: [Reading] = []
        while let row = try rows.next() {
            report.rows += 1
            switch row {
            case .reading(let reading): readings.append(reading)
            case .quarantined(let reason):
                report.quarantined += 1
                guard report.quarantinedRows.count < Report.quarantinedRowsMax else { break }
                report.quarantinedRows.append(Report.Quarantined(line: rows.line, reason: reason))
            }
            if report.rows & 0xFFF == 0, let progress { progress(rows.progress.read, rows.progress.total) }
        }
        if let progress { progress(rows.progress.total, rows.progress.total) }
        if readings.isEmpty, let first = report.quarantinedRows.first {
            throw FileError(
                .noReadings,
                path: path,
                line: first.line,
                "none of the \(report.rows) rows has a place in time, for example: \(first.reason)"
            )
        }
        let sorted = readings.sortedByAssetAndInstant()
        let kept = once(sorted, &report, continuousCount: schema.continuousColumns.count)
        return ReadingsFile(readings: kept, report: report)
    }

    /// Drops the rows whose key a row before them has.
    private static func once(_ sorted: [Reading], _ report: inout Report, continuousCount: Int) -> [Reading] {
        var kept: [Reading] = []
        kept.reserveCapacity(sorted.count)
        for reading in sorted {
            if let last = kept.last, last.instant == reading.instant, last.asset == reading.asset {
                if last == reading { report.repeated += 1 } else { report.conflicting += 1 }
                continue
            }
            if reading.values.prefix(continuousCount).allSatisfy({ !$0.isFinite }) { report.events += 1 }
            kept.append(reading)
        }
        return kept
    }
}

extension Array where Element == Reading {
    /// By asset in plain string order, then by instant; rows with the same key stay in their order.
    package func sortedByAssetAndInstant() -> [Reading] {
        let ranks = Dictionary(uniqueKeysWithValues: Set(lazy.map(\.asset)).sorted().enumerated().map { ($1, $0) })
        var keys: [(rank: Int, microseconds: Int64, index: Int)] = []
        keys.reserveCapacity(count)
        for (index, reading) in enumerated() {
            keys.append((ranks[reading.asset] ?? 0, reading.instant.microseconds, index))
        }
        keys.sort { $0 < $1 }
        return keys.map { self[$0.index] }
    }
}
