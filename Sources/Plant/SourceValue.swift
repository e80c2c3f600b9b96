/// One field of a source's row, as the source's own type has it.
package enum SourceValue: Hashable, Sendable {
    case missing
    case number(Double)
    case boolean(Bool)
    case text(String)

    /// The finite number it is or spells; NaN for anything else.
    package var number: Double {
        switch self {
        case .missing: .nan
        case .number(let number): number.isFinite ? number : .nan
        case .boolean(let flag): flag ? 1 : 0
        case .text(let text): Self.number(in: text)
        }
    }

    /// 1 for true, 0 for false; NaN for anything else, a number other than 0 and 1 included.
    package var flag: Double {
        switch self {
        case .missing: .nan
        case .boolean(let flag): flag ? 1 : 0
        case .number(let number): number == 0 || number == 1 ? abs(number) : .nan
        case .text(let text): Self.flag(in: text)
        }
    }

    /// The text it is or would be written as; nil where it is missing, blank or no number.
    package var text: String? {
        switch self {
        case .missing: return nil
        case .number(let number):
            guard number.isFinite else { return nil }
            guard let whole = Int64(exactly: number) else { return String(number) }
            return String(whole)
        case .boolean(let flag): return flag ? "true" : "false"
        case .text(let text):
            let trimmed = text.trimmingSpaces
            return trimmed.isEmpty ? nil : String(trimmed)
        }
    }

    private static func number(in text: String) -> Double {
        guard let number = Double(text) ?? Double(text.trimmingSpaces), number.isFinite else { return .nan }
        // Swift reads "0x10" as 16, and nobody says that the source meant so.
        return text.utf8.contains(UInt8(ascii: "x")) || text.utf8.contains(UInt8(ascii: "X")) ? .nan : number
    }

    private static func flag(in text: String) -> Double {
        switch text.trimmingSpaces.lowercased() {
        case "1", "true", "t", "yes", "y", "on": 1
        case "0", "false", "f", "no", "n", "off": 0
        default:
            switch number(in: text) {
            case 0: 0
            case 1: 1
            default: .nan
            }
        }
    }
}

extension String {
    package var trimmingSpaces: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        let start = self[...].drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
        return start[...last]
    }
}
