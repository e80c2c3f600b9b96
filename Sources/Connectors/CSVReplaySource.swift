package import Plant
import Synchronization

/// Replays a CSV file as if its rows came in one after the other, in the file's order.
///
/// The cursor is how many rows have been read; going on where the last batch ended costs nothing, anywhere
/// else the file is read again from its start.
package final class CSVReplaySource: ReadingSource {
    private struct Replay: ~Copyable {
        var rows: MappedRows
        var rowCount = 0
        /// Read, but dated after what may be seen so far.
        var waiting: Reading?

        init(rows: consuming MappedRows) { self.rows = rows }
    }

    private let path: String
    private let schema: SignalSchema
    private let zone: ZoneOffsets?
    private let until: (@Sendable () -> Instant)?
    private let replay = Mutex<Replay?>(nil)

    /// A replay of the file by the schema; rows dated later than `until()` are not there yet.
    package init(
        path: String,
        schema: SignalSchema,
        until: (@Sendable () -> Instant)? = nil
    ) throws(SchemaProblem) {
        self.path = path
        self.schema = schema
        self.until = until
        zone = try schema.zoneOffsets()
    }

    package func readings(after cursor: Cursor, countMax: Int) async throws -> ReadingBatch {
        guard let start = cursor == .start ? 0 : Int(cursor.position), start >= 0 else {
            throw SourceError(
                .cursorUnreadable,
                "the cursor is not one of a replay's: reset it to replay from the start"
            )
        }
        let horizon = until?() ?? .distantFuture
        do {
            return try replay.withLock { replay in
                var current = try Self.take(&replay) ?? Replay(rows: open())
                if current.rowCount != start { current = try skipping(start) }
                let batch = try Self.batch(&current, until: horizon, countMax: max(1, countMax))
                replay = consume current
                return batch
            }
        } catch let error as FileError {
            let code = error.code == .notFound ? SourceError.Code.fileMissing : .fileBroken
            throw SourceError(code, "\(error)", cause: error)
        }
    }

    private func open() throws(FileError) -> MappedRows {
        try MappedRows(reader: try CSVReader.open(path: path), schema: schema, zone: zone)
    }

    private func skipping(_ count: Int) throws -> Replay {
        var replay = Replay(rows: try open())
        while replay.rowCount < count {
            guard try replay.rows.next() != nil else {
                throw SourceError(
                    .cursorUnreadable,
                    "\(path) has \(replay.rowCount) rows, but \(count) were read before: reset the cursor, or restore it"
                )
            }
            replay.rowCount += 1
        }
        return replay
    }

    /// Takes the replay out, so that one that fails halfway is begun anew.
    private static func take(_ replay: inout Replay?) -> Replay? {
        let taken = consume replay
        replay = nil
        return taken
    }

    private static func batch(_ replay: inout Replay, until horizon: Instant, countMax: Int) throws -> ReadingBatch {
        var readings: [Reading] = []
        var quarantined: [QuarantinedRow] = []
        while readings.count + quarantined.count < countMax {
            if let waiting = replay.waiting {
                guard waiting.instant <= horizon else { break }
                readings.append(waiting)
                replay.waiting = nil
                replay.rowCount += 1
                continue
            }
            switch try replay.rows.next() {
            case .reading(let reading): replay.waiting = reading
            case .quarantined(let reason):
                let row = String(replay.rows.rowText.prefix(500))
                quarantined.append(QuarantinedRow(row: row, reason: "line \(replay.rows.line): \(reason)"))
                replay.rowCount += 1
            case nil:
                return ReadingBatch(readings: readings, quarantined: quarantined, cursor: cursor(replay.rowCount))
            }
        }
        return ReadingBatch(readings: readings, quarantined: quarantined, cursor: cursor(replay.rowCount))
    }

    private static func cursor(_ rowCount: Int) -> Cursor {
        rowCount == 0 ? .start : Cursor(position: String(rowCount))
    }
}
