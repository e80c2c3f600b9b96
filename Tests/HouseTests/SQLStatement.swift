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
        guard index < words.count, words[index] != "(", words[index] != "?" else { return [] }
        return [words[index]]
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

    /// How often a condition compares the organization: with `=` or `IN`, in a `USING`, or in a compared tuple.
    var organizationConditions: Int {
        var count = 0
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
            if index + 1 < words.count, ["=", "in"].contains(words[index + 1]) {
                count += 1
                // `a.organization_id = b.organization_id` is one condition.
                if words[(index + 2)...].prefix(3).contains("organization_id") { index += 4 }
            } else if words[before] == "=" || standsInTuple(before) {
                count += 1
            }
        }
        return count
    }

    private static let clauses: Set<String> = [
        "where", "on", "having", "using", "select", "set", "from", "join", "values", "returning", "order", "group",
    ]

    /// Whether the bracket at the index opens a `USING` list or a tuple that is compared.
    private func standsInTuple(_ open: Int) -> Bool {
        guard words[open] == "(" else { return false }
        if open > 0, words[open - 1] == "using" { return true }
        guard let close = words[open...].firstIndex(of: ")"), close + 1 < words.count else { return false }
        return open > 0 && ["where", "and", "on"].contains(words[open - 1])
            && ["=", "<", ">", "in"].contains(words[close + 1])
    }

    /// Whether the column list of every `INSERT INTO` names the organization.
    var insertsNameOrganization: Bool {
        words.indices.filter { words[$0] == "into" }.allSatisfy { into in
            let list = words[into...].prefix { $0 != ")" }
            return list.contains("organization_id")
        }
    }
}
