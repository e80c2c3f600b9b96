/// A statement: its text as it is written, and what is bound to it.
///
/// Interpolation only binds: what stands in `\(…)` never becomes part of the text, but for another
/// statement's text, a quoted ``init(identifier:)`` and the engine's own words, see ``SQLFragment``.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    enum Part: Sendable {
        case text(String)
        case binding(SQLValue)
        case identifier(String)
        case fragment(SQLFragment)
    }

    var parts: [Part]

    package init(stringLiteral text: String) { parts = [.text(text)] }
    package init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

    /// A table's or column's name that is known only at run time, quoted by the engine's rules.
    package init(identifier: String) { parts = [.identifier(identifier)] }

    package struct StringInterpolation: StringInterpolationProtocol {
        var parts: [Part] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(2 * interpolationCount + 1)
        }

        package mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { parts.append(.text(literal)) }
        }

        package mutating func appendInterpolation(_ value: some SQLConvertible) {
            parts.append(.binding(value.sqlValue))
        }

        /// NULL where there is no value.
        package mutating func appendInterpolation<Value: SQLConvertible>(_ value: Value?) {
            parts.append(.binding(value?.sqlValue ?? .null))
        }

        /// A statement within a statement, with its own bindings.
        package mutating func appendInterpolation(_ statement: SQL) { parts += statement.parts }

        package mutating func appendInterpolation(identifier: String) { parts.append(.identifier(identifier)) }

        package mutating func appendInterpolation(type fragment: SQLFragment) { parts.append(.fragment(fragment)) }

        package mutating func appendInterpolation(table fragment: SQLFragment) { parts.append(.fragment(fragment)) }

        package mutating func appendInterpolation(clause fragment: SQLFragment) { parts.append(.fragment(fragment)) }
    }
}

extension SQL {
    /// The statements one behind the other, with `separator` between them: `\(SQL.joined(names, by: ", "))`.
    package static func joined(_ statements: [SQL], by separator: SQL) -> SQL {
        var joined = SQL(stringLiteral: "")
        for (index, statement) in statements.enumerated() {
            if index > 0 { joined.parts += separator.parts }
            joined.parts += statement.parts
        }
        return joined
    }

    /// The text in one engine's dialect, its parameters numbered `$1…$n`, and their values in that order.
    package func rendered(in dialect: SQLDialect) -> (text: String, bindings: [SQLValue]) {
        var text = ""
        var bindings: [SQLValue] = []
        text.reserveCapacity(512)
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .binding(let value):
                bindings.append(value)
                text += "$"
                text += String(bindings.count)
            case .identifier(let name): text += dialect.quoted(name)
            case .fragment(let fragment): text += dialect.text(of: fragment)
            }
        }
        return (text, bindings)
    }
}
