package import Alarms
import Plant

/// Setpoint configurations of the furnace line's former alarm server, read as rules that judge as it did.
///
/// A value outside the band around its set value warned there, and one outside by more than 10, in whatever unit, was
/// critical; a boolean tag was critical while it was true.
package struct SetpointImport: Sendable {
    /// A row that can't be a rule, or is none as it stands.
    package struct Remark: Hashable, Sendable {
        package let line: Int
        package let column: Int
        package let message: String
    }

    package private(set) var rules: [AlarmRule] = []
    /// Rows that were not taken over, and why.
    package private(set) var refused: [Remark] = []
    /// What is worth a look in those that were.
    package private(set) var notes: [Remark] = []

    /// In the tag's own unit, whatever it is.
    static let criticalBeyond = 10.0

    private let document: SchemaDocument

    init(for document: SchemaDocument) { self.document = document }

    /// Takes over one row, or says why not.
    mutating func take(_ row: SetpointRow) {
        let schema = document.schema
        let tag = schema.columnMapping[row.field.text] ?? row.field.text
        guard let kind = schema.tags.first(where: { $0.name == tag })?.kind else {
            return refuse(row.field, "the schema has no tag '\(tag)': name it in continuousColumns or booleanColumns")
        }
        let check: AlarmRule.Check
        switch kind {
        case .boolean: check = .binary(.critical)
        case .continuous:
            guard let setpoint = setpointCheck(of: row, tag: tag) else { return }
            check = .setpoint(setpoint)
        }
        let zone = row.zone.map { " (\($0))" } ?? ""
        var rule = AlarmRule(id: "", tag: tag, check: check, message: row.name.map { $0 + zone })
        if let same = (document.rules + rules).first(where: { $0.tag == tag && $0.check == check }) {
            return refuse(row.field, "rule '\(same.id)' says the same of '\(tag)' already")
        }
        rule.id = freeID(for: tag)
        if let problem = rule.problems(tags: schema.tags).first { return refuse(row.field, "\(problem)") }
        rules.append(rule)
    }

    /// The band; nil where the former server's never alarmed, or means nothing.
    private mutating func setpointCheck(of row: SetpointRow, tag: String) -> SetpointCheck? {
        let reference: SetpointCheck.Reference
        if let constant = row.setpoint {
            reference = .constant(constant)
        } else {
            guard let field = row.setpointField, field.text != row.field.text else {
                refuse(
                    row.field,
                    "'\(tag)' has no set value: the former server took the value itself for it, and never alarmed; "
                        + "write a limit rule where one is wanted"
                )
                return nil
            }
            let setpointTag = document.schema.columnMapping[field.text] ?? field.text
            guard document.schema.tags.contains(Tag(name: setpointTag, kind: .continuous)) else {
                refuse(field, "the schema has no number '\(setpointTag)': name it in continuousColumns")
                return nil
            }
            reference = .tag(setpointTag)
        }
        let fallback = row.kind.band
        let missing = [("lowDeviation", row.low), ("highDeviation", row.high)].filter { $0.1 == nil }.map(\.0)
        if !missing.isEmpty {
            let sides = missing.joined(separator: " and ")
            guard fallback != nil else {
                refuse(row.field, "it has no \(sides), and the former server had none for its type: give \(sides)")
                return nil
            }
            note(row.field, "it has no \(sides) of its own: its type's was taken, as the former server did")
        }
        guard let low = row.low?.value ?? fallback?.low, let high = row.high?.value ?? fallback?.high else {
            return nil
        }
        if let given = row.low, low > 0 {
            refuse(
                given.place,
                "lowDeviation is \(low): added to the set value it is the low limit, so negative or zero"
            )
            return nil
        }
        if let given = row.high, high < 0 {
            refuse(
                given.place,
                "highDeviation is \(high): added to the set value it is the high limit, so positive or zero"
            )
            return nil
        }
        return SetpointCheck(
            setpoint: reference,
            lowDeviation: low,
            highDeviation: high,
            criticalBeyond: Self.criticalBeyond
        )
    }

    private func freeID(for tag: String) -> String {
        let taken = Set((document.rules + rules).map(\.id))
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
        let base = String(tag.map { letters.contains($0) ? $0 : "-" }.prefix(80))
        var (id, number) = (base, 2)
        while taken.contains(id) {
            id = "\(base)-\(number)"
            number += 1
        }
        return id
    }

    private mutating func refuse(_ place: SetpointRow.Text, _ message: String) {
        refused.append(Remark(line: place.line, column: place.column, message: message))
    }

    private mutating func note(_ place: SetpointRow.Text, _ message: String) {
        notes.append(Remark(line: place.line, column: place.column, message: message))
    }
}

/// One configuration as a file has it.
struct SetpointRow {
    /// A text, and where it stands.
    struct Text {
        let text: String
        let line: Int
        let column: Int
    }

    struct Number {
        let value: Double
        let place: Text
    }

    /// What the former server called the types for which it had bands of its own.
    enum Kind {
        case temperature, carbon, oil, other

        init(_ text: String?) {
            switch text?.uppercased() {
            case "TEMPERATURE": self = .temperature
            case "CARBON": self = .carbon
            case "OIL": self = .oil
            default: self = .other
            }
        }

        /// Where no band is stored.
        var band: (low: Double, high: Double)? {
            switch self {
            case .temperature: (-10, 10)
            case .carbon: (-0.05, 0.05)
            case .oil: (0, 20)
            case .other: nil
            }
        }
    }

    let field: Text
    var name: String?
    var kind = Kind.other
    var zone: String?
    var setpointField: Text?
    var setpoint: Double?
    var low: Number?
    var high: Number?

    /// The names under which files have each value, in lower case and without underscores.
    enum Column: String, CaseIterable {
        case name, type, zone, scadaField, setpointField, setpoint, lowDeviation, highDeviation

        /// Nil for a column that no rule is made of.
        init?(heading: String) {
            let plain = heading.lowercased().filter { $0 != "_" && $0 != " " }
            guard let column = Self.allCases.first(where: { $0.rawValue.lowercased() == plain }) else { return nil }
            self = column
        }
    }

    /// - Throws: ``FileError`` at what is no number, or where the scada field is missing.
    init(_ values: [Column: Text], at row: (line: Int, column: Int), path: String) throws(FileError) {
        func text(_ column: Column) -> String? { values[column].map(\.text).flatMap { $0.isEmpty ? nil : $0 } }
        func number(_ column: Column) throws(FileError) -> Number? {
            guard let place = values[column], !place.text.isEmpty else { return nil }
            guard let value = Double(place.text), value.isFinite else {
                throw FileError(
                    .valueUnreadable,
                    path: path,
                    line: place.line,
                    column: place.column,
                    "'\(place.text)' is no number: \(column.rawValue) is one such as -30"
                )
            }
            return Number(value: value, place: place)
        }
        guard let field = values[.scadaField], !field.text.isEmpty else {
            throw FileError(
                .valueUnreadable,
                path: path,
                line: values[.scadaField]?.line ?? row.line,
                column: values[.scadaField]?.column ?? row.column,
                "scadaField is missing: name the column that the rule is about"
            )
        }
        self.field = field
        name = text(.name)
        kind = Kind(text(.type))
        zone = text(.zone)
        setpointField = values[.setpointField].flatMap { $0.text.isEmpty ? nil : $0 }
        setpoint = try number(.setpoint)?.value
        low = try number(.lowDeviation)
        high = try number(.highDeviation)
    }
}
