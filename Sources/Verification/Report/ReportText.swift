import Foundation

/// A report as a page for people: Markdown, or HTML that prints well.
package enum ReportText {
    /// How a report is written, by the name of its file.
    package enum Style: Sendable {
        case markdown, html

        /// Nil for a name that ends otherwise than in `.md`, `.markdown`, `.html` or `.htm`.
        package init?(path: String) {
            let name = path.lowercased()
            if name.hasSuffix(".md") || name.hasSuffix(".markdown") {
                self = .markdown
            } else if name.hasSuffix(".html") || name.hasSuffix(".htm") {
                self = .html
            } else {
                return nil
            }
        }
    }

    package static func text(_ report: IsolationReport, _ style: Style) -> String {
        switch style {
        case .markdown: blocks(of: report).map(markdown).joined(separator: "\n\n") + "\n"
        case .html: page(report.verdict, blocks(of: report).map(html).joined(separator: "\n"))
        }
    }

    // MARK: - What it says

    private enum Block {
        case title(String), heading(String), paragraph(String), list([String]), table([String], [[String]])
    }

    private static func blocks(of report: IsolationReport) -> [Block] {
        [
            .title("Isolation of \(report.server)"),
            .paragraph(report.verdict),
            .table(["What", "Value"], facts(report)),
        ] + findings(report) + unreached(report) + [
            .heading("Who asked"),
            .table(["Identity", "Requests"], report.identities.map { [$0.name, "\($0.requests)"] }),
            .heading("Operations"),
            .paragraph(
                "Each with the statuses of the answers, by what was tried. Beside each request about what is B's stood "
                    + "the same about what is nobody's."
            ),
            .table(["Operation", "Requests"] + Aim.allCases.map(\.rawValue), report.operations.map(row)),
        ] + rest(report)
    }

    private static func facts(_ report: IsolationReport) -> [[String]] {
        [
            ["Server", report.server], ["Server's version", report.serverVersion],
            ["Contract", "version \(report.contractVersion), SHA-256 \(report.contractDigest)"],
            ["Judged by", "eagle \(report.verifierVersion)"], ["From", report.startedAt], ["Until", report.endedAt],
            ["Canary organizations", report.organizations.joined(separator: ", ")],
            ["Requests", "\(report.requestCount)"],
            [
                "Operations walked",
                "\(report.coveredCount) of \(report.operations.count) (\(report.coveragePercent) %)",
            ],
            ["Findings", "\(report.findings.count)"],
            ["Looked through besides", report.searched.isEmpty ? "nothing" : report.searched.joined(separator: "; ")],
            [
                "Left behind",
                report.leftBehind.isEmpty ? "nothing" : report.leftBehind.joined(separator: "; "),
            ],
        ]
    }

    private static func findings(_ report: IsolationReport) -> [Block] {
        guard !report.findings.isEmpty else { return [] }
        return [
            .heading("Findings"),
            .table(
                ["Kind", "Where", "Who, and what was tried", "Request", "Expected", "Came"],
                report.findings.map { finding in
                    [
                        finding.kind.rawValue, finding.place,
                        [finding.identity, finding.aim].filter { !$0.isEmpty }.joined(separator: ": "),
                        finding.request + (finding.requestID.map { " (request \($0))" } ?? ""), finding.expected,
                        finding.found,
                    ]
                }
            ),
        ]
    }

    private static func unreached(_ report: IsolationReport) -> [Block] {
        let missing = report.unreached.map { "\($0.method) \($0.path): \($0.unreached ?? "")" } + report.unsearched
        guard !missing.isEmpty else { return [] }
        return [.heading("Not reached"), .list(missing)]
    }

    private static func row(_ row: IsolationReport.Row) -> [String] {
        ["\(row.method) \(row.path)", "\(row.requestCount)"]
            + Aim.allCases.map { (row.statuses[$0.rawValue] ?? []).joined(separator: " ") }
    }

    private static func rest(_ report: IsolationReport) -> [Block] {
        var blocks: [Block] = []
        if !report.notExercised.isEmpty {
            blocks += [.heading("Not exercised as it should have been"), .list(report.notExercised)]
        }
        if !report.exemptions.isEmpty {
            blocks += [
                .heading("Left out, or known to tell a little"),
                .list(report.exemptions.map { "\($0.operation), \($0.aim.rawValue): \($0.reason)" }),
            ]
        }
        return blocks + [
            .heading("Limits"),
            .list([
                "Times are not judged: whether an answer about another's thing comes sooner or later was not measured.",
                "What was found holds for this server, this version and this moment; another version is to be asked again.",
                "Only what the server's own contract lists was tried. Its hash above says which contract that was.",
            ]),
        ]
    }

    // MARK: - How it is written

    private static func markdown(_ block: Block) -> String {
        func cell(_ text: String) -> String {
            text.replacing("|", with: "\\|").replacing("\n", with: " ").replacing("<", with: "&lt;")
        }
        switch block {
        case .title(let text): return "# \(cell(text))"
        case .heading(let text): return "## \(text)"
        case .paragraph(let text): return cell(text)
        case .list(let items): return items.map { "- \(cell($0))" }.joined(separator: "\n")
        case .table(let head, let rows):
            let lines = [head, head.map { _ in "---" }] + rows
            return lines.map { "| " + $0.map(cell).joined(separator: " | ") + " |" }.joined(separator: "\n")
        }
    }

    private static func html(_ block: Block) -> String {
        switch block {
        case .title(let text): return "<h1>\(escaped(text))</h1>"
        case .heading(let text): return "<h2>\(escaped(text))</h2>"
        case .paragraph(let text): return "<p>\(escaped(text))</p>"
        case .list(let items): return "<ul>" + items.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
        case .table(let head, let rows):
            func row(_ cells: [String], _ tag: String) -> String {
                "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
            }
            let body = rows.map { row($0, "td") }.joined(separator: "\n")
            return "<table><thead>\(row(head, "th"))</thead><tbody>\n\(body)\n</tbody></table>"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static func page(_ title: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\(escaped(title))</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #111 }
        h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem }
        h1 + p { font-size: 1.15rem; font-weight: 600 }
        table { border-collapse: collapse; width: 100%; font-size: .85rem }
        th, td { border: 1px solid #bbb; padding: .25rem .4rem; text-align: left; vertical-align: top;
          overflow-wrap: anywhere }
        th { background: #eee }
        @media print { body { margin: 0; max-width: none; font-size: 9pt } thead { display: table-header-group }
          tr { break-inside: avoid } h2 { break-after: avoid } @page { size: A4 landscape; margin: 12mm } }
        </style></head><body>
        \(body)
        </body></html>

        """
    }
}
