import Foundation

/// Finds one row's fields in bytes, as RFC 4180 parts them; CRLF and LF both end a row.
enum CSVRowScanner {
    /// Where a field's text lies, without its quotes.
    struct Field {
        let start: Int
        let end: Int
        /// Whether it stands in quotes, and whether quotes are doubled in it.
        let isQuoted: Bool
        let hasDoubledQuotes: Bool

        var isEmpty: Bool { start == end }
    }

    enum Outcome {
        /// The row and the byte after its line end.
        case row(end: Int, next: Int)
        /// The row goes on past the bytes.
        case incomplete
        case unterminatedQuote(at: Int)
        /// Something other than a comma or a line end follows a closing quote.
        case strayQuote(at: Int)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Scans the row that begins at `start`; its fields replace those in `fields`.
    ///
    /// Where `isFinal`, nothing follows the bytes, and their end is the row's.
    static func scan(
        _ bytes: UnsafeBufferPointer<UInt8>,
        from start: Int,
        isFinal: Bool,
        into fields: inout [Field]
    ) -> Outcome {
        fields.removeAll(keepingCapacity: true)
        var at = start
        var lineEnd = start - 1
        while true {
            let afterField: Int
            if at < bytes.count, bytes[at] == quote {
                guard let (close, hasDoubled) = closingQuote(bytes, after: at, isFinal: isFinal) else {
                    return isFinal ? .unterminatedQuote(at: at) : .incomplete
                }
                fields.append(Field(start: at + 1, end: close, isQuoted: true, hasDoubledQuotes: hasDoubled))
                afterField = close + 1
                if afterField == bytes.count { return isFinal ? .row(end: afterField, next: afterField) : .incomplete }
            } else {
                if lineEnd < at { lineEnd = first(lineFeed, in: bytes, at..<bytes.count) ?? bytes.count }
                guard lineEnd < bytes.count || isFinal else { return .incomplete }
                let comma = first(comma, in: bytes, at..<lineEnd)
                var end = comma ?? lineEnd
                if comma == nil, end > at, bytes[end - 1] == carriageReturn { end -= 1 }
                fields.append(Field(start: at, end: end, isQuoted: false, hasDoubledQuotes: false))
                guard comma != nil else { return .row(end: end, next: min(lineEnd + 1, bytes.count)) }
                afterField = end
            }
            switch bytes[afterField] {
            case comma: at = afterField + 1
            case lineFeed: return .row(end: afterField, next: afterField + 1)
            case carriageReturn where afterField + 1 == bytes.count:
                return isFinal ? .row(end: afterField, next: afterField + 1) : .incomplete
            case carriageReturn where bytes[afterField + 1] == lineFeed:
                return .row(end: afterField, next: afterField + 2)
            default: return .strayQuote(at: afterField)
            }
        }
    }

    private static func closingQuote(
        _ bytes: UnsafeBufferPointer<UInt8>,
        after open: Int,
        isFinal: Bool
    ) -> (close: Int, hasDoubledQuotes: Bool)? {
        var hasDoubledQuotes = false
        var from = open + 1
        while from < bytes.count, let close = first(quote, in: bytes, from..<bytes.count) {
            guard close + 1 < bytes.count else { return isFinal ? (close, hasDoubledQuotes) : nil }
            guard bytes[close + 1] == quote else { return (close, hasDoubledQuotes) }
            hasDoubledQuotes = true
            from = close + 2
        }
        return nil
    }

    private static func first(_ byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int? {
        guard let base = bytes.baseAddress,
            let found = memchr(base + range.lowerBound, Int32(byte), range.count)
        else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
}
