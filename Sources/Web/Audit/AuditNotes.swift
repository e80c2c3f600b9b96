import Synchronization

/// What an operation has to say of what it did, for the entry of what became of the call: never a body or a secret.
final class AuditNotes: Sendable {
    private let noted = Mutex<[String: String]>([:])

    var all: [String: String] { noted.withLock { $0 } }

    func add(_ more: [String: String]) { noted.withLock { $0.merge(more) { _, new in new } } }
}
