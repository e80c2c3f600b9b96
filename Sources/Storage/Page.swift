import Plant

/// Some of a longer list, and where the rest begins.
package struct Page<Element: Sendable>: Sendable {
    package let elements: [Element]
    /// What to hand back as `after`; nil at the end.
    package let next: String?
}

extension Page: Equatable where Element: Equatable {}

/// Bounds of what is asked for at once.
package enum PageLimit {
    package static let max = 1_000

    static func clamped(_ limit: Int) -> Int { Swift.min(Swift.max(limit, 1), max) }
}

/// A place in a list that is ordered by an instant and something that tells equals apart.
struct PageKey {
    let instant: Instant
    let rest: String

    init(_ instant: Instant, _ rest: String) {
        self.instant = instant
        self.rest = rest
    }

    /// - Throws: ``StorageError`` with `.invalidKey`.
    init(_ text: String) throws(StorageError) {
        guard let dot = text.firstIndex(of: "."), let microseconds = Int64(text[..<dot]) else {
            throw StorageError(.invalidKey, "no page ends there: use the key that the page before handed out")
        }
        self.init(Instant(microseconds: microseconds), String(text[text.index(after: dot)...]))
    }

    var text: String { "\(instant.microseconds).\(rest)" }
}
