import Plant

/// One JSON object as a row: its keys are columns, and `quality` says how far their values are vouched for.
struct JSONRow {
    private static let qualityKey = "quality"

    private(set) var values: [SourceValue]
    private(set) var notGood: Set<Int> = []
    private let columns: PushColumns

    init(columns: PushColumns) {
        self.columns = columns
        values = Array(repeating: .missing, count: columns.names.count)
    }

    /// Reads the rest of an object whose opening brace has been read.
    ///
    /// Returns what makes it no row, though it is sound JSON; nil for a good one.
    mutating func read(
        _ scanner: inout JSONScanner,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ sink: inout PushSink
    ) throws(JSONScanner.Fault) -> String? {
        for index in values.indices { values[index] = .missing }
        notGood.removeAll(keepingCapacity: true)
        var complaint: String?
        if scanner.skip("}") { return nil }
        repeat {
            let key = try scanner.key()
            let value = try scanner.value()
            guard let column = columns.index(of: key) else {
                if key == Self.qualityKey, case .object = value {
                    complaint = try readQuality(&scanner) ?? complaint
                } else {
                    try scanner.skipRest(of: value)
                }
                continue
            }
            sink.found(column)
            switch value {
            case .null: values[column] = .missing
            case .boolean(let flag): values[column] = .boolean(flag)
            case .string(let text): values[column] = .text(text)
            case .number(let number, let range):
                values[column] =
                    columns.isTag[column] ? .number(number) : .text(String(decoding: bytes[range], as: UTF8.self))
            case .object where key == Self.qualityKey: complaint = try readQuality(&scanner) ?? complaint
            case .object, .array:
                try scanner.skipRest(of: value)
                complaint = "the column '\(key)' holds a list or an object: one value is expected"
            }
        } while scanner.skip(",")
        try scanner.expect("}", "behind an object's last value")
        return complaint
    }

    private mutating func readQuality(_ scanner: inout JSONScanner) throws(JSONScanner.Fault) -> String? {
        var complaint: String?
        if scanner.skip("}") { return nil }
        repeat {
            let key = try scanner.key()
            let value = try scanner.value()
            try scanner.skipRest(of: value)
            guard case .string(let text) = value, let quality = Quality(rawValue: text.lowercased()) else {
                complaint = "the quality of '\(key)' is none of good, uncertain, bad"
                continue
            }
            if quality != .good, let column = columns.index(of: key) { notGood.insert(column) }
        } while scanner.skip(",")
        try scanner.expect("}", "behind the last quality")
        return complaint
    }
}
