/// What is wrong in a file or a body someone handed in, where, and what to do about it.
package struct FileError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case notFound, unreadable, notWritable, empty, notGzip, truncated, invalidUTF8
        case unterminatedQuote, strayQuote, fieldCount, rowTooLong, tooManyRows
        case columnMissing, columnRepeated, valueUnreadable, noReadings
        case syntax, schema
    }

    package let code: Code
    /// The file's path as it was given, or what the body is called.
    package let path: String
    /// From 1; nil where the whole file is meant.
    package let line: Int?
    /// From 1, in characters of the line.
    package let column: Int?
    /// What is wrong and what to do.
    package let message: String

    package init(_ code: Code, path: String, line: Int? = nil, column: Int? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.line = line
        self.column = column
        self.message = message
    }
}

extension FileError: CustomStringConvertible {
    /// `readings.csv:17:5: ...`, as compilers write it, so that editors find the place.
    package var description: String {
        var place = path
        if let line { place += ":\(line)" }
        if let line, line > 0, let column { place += ":\(column)" }
        return "\(place): \(message)"
    }
}
