import FoundationEssentials
import Plant

/// How far a table has been read, in the one way or the other.
enum SQLPosition: Hashable, Sendable {
    case sequence(SequencePosition)
    case time(TimePosition)

    private struct Written: Codable {
        var sequence: SequencePosition?
        var time: TimePosition?
    }

    /// - Throws: ``SourceError`` with `.cursorUnreadable` for a cursor of another source or another order.
    init(_ cursor: Cursor, byTime: Bool) throws(SourceError) {
        if cursor == .start {
            self = byTime ? .time(TimePosition()) : .sequence(SequencePosition())
            return
        }
        let written: Written
        do {
            written = try JSONDecoder().decode(Written.self, from: Data(cursor.position.utf8))
        } catch {
            throw SourceError(.cursorUnreadable, Self.complaint, cause: error)
        }
        switch (written.sequence, written.time, byTime) {
        case (let position?, nil, false): self = .sequence(position)
        case (nil, let position?, true): self = .time(position)
        default: throw SourceError(.cursorUnreadable, Self.complaint)
        }
    }

    func cursor() throws -> Cursor {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let written: Written
        switch self {
        case .sequence(let position): written = Written(sequence: position, time: nil)
        case .time(let position): written = Written(sequence: nil, time: position)
        }
        return Cursor(position: String(decoding: try encoder.encode(written), as: UTF8.self))
    }

    private static let complaint =
        "the cursor is not one of this source's, perhaps since its order column was changed: reset it to read anew"
}
