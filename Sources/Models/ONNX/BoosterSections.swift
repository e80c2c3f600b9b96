/// The `key=value` lines of a booster's text, section by section.
struct BoosterSections {
    let header: BoosterSection
    let trees: [BoosterSection]

    init(_ text: String) throws(ONNXError) {
        var header = BoosterSection(tree: nil, line: 1)
        var trees: [BoosterSection] = []
        var line = 0
        for content in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            line += 1
            let content = content.last == UInt8(ascii: "\r") ? content.dropLast() : content
            guard !content.isEmpty else { continue }
            if content.elementsEqual("end of trees".utf8) {
                self.header = header
                self.trees = trees
                return
            }
            let equals = content.firstIndex(of: UInt8(ascii: "="))
            let key = String(Substring(content[..<(equals ?? content.endIndex)]))
            let value = Substring(equals.map { content[content.index(after: $0)...] } ?? content[content.endIndex...])
            if key == "Tree" {
                guard Int(value) == trees.count else {
                    throw header.malformed("tree \(value) stands where tree \(trees.count) is due", line: line)
                }
                trees.append(BoosterSection(tree: trees.count, line: line))
            } else if trees.isEmpty {
                try header.add(key, value, line: line)
            } else {
                try trees[trees.count - 1].add(key, value, line: line)
            }
        }
        throw header.malformed("the text ends before 'end of trees'", line: line)
    }
}

/// One section: the header, or a tree.
struct BoosterSection {
    /// Nil in the header.
    let tree: Int?
    let line: Int
    var values: [String: (text: Substring, line: Int)] = [:]

    init(tree: Int?, line: Int) {
        self.tree = tree
        self.line = line
    }

    /// A key that comes twice would be read one way here and another way elsewhere.
    mutating func add(_ key: String, _ value: Substring, line: Int) throws(ONNXError) {
        guard values.updateValue((value, line), forKey: key) == nil else {
            throw malformed("\(key) comes twice", line: line)
        }
    }

    func malformed(_ what: String, line: Int? = nil) -> ONNXError {
        ONNXError(.boosterMalformed, "\(place(line: line)): \(what)")
    }

    func unsupported(_ what: String, key: String) -> ONNXError {
        ONNXError(.boosterUnsupported, "\(place(line: values[key]?.line)): \(what)")
    }

    private func place(line: Int?) -> String {
        let line = line ?? self.line
        return tree.map { "booster text, tree \($0), line \(line)" } ?? "booster text, line \(line)"
    }

    func text(_ key: String) throws(ONNXError) -> String {
        guard let (text, _) = values[key] else { throw malformed("there is no \(key)") }
        return String(text)
    }

    func integer(_ key: String) throws(ONNXError) -> Int {
        let text = try text(key)
        guard let number = Int(text) else { throw malformed("\(key) is '\(text)'", line: values[key]?.line) }
        return number
    }

    /// As many numbers as are due, separated by spaces.
    func numbers<Number: LosslessStringConvertible>(
        _ key: String,
        count: Int,
        as type: Number.Type
    ) throws(ONNXError) -> [Number] {
        guard let (text, line) = values[key] else { throw malformed("there is no \(key)") }
        var numbers: [Number] = []
        numbers.reserveCapacity(min(count, text.utf8.count))
        for word in text.utf8.split(separator: UInt8(ascii: " ")) {
            guard let number = Number(String(Substring(word))) else {
                throw malformed("\(key) has '\(Substring(word))'", line: line)
            }
            numbers.append(number)
        }
        guard numbers.count == count else {
            throw malformed("\(key) has \(numbers.count) values where \(count) are due", line: line)
        }
        return numbers
    }
}
