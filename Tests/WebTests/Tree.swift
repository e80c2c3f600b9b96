/// A JSON or YAML value of whatever shape.
indirect enum Tree: Sendable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Tree])
    case map([String: Tree])

    subscript(_ key: String) -> Tree? {
        guard case .map(let members) = self else { return nil }
        return members[key]
    }

    var string: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    var int: Int? {
        guard case .number(let number) = self else { return nil }
        return Int(exactly: number)
    }

    var bool: Bool? {
        guard case .flag(let flag) = self else { return nil }
        return flag
    }

    var list: [Tree] {
        guard case .list(let elements) = self else { return [] }
        return elements
    }

    var map: [String: Tree] {
        guard case .map(let members) = self else { return [:] }
        return members
    }
}

extension Tree: Decodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: Key.self) {
            var members: [String: Tree] = [:]
            for key in container.allKeys { members[key.stringValue] = try container.decode(Tree.self, forKey: key) }
            self = .map(members)
        } else if var container = try? decoder.unkeyedContainer() {
            var elements: [Tree] = []
            while !container.isAtEnd { elements.append(try container.decode(Tree.self)) }
            self = .list(elements)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }
}
