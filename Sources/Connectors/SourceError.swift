/// Why a source gave no readings.
package struct SourceError: Error {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case fileMissing
        /// Somebody else holds the database.
        case locked
        /// It can't be opened or read right now.
        case unavailable
        /// It is damaged, or no database.
        case corrupt
        case tableMissing, columnMissing
        /// The column that rows are ordered by does not order them.
        case orderUnusable
        /// The table begins anew below where reading stopped.
        case restarted
        /// A cursor is not one of this source's.
        case cursorUnreadable
        /// A replayed file can't be read any further.
        case fileBroken
    }

    package let code: Code
    /// What is wrong, where, and what to do.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the source may come back by itself; where not, somebody has to change something.
    package var isTransient: Bool {
        switch code {
        case .fileMissing, .locked, .unavailable: true
        case .corrupt, .tableMissing, .columnMissing, .orderUnusable, .restarted, .cursorUnreadable, .fileBroken:
            false
        }
    }
}

extension SourceError: CustomStringConvertible {
    package var description: String { "\(message) (\(code.rawValue))" }
}
