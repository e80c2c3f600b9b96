import FoundationEssentials

/// Feature rows with the outputs they must give: replayed at every load.
package struct GoldenVectors: Hashable, Sendable, Codable {
    /// Enough to tell two models apart, and replayed in a moment.
    package static let rowCountMax = 10_000

    package let rowCount: Int
    package let columnCount: Int
    /// Row-major Float32, little-endian.
    private let features: Data
    private let outputs: [String: Data]

    package init(features: [Float], columnCount: Int, outputs: [String: [Float]]) {
        rowCount = columnCount == 0 ? 0 : features.count / columnCount
        self.columnCount = columnCount
        self.features = Self.pack(features)
        self.outputs = outputs.mapValues(Self.pack)
    }

    /// Reads what was written.
    ///
    /// - Throws: `DecodingError` also where the elements do not make whole rows.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        rowCount = try values.decode(Int.self, forKey: .rowCount)
        columnCount = try values.decode(Int.self, forKey: .columnCount)
        features = try values.decode(Data.self, forKey: .features)
        outputs = try values.decode([String: Data].self, forKey: .outputs)
        guard (1...Self.rowCountMax).contains(rowCount), rowCount <= features.count, columnCount > 0,
            features.count.isMultiple(of: 4 * rowCount),
            features.count / 4 / rowCount == columnCount,
            outputs.values.allSatisfy({ !$0.isEmpty && $0.count.isMultiple(of: 4 * rowCount) })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .features,
                in: values,
                debugDescription: "the elements do not make \(rowCount) rows of \(columnCount) columns"
            )
        }
    }

    package var featureValues: [Float] { Self.unpack(features) }
    package var outputNames: [String] { outputs.keys.sorted() }
    package func output(_ name: String) -> [Float]? { outputs[name].map(Self.unpack) }

    /// The first output that differs by more than a tolerance; nil where all agree.
    package func firstDifference(from actual: [String: [Float]], tolerance: Float = 1e-6) -> String? {
        for name in outputNames {
            guard let expected = output(name), let given = actual[name], expected.count == given.count else {
                return "output '\(name)' is missing or has another shape"
            }
            for (index, (left, right)) in zip(expected, given).enumerated() {
                let allowed = tolerance * max(1, abs(left))
                guard abs(left - right) <= allowed else {
                    return "output '\(name)' gives \(right) at element \(index), where \(left) was recorded"
                }
            }
        }
        return nil
    }

    private static func pack(_ values: [Float]) -> Data {
        var data = Data(capacity: values.count * 4)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
        return data
    }

    private static func unpack(_ data: Data) -> [Float] {
        let bytes = [UInt8](data)
        return stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).map { start in
            let pattern = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
            return Float(bitPattern: pattern)
        }
    }
}
