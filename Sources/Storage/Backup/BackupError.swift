/// Why a backup can't be made or restored; nothing is restored then.
package struct BackupError: Error, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// It is no backup, or not one that this program reads.
        case unreadable
        /// It ends before its end.
        case truncated
        /// Its parts are not in their order.
        case rearranged
        /// A part of another backup stands in it.
        case mixed
        /// Something of it was changed.
        case tampered
        /// The organization was erased, and its keys with it: nobody reads it any more.
        case destroyed
        /// The key that opens it is not here.
        case keyMissing
        /// What is there would be overwritten.
        case exists
        /// It was made with other tables than there are now.
        case otherTables
        /// A file can't be read or written.
        case file
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

extension BackupError: CustomStringConvertible {
    package var description: String { message }
}
