import Hummingbird
import Plant

/// What stands behind the question mark, read strictly: what is not understood is refused, never ignored.
///
/// No refusal repeats a value: people put tokens into the wrong place.
struct Query: Sendable {
    private let values: [String: String]

    static let empty = Query()

    private init() { values = [:] }

    /// - Throws: ``Problem`` where a name stands twice or the encoding is broken.
    init(_ text: String?) throws(Problem) {
        var values: [String: String] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves[0].percentDecoded, let value = (halves.count > 1 ? halves[1] : "").percentDecoded
            else {
                throw Problem(.badRequest, "A part of the query is not percent-encoded UTF-8.")
            }
            guard !name.utf8.contains(0), !value.utf8.contains(0) else {
                throw Problem(.badRequest, "The query holds a NUL character, which nothing here has.")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem(.badRequest, "The query names '\(name)' twice.")
            }
        }
        self.values = values
    }

    /// - Throws: ``Problem`` for the first name that the operation does not know.
    func allow(only names: String...) throws(Problem) { try allow(only: names) }

    /// - Throws: ``Problem`` for the first name that the operation does not know.
    func allow(only names: [String]) throws(Problem) {
        guard let unknown = values.keys.filter({ !names.contains($0) }).min() else { return }
        let known = names.isEmpty ? "takes none" : "knows \(names.sorted().joined(separator: ", "))"
        throw Problem(.badRequest, "The query parameter '\(unknown)' is unknown; this operation \(known).")
    }

    func text(_ name: String) -> String? { values[name] }

    func flag(_ name: String) throws(Problem) -> Bool? {
        switch values[name] {
        case nil: nil
        case "true": true
        case "false": false
        case .some: throw Problem(.badRequest, "The query's \(name) is 'true' or 'false'.")
        }
    }

    func instant(_ name: String) throws(Problem) -> Instant? {
        guard let text = values[name] else { return nil }
        guard let instant = Instant(text) else {
            throw Problem(.badRequest, "The query's \(name) is a time such as 2026-01-31T06:00:00Z.")
        }
        return instant
    }

    func id<Entity>(_ name: String) throws(Problem) -> ID<Entity>? {
        guard let text = values[name] else { return nil }
        guard let id = ID<Entity>(text) else {
            throw Problem(.badRequest, "The query's \(name) is a UUID.")
        }
        return id
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let text = values[name] else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "The query's \(name) is a whole number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(Problem) -> Double? {
        guard let text = values[name] else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw Problem(
                .badRequest,
                "The query's \(name) is a number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }

    /// How many elements a page may have: 100 where nothing is said.
    func limit(max: Int64 = 1_000) throws(Problem) -> Int { Int(try integer("limit", in: 1...max) ?? 100) }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) throws(Problem) -> Choice?
    where Choice.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.badRequest, "The query's \(name) is one of \(known).")
        }
        return choice
    }
}
