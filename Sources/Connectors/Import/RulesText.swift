package import Alarms
import Plant

/// Puts rules into a schema file as a person would: below those that are there, with all else as it stands.
package enum RulesText {
    /// The rules as a YAML list, a line each.
    package static func lines(of rules: [AlarmRule], indent: String = "  ") -> [String] {
        rules.map { "\(indent)- {\(pairs(of: $0).map { "\($0): \($1)" }.joined(separator: ", "))}" }
    }

    /// A YAML text with rules added, its comments and its order kept.
    ///
    /// - Returns: Nil where its rules do not stand in a block of their own, a line or more each.
    package static func merged(_ rules: [AlarmRule], into text: String, path: String) throws(FileError) -> String? {
        let before = try SchemaFile.parse(text, path: path)
        guard let merged = inserted(rules, into: text) else { return nil }
        let after = try? SchemaFile.parse(merged, path: path)
        let isWhole = after?.rules == before.rules + rules && after?.schema == before.schema
        let isSame = after?.parentAssets == before.parentAssets && after?.costWeights == before.costWeights
        return isWhole && isSame ? merged : nil
    }

    private static func inserted(_ rules: [AlarmRule], into text: String) -> String? {
        guard text.drop(while: \.isWhitespace).first != "{" else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("rules:") }) else {
            while lines.last?.isEmpty == true { lines.removeLast() }
            return (lines + ["rules:"] + Self.lines(of: rules) + [""]).joined(separator: "\n")
        }
        let rest = lines[start].dropFirst(6).prefix { $0 != "#" }.filter { $0 != " " }
        if rest == "[]" {
            lines[start] = "rules:"
        } else if !rest.isEmpty {
            return nil
        }
        let block = lines[(start + 1)...].prefix { line in
            line.first.map { $0 == " " || $0 == "-" || $0 == "#" || $0 == "\r" } ?? true
        }
        // Comments and blank lines behind the last rule belong to what follows.
        let last = block.lastIndex { line in line.first(where: { $0 != " " }).map { $0 != "#" && $0 != "\r" } ?? false }
        let first = block.first { $0.first(where: { $0 != " " }) == "-" }
        let indent = first.map { String($0.prefix { $0 == " " }) } ?? "  "
        lines.insert(contentsOf: Self.lines(of: rules, indent: indent), at: (last ?? start) + 1)
        return lines.joined(separator: "\n")
    }

    private static func pairs(of rule: AlarmRule) -> [(String, String)] {
        var pairs = [("id", plain(rule.id)), ("kind", rule.check.kind.rawValue), ("tag", plain(rule.tag))]
        switch rule.check {
        case .setpoint(let check):
            switch check.setpoint {
            case .tag(let tag): pairs.append(("setpointTag", plain(tag)))
            case .constant(let value): pairs.append(("setpoint", number(value)))
            }
            if let low = check.lowDeviation { pairs.append(("lowDeviation", number(low))) }
            if let high = check.highDeviation { pairs.append(("highDeviation", number(high))) }
            if let beyond = check.criticalBeyond { pairs.append(("criticalBeyond", number(beyond))) }
        case .binary(let severity): pairs.append(("severity", severity.rawValue))
        case .limit, .rateOfChange, .stale: preconditionFailure("only what an import makes is written here")
        }
        if let message = rule.message { pairs.append(("message", quoted(message))) }
        return pairs
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    /// As it is where YAML takes it for a text, else in quotes.
    private static func plain(_ text: String) -> String {
        let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        let isPlain =
            text.first?.isLetter == true && !words.contains(text.lowercased())
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return isPlain ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 32:
                quoted += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
