/// Why a database did not do what it was asked; nothing of what was asked is kept then.
package struct DatabaseError: Error {
    package enum Code: String, Hashable, Sendable {
        /// It can't be opened, reached or read right now.
        case unavailable
        /// Somebody else holds it, or too many wait for it.
        case busy
        /// The disk or the database has no room left.
        case full
        /// A row would break a rule of its table: unique, reference, check or not null.
        case constraint
        /// The file is damaged or is no database.
        case corrupt
        /// A newer version of the program has written it.
        case tooNew
        /// It was opened for reading only.
        case readOnly
        /// A stored value is not what its column should hold.
        case unreadable
        /// The statement itself is wrong.
        case statement
    }

    package let code: Code
    /// What went wrong and where, without any bound value.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same may succeed later, without anybody changing the request.
    package var isTransient: Bool {
        switch code {
        case .unavailable, .busy, .full: true
        case .constraint, .corrupt, .tooNew, .readOnly, .unreadable, .statement: false
        }
    }
}

extension DatabaseError: CustomStringConvertible {
    package var description: String { "\(message) (\(code.rawValue))" }
}
