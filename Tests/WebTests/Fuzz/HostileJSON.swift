import TestSupport

/// Writes a value as JSON, with something hostile here and there.
struct HostileJSON {
    /// One value in so many is another one.
    let rarity: Int
    private(set) var text = ""

    init(_ tree: Tree, rarity: Int, using generator: inout SeededGenerator) {
        self.rarity = rarity
        write(tree, &generator)
    }

    private mutating func write(_ tree: Tree, _ generator: inout SeededGenerator) {
        if Int.random(in: 0..<rarity, using: &generator) == 0 {
            if Bool.random(using: &generator) {
                text += HostileValues.fragments.randomElement(using: &generator) ?? "null"
            } else {
                write(text: HostileValues.texts.randomElement(using: &generator) ?? "")
            }
            return
        }
        switch tree {
        case .null: text += "null"
        case .flag(let flag): text += flag ? "true" : "false"
        case .number(let number): text += number == number.rounded() ? String(Int(number)) : String(number)
        case .text(let string): write(text: string)
        case .list(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                write(element, &generator)
            }
            text += "]"
        case .map(let members): write(members, &generator)
        }
    }

    private mutating func write(_ members: [String: Tree], _ generator: inout SeededGenerator) {
        text += "{"
        var isFirst = true
        func key(_ name: String) {
            if !isFirst { text += "," }
            isFirst = false
            write(text: name)
            text += ":"
        }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            switch Int.random(in: 0..<(4 * rarity), using: &generator) {
            case 0: continue
            case 1:
                key(name)
                text += "null"
                key(name)
            case 2: key(HostileValues.texts.randomElement(using: &generator) ?? "")
            default: key(name)
            }
            write(member, &generator)
        }
        text += "}"
    }

    private mutating func write(text string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
