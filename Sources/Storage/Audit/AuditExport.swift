import Database
package import Plant
package import Trust

/// A chain as it was at an instant, as lines that anybody can verify: entries, signed heads between them, and the end.
///
/// Read in pieces, so that a long chain takes no more memory than a short one; what is added meanwhile is not in it.
package struct AuditExport: Sendable {
    private static let entryCount = 500

    private let store: AuditStore
    private let place: AuditPlace
    private let end: AuditHead
    /// Of the last entry that was handed out.
    package private(set) var number: Int64 = 0
    private var isOver = false

    fileprivate init(_ store: AuditStore, _ place: AuditPlace, end: AuditHead) {
        self.store = store
        self.place = place
        self.end = end
    }

    /// How many entries it has.
    package var entryCount: Int64 { end.number }

    /// The next lines, each with its end; nil once the signed end was handed out.
    ///
    /// - Throws: `StorageError` with `.notFound` where the organization was erased meanwhile.
    package mutating func next() async throws -> String? {
        guard !isOver else { return nil }
        guard number < end.number else {
            isOver = true
            return AuditLine.head(end).text + "\n"
        }
        let entries = try await store.entries(
            after: number,
            through: end.number,
            limit: Self.entryCount,
            in: place
        )
        guard let last = entries.last else {
            throw StorageError(.notFound, "the chain was erased while it was being exported")
        }
        // Heads under a former key say nothing to whoever has the present one.
        var heads = try await store.heads(after: number, through: last.number, in: place)
            .filter { $0.publicKey == end.publicKey }[...]
        var text = ""
        for entry in entries {
            text += AuditLine.entry(entry).text + "\n"
            while let head = heads.first, head.number == entry.number {
                text += AuditLine.head(head).text + "\n"
                heads = heads.dropFirst()
            }
        }
        number = last.number
        return text
    }
}

extension AuditStore {
    /// Begins an export of a chain as it is now; its head is signed and kept.
    package func export(
        at now: Instant,
        signedBy identity: ServerIdentity,
        in place: AuditPlace
    ) async throws -> AuditExport {
        let last = try await database.read { try Self.last(in: place, $0) }
        if last.number > 0 { _ = try await keep(last, at: now, with: identity, in: place) }
        let end = try AuditHead(
            .end,
            of: place.chain,
            number: last.number,
            hash: last.hash,
            at: now,
            signedBy: identity
        )
        return AuditExport(self, place, end: end)
    }
}
