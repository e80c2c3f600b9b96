/// One statement: which tables it touches, and where it says whose rows it means.
struct SQLStatement {
    let words: [String]

    /// A created table's name, and whether its rows belong to organizations.
    var createdTable: (name: String, hasOrganization: Bool)? {
        guard words.first == "create", let start = words.firstIndex(of: "table") else { return nil }
        let name = words[(start + 1)...].first { !["if", "not", "exists"].contains($0) }
        return name.map { ($0, words.contains("organization_id")) }
    }

    /// The tables read, changed or deleted from, each as often as it stands there.
    var tablesRead: [String] {
        words.indices.flatMap { index -> [String] in
            switch words[index] {
            case "from": fromList(after: index)
            case "join": name(at: index + 1)
            case "update" where index == 0 || !["do", "for", "on"].contains(words[index - 1]):
                name(at: words[index + 1] == "or" ? index + 3 : index + 1)
            case _: []
            }
        }
    }

    /// The tables that rows are put into.
    var tablesWritten: [String] {
        words.indices.flatMap { words[$0] == "into" ? name(at: $0 + 1) : [] }
    }

    private func name(at index: Int) -> [String] {
        guard index < words.count, words[index] != "(", !words[index].hasPrefix("?") else { return [] }
        return [words[index]]
    }

    /// Whether a table is named by code: which one it is can't be read here.
    var namesTableByCode: Bool {
        words.indices.dropLast().contains { index in
            let next = words[index + 1]
            guard next.hasPrefix("?") else { return false }
            switch words[index] {
            case "from", "join", "into": return true
            case "update": return index == 0 || !["do", "for", "on"].contains(words[index - 1])
            case _: return false
            }
        }
    }

    /// `FROM a, b AS c`: each name after the keyword or a comma, as far as the clause goes.
    private func fromList(after from: Int) -> [String] {
        var names = name(at: from + 1)
        var index = from + 2
        while index < words.count, isAlias(words[index]) || words[index] == "," {
            if words[index] == "," { names += name(at: index + 1) }
            index += words[index] == "," ? 2 : 1
        }
        return names
    }

    private static let keywords: Set<String> = [
        "where", "join", "left", "inner", "cross", "right", "full", "natural", "on", "using", "order", "group",
        "having",
        "limit", "union", "except", "intersect", "returning", "set", "values", "window", "indexed", "not", "for",
        "offset",
    ]

    private func isAlias(_ word: String) -> Bool {
        (word.first?.isLetter ?? false) && !Self.keywords.contains(word)
    }

    /// Where conditions say whose rows are meant.
    struct Conditions: Equatable {
        /// How often one compares the organization: with what is proven, with another table's, or in a `USING`.
        var count = 0
        /// How many of them compare it with what is proven, and not only tables with each other.
        var anchors = 0
    }

    /// What the statement's conditions say of the organization.
    ///
    /// - Parameter proven: The code of interpolations that are the organization's by proof.
    /// - Returns: Those that must hold for each row.
    func organizationConditions(proven: Set<String>) -> Conditions {
        var conditions = Conditions()
        var index = 0
        var clause = ""
        while index < words.count {
            defer { index += 1 }
            if Self.clauses.contains(words[index]) { clause = words[index] }
            guard words[index] == "organization_id", ["where", "on", "having", "using"].contains(clause) else {
                continue
            }
            let isQualified = index > 1 && words[index - 1] == "."
            let before = isQualified ? index - 3 : index - 1
            let table = isQualified ? words[index - 2] : nil
            switch comparison(at: index, of: table, after: before, proven) {
            case .none: break
            case .otherTable:
                conditions.count += isOptional(index) ? 0 : 1
                // `a.organization_id = b.organization_id` is one condition.
                if words[(index + 1)...].prefix(4).contains("organization_id") { index += 4 }
            case .proven:
                conditions.count += isOptional(index) ? 0 : 1
                conditions.anchors += isOptional(index) ? 0 : 1
            }
        }
        return conditions
    }

    private enum Comparison { case none, otherTable, proven }

    /// With what the organization at the index is compared.
    private func comparison(
        at index: Int,
        of table: String?,
        after before: Int,
        _ proven: Set<String>
    ) -> Comparison {
        func isProven(_ index: Int) -> Bool {
            words.indices.contains(index) && words[index].hasPrefix("?")
                && proven.contains(String(words[index].dropFirst()))
        }
        func word(_ index: Int) -> String { words.indices.contains(index) ? words[index] : "" }
        if word(index + 1) == "=" {
            if isProven(index + 2) { return .proven }
            // Its own organization is any.
            let isOther = word(index + 3) == "." && word(index + 4) == "organization_id" && word(index + 2) != table
            return isOther ? .otherTable : .none
        }
        if word(index + 1) == "in" {
            return word(index + 2) == "(" && word(index + 3) == "select" ? .otherTable : .none
        }
        if word(before) == "=" { return isProven(before - 1) ? .proven : .none }
        return tupleComparison(index, opening: before, isProven)
    }

    /// In a `USING` list, or in a tuple that equals one.
    private func tupleComparison(_ index: Int, opening open: Int, _ isProven: (Int) -> Bool) -> Comparison {
        guard words.indices.contains(open), words[open] == "(" else { return .none }
        if open > 0, words[open - 1] == "using" { return .otherTable }
        guard let close = words[open...].firstIndex(of: ")"), close + 2 < words.count, open > 0,
            ["where", "and", "on"].contains(words[open - 1]), words[close + 1] == "=", words[close + 2] == "("
        else { return .none }
        return isProven(close + 3) ? .proven : .none
    }

    /// Whether a row may pass without the condition at the index: where an `OR` stands beside it or beside a bracket
    /// around it, or a `NOT` before one of them.
    private func isOptional(_ index: Int) -> Bool {
        var depth = 0
        for place in words[index...].indices {
            if words[place] == "(" { depth += 1 }
            if words[place] == ")" { depth -= 1 }
            if depth < 0 || depth == 0 && Self.boundaries.contains(words[place]) { break }
            if depth == 0, words[place] == "or" { return true }
        }
        depth = 0
        for place in words[..<index].indices.reversed() {
            if words[place] == ")" { depth += 1 }
            if words[place] == "(" { depth -= 1 }
            if depth < 0 { return isOptional(place) }
            if depth == 0 && Self.boundaries.contains(words[place]) { return false }
            // A `NOT` holds for what follows at once: three words later is another condition.
            if depth == 0, words[place] == "or" || words[place] == "not" && index - place <= 3 { return true }
        }
        return false
    }

    /// What begins a clause, and so ends the one before.
    private static let boundaries: Set<String> = [
        "where", "on", "having", "using", "select", "set", "from", "join", "values", "returning", "order", "group",
        "limit", "union", "except", "intersect", "window",
    ]

    private static let clauses: Set<String> = [
        "where", "on", "having", "using", "select", "set", "from", "join", "values", "returning", "order", "group",
    ]

    /// Whether the column list of every `INSERT INTO` names the organization.
    var insertsNameOrganization: Bool {
        words.indices.filter { words[$0] == "into" }.allSatisfy { into in
            let list = words[into...].prefix { $0 != ")" }
            return list.contains("organization_id")
        }
    }
}
