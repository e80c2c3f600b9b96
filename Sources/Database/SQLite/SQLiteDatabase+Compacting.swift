import GRDB

extension SQLiteDatabase {
    /// Leaves nothing of deleted rows in the file and its log.
    ///
    /// `secure_delete` overwrites what is deleted, and yet copies of rows that SQLite moved from page to page stay in
    /// the unused part of pages: only VACUUM, which writes every page anew, leaves none. It takes some seconds for each
    /// GiB, in which nobody commits, so that it is left undone where the file is larger than the caller allows.
    ///
    /// All that it writes goes through the log, which grows by as much with each try while somebody reads what was
    /// before: then nothing is written.
    ///
    /// - Returns: Whether every page was written anew.
    /// - Throws: ``DatabaseError`` with `.busy` where somebody still reads.
    package func compact(upTo byteCountMax: Int) async throws -> Bool {
        guard !isReadOnly else { throw DatabaseError(.readOnly, "the database was opened for reading only") }
        do {
            return try await connections.writeWithoutTransaction { connection in
                let mode = try String.fetchOne(connection, sql: "PRAGMA journal_mode")
                if mode == "wal" {
                    let log = try connection.checkpoint(.passive)
                    guard log.checkpointedFrameCount >= log.walFrameCount else {
                        throw DatabaseError(.busy, "somebody still reads what was before: try again when that is over")
                    }
                }
                let pageCount = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
                let pageSize = try Int.fetchOne(connection, sql: "PRAGMA page_size") ?? 0
                let isSmall = pageCount.multipliedReportingOverflow(by: pageSize).partialValue <= byteCountMax
                if isSmall { try connection.execute(sql: "VACUUM") }
                if mode == "wal" { try connection.checkpoint(.truncate) }
                return isSmall
            }
        } catch let error as GRDB.DatabaseError {
            throw DatabaseError(sqlite: error)
        }
    }
}
