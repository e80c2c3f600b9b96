/// LightGBM's parameters by name, written in one order whatever the order they were given in.
package struct Parameters: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package var values: [String: String]

    package init(_ values: [String: String] = [:]) { self.values = values }

    package init(dictionaryLiteral elements: (String, String)...) {
        values = Dictionary(elements) { _, last in last }
    }

    /// `name=value` pairs as the C API reads them.
    func text() throws(LightGBMError) -> String {
        var pairs: [String] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !(name + value).contains(where: { $0.isWhitespace || $0 == "=" }) else {
                throw LightGBMError(.invalidArgument, "parameter '\(name)' = '\(value)' holds a space or '='")
            }
            pairs.append(name + "=" + value)
        }
        return pairs.joined(separator: " ")
    }
}
