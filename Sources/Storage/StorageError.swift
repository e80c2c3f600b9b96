/// Why a store did not do what it was asked, where the database itself is well.
package struct StorageError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// There is such a thing already.
        case duplicate
        case notFound
        /// It is against what is there, which has to change first.
        case conflict
        /// Somebody else has moved the lane's cursor: two lanes run for one organization.
        case cursorMoved
        /// What was given can't be stored: it contradicts itself.
        case invalid
        /// A key to go on from that no page has handed out.
        case invalidKey
        /// Something stored is damaged.
        case unreadable
        /// There is no room for a file.
        case full
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension StorageError: CustomStringConvertible {
    package var description: String { message }
}
