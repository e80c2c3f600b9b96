import Alarms
import ArgumentParser
import Connectors
import Foundation
import Serving

/// Brings the former alarm server's setpoint configurations along.
struct ImportRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make rules of the former alarm server's setpoint configurations.",
        discussion: """
            Reads a CSV or JSON export with name, type, zone, scadaField, setpointField, lowDeviation and highDeviation. \
            The rules judge as that server did: outside the band WARNING, outside by more than 10 CRITICAL, in whatever \
            unit. With --output the schema is written with them added; else the rules are printed.
            """
    )

    private struct Outcome: Encodable {
        struct Remark: Encodable {
            let line: Int
            let column: Int
            let message: String
        }

        let rules: [AlarmRule]
        let notes: [Remark]
        let refused: [Remark]
    }

    @Argument(help: ArgumentHelp("The export: .csv or .json.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The schema that has the tags.", valueName: "file"))
    var schema: String

    @Option(
        help: ArgumentHelp(
            "Where to write the schema with the rules added; it may be the schema itself.",
            valueName: "file"
        )
    )
    var output: String?

    @Flag(help: "Print the rules and what was refused as JSON.")
    var json = false

    func run() async throws {
        let document = try SchemaFile.load(path: schema)
        let found = try SetpointFile.load(path: file, for: document)
        for remark in found.notes { Console.note("\(file):\(remark.line):\(remark.column): note: \(remark.message)") }
        for remark in found.refused {
            Console.note("\(file):\(remark.line):\(remark.column): not taken over: \(remark.message)")
        }
        if let output { try write(found.rules, document, to: output) }
        if json {
            func remarks(_ all: [SetpointImport.Remark]) -> [Outcome.Remark] {
                all.map { Outcome.Remark(line: $0.line, column: $0.column, message: $0.message) }
            }
            try Console.writeJSON(
                Outcome(rules: found.rules, notes: remarks(found.notes), refused: remarks(found.refused))
            )
        } else if output == nil {
            Console.write((["rules:"] + RulesText.lines(of: found.rules)).joined(separator: "\n"))
        }
        let rules = OperatorText.count(found.rules.count, "rule")
        Console.note("\(rules) taken over, \(OperatorText.count(found.refused.count, "row")) not")
        if output != nil { Console.note("Next: eagle rules rehearse --schema \(output ?? "") --readings ...") }
    }

    private func write(_ rules: [AlarmRule], _ document: SchemaDocument, to output: String) throws {
        let text = try SchemaFile.text(path: schema)
        if let merged = try RulesText.merged(rules, into: text, path: schema) {
            return try OutputFile.write(Array(merged.utf8), to: output)
        }
        guard schema.lowercased().hasSuffix(".json") else {
            Console.write((["rules:"] + RulesText.lines(of: rules)).joined(separator: "\n"))
            throw CommandError("\(schema): its rules stand in one line: add those above by hand, nothing was written")
        }
        let whole = try SchemaDocument(
            schema: document.schema,
            rules: document.rules + rules,
            parentAssets: document.parentAssets,
            costWeights: document.costWeights
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try OutputFile.write(Array(try encoder.encode(whole)), to: output)
    }
}
