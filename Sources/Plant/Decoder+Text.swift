extension Decoder {
    /// The value that the one text which is there names.
    ///
    /// - Parameters:
    ///   - parse: Makes the value; nil of a text that names none.
    ///   - complaint: What is said of such a text, behind it.
    /// - Returns: The value.
    /// - Throws: `DecodingError`.
    package func value<Value>(_ parse: (String) -> Value?, orSay complaint: String) throws -> Value {
        let text = try singleValueContainer().decode(String.self)
        guard let value = parse(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "'\(text)' \(complaint)")
            )
        }
        return value
    }
}
