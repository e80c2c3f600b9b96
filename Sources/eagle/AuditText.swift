import Plant
import Trust

/// Audit chains as a person reads them.
enum AuditText {
    static func line(_ entry: AuditEntry, names: [String: String]) -> String {
        let who = names[entry.actor] ?? entry.actor
        let facts = ["stage", "outcome", "status", "state", "count", "code"].compactMap { key in
            entry.metadata[key].map { "\(key) \($0)" }
        }
        let words = [entry.at.description, entry.action, who, entry.resource] + facts
        return "\(entry.number)  " + shown(words.joined(separator: "  "))
    }

    /// Some texts come from whoever asked: what would move a terminal's cursor, or turn its lines about, is only named.
    static func shown(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { shown, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
    }

    static func verdict(_ report: AuditReport) -> String {
        let chain = report.chain ?? "unknown"
        guard let finding = report.finding else {
            let counts = "\(report.entryCount) entries, \(report.headCount) signed heads"
            var lines = ["The chain of \(chain) is whole: \(counts)."]
            if let first = report.firstAt, let last = report.lastAt { lines.append("From \(first) to \(last).") }
            if let key = report.publicKey, let at = report.signedAt {
                lines.append("Signed at \(at) by \(key)")
                if !report.isKeyKnown {
                    lines.append(
                        "That key is the export's own word. Compare it with 'eagle audit key', or give --key."
                    )
                }
            }
            return lines.joined(separator: "\n")
        }
        return "The chain of \(chain) is BROKEN at entry \(finding.entry), line \(finding.line): "
            + "\(word(finding.kind)): \(finding.detail)."
    }

    private static func word(_ kind: AuditFinding.Kind) -> String {
        switch kind {
        case .altered: "altered"
        case .missing: "missing"
        case .outOfOrder: "out of order"
        case .doubled: "doubled"
        case .foreign: "another chain's"
        case .added: "added"
        case .rewritten: "rewritten"
        case .badSignature: "not signed"
        case .truncated: "cut off"
        case .predictionsDiffer: "not what is kept"
        }
    }
}
