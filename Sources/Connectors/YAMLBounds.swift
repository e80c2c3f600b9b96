import Plant
import Yams

/// What a YAML document from elsewhere must not have, though YAML itself does.
enum YAMLBounds {
    /// Far more than any schema has.
    private static let nodeCountMax = 1_000_000

    /// Refuses aliases: a few of them make a document of any size out of a small one.
    ///
    /// Only an alias whose anchor is there too is one: whatever else begins with an asterisk may be a text.
    static func refuseAliases(in text: String, path: String) throws(FileError) {
        let anchors = names(after: UInt8(ascii: "&"), in: text).map(\.name)
        guard !anchors.isEmpty else { return }
        let known = Set(anchors)
        guard let alias = names(after: UInt8(ascii: "*"), in: text).first(where: { known.contains($0.name) }) else {
            return
        }
        throw FileError(
            .schema,
            path: path,
            line: alias.line,
            "'*\(alias.name)' stands for what is written elsewhere: write it out, aliases are not read here"
        )
    }

    /// The names that stand behind a mark where a value may begin.
    private static func names(after mark: UInt8, in text: String) -> [(name: String, line: Int)] {
        var names: [(name: String, line: Int)] = []
        var line = 1
        var before = UInt8(ascii: "\n")
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == mark, opensValue.contains(before) {
                let name = rest.prefix(while: isOfName)
                if !name.isEmpty { names.append((String(Substring(name)), line)) }
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            before = byte
        }
        return names
    }

    private static let opensValue = Set(" \t\r\n[{,:-?".utf8)

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// Refuses numbers to the base of 60, which YAML 1.1 reads in `1:30:00`, beyond what a whole number holds.
    static func check(_ root: Node, path: String) throws(FileError) {
        var waiting = [root]
        var count = 0
        while let node = waiting.popLast() {
            count += 1
            guard count <= nodeCountMax else {
                throw FileError(.schema, path: path, "has more than \(nodeCountMax) values: is this a schema?")
            }
            switch node {
            case .scalar(let scalar):
                guard isOverlong(scalar.string) else { continue }
                throw FileError(
                    .schema,
                    path: path,
                    line: scalar.mark?.line,
                    column: scalar.mark?.column,
                    "'\(scalar.string.prefix(40))' is no number: put texts in quotes"
                )
            case .sequence(let sequence): waiting.append(contentsOf: sequence)
            case .mapping(let mapping):
                for (key, value) in mapping {
                    waiting.append(key)
                    waiting.append(value)
                }
            case .alias: continue
            }
        }
    }

    /// Whether a text reads like a number in hours, minutes and seconds that has more of them than there are, or too
    /// many digits.
    private static func isOverlong(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.contains(UInt8(ascii: ":")),
            bytes.allSatisfy({ (48...58).contains($0) || $0 == 43 || $0 == 45 || $0 == 95 })
        else { return false }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 4 || parts.contains { $0.utf8.count > 9 }
    }
}
