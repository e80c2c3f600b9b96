extension Session {
    /// The index of an output by its name.
    package func output(named name: String) throws(ONNXRuntimeError) -> Int {
        guard let index = outputs.firstIndex(where: { $0.name == name }) else {
            throw ONNXRuntimeError(
                .signatureMismatch,
                "the model has no output '\(name)', only \(outputs.map(\.name).joined(separator: ", "))"
            )
        }
        return index
    }

    /// Runs the model.
    ///
    /// - Parameters:
    ///   - values: `Float32`, row-major, shape `[rows, columns]`; `NaN` is a missing value.
    ///   - rows: None gives empty outputs.
    ///   - columns: The model's own width.
    ///   - names: The outputs to compute.
    /// - Returns: For each name, in order, row-major values of shape `[rows, width]`.
    /// - Throws: ``ONNXRuntimeError`` with `.shapeMismatch`, `.signatureMismatch` or `.runFailed`.
    /// - Complexity: One call into the runtime, however many the rows.
    package func run(
        _ values: UnsafeBufferPointer<Float>,
        rows: Int,
        columns: Int,
        outputs names: [String]
    ) throws(ONNXRuntimeError) -> [[Float]] {
        var indices: [Int] = []
        for name in names { indices.append(try output(named: name)) }
        let widths = indices.map { outputs[$0].width }
        let room = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(0, rows) * widths.reduce(0, +))
        defer { room.deallocate() }
        var results: [(output: Int, values: UnsafeMutableBufferPointer<Float>)] = []
        var start = 0
        for (index, width) in zip(indices, widths) {
            let end = start + max(0, rows) * width
            results.append((index, UnsafeMutableBufferPointer(rebasing: room[start..<end])))
            start = end
        }
        try run(values, rows: rows, columns: columns, into: results)
        return results.map { Array($0.values) }
    }

    /// As ``run(_:rows:columns:outputs:)`` with an array's values.
    package func run(
        _ values: [Float],
        rows: Int,
        columns: Int,
        outputs names: [String]
    ) throws(ONNXRuntimeError) -> [[Float]] {
        try values.withUnsafeBufferPointer { (buffer) throws(ONNXRuntimeError) in
            try run(buffer, rows: rows, columns: columns, outputs: names)
        }
    }
}
