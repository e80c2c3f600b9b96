import CLightGBM

extension Booster {
    /// What a prediction says of a row.
    package enum Output: Sendable {
        /// The trees' sum, one per class.
        case rawScore
        /// The objective's own reading of it: a probability, or one per class.
        case response
        /// The number of the leaf that each tree ends in.
        case leafIndices
        /// TreeSHAP: each feature's share of the raw score and, last, its expected value; so for each class.
        case contributions

        var code: CInt {
            switch self {
            case .rawScore: CInt(clightgbm_predict_raw_score)
            case .response: CInt(clightgbm_predict_response)
            case .leafIndices: CInt(clightgbm_predict_leaf_index)
            case .contributions: CInt(clightgbm_predict_contributions)
            }
        }
    }

    /// Predicts row by row.
    ///
    /// - Parameters:
    ///   - output: What to say of each row.
    ///   - values: `Float32`, row-major, shape `[rows, columns]`; `NaN` is a missing value.
    ///   - rows: None gives an empty answer.
    ///   - columns: The model's ``featureCount``.
    ///   - iterations: How many, from the first; nil uses all.
    ///   - threads: How many of OpenMP's.
    /// - Returns: Row-major, shape `[rows, classes]`, `[rows, trees]` for leaf indices,
    ///   or `[rows, classes * (columns + 1)]` for contributions.
    /// - Throws: ``LightGBMError`` with `.invalidArgument` where shapes do not fit, or `.refused`.
    package func predict(
        _ output: Output,
        values: UnsafeBufferPointer<Float>,
        rows: Int,
        columns: Int,
        iterations: Int? = nil,
        threads: Int = 1
    ) throws(LightGBMError) -> [Double] {
        let shape = try Shape(values, rows: rows, columns: columns)
        let width = try featureCount
        guard columns == width else {
            throw LightGBMError(.invalidArgument, "rows have \(columns) columns, the model \(width)")
        }
        guard rows > 0, let base = values.baseAddress else { return [] }
        let iterationCount = iterations.map { CInt(clamping: $0) } ?? -1
        let parameters = try Parameters(["num_threads": String(threads), "verbosity": "-1"]).text()
        var count: Int64 = 0
        try library.call {
            $0.boosterCalculatePredictionCount(handle, shape.rows, output.code, 0, iterationCount, &count)
        }
        var predictions = [Double](repeating: 0, count: Int(count))
        var written: Int64 = 0
        try library.call {
            $0.boosterPredictForMatrix(
                handle,
                base,
                CInt(clightgbm_float32),
                shape.rows,
                shape.columns,
                1,
                output.code,
                0,
                iterationCount,
                parameters,
                &written,
                &predictions
            )
        }
        guard written == count else {
            throw LightGBMError(.refused, "\(written) predictions came back where \(count) were due")
        }
        return predictions
    }

    /// As ``predict(_:values:rows:columns:iterations:threads:)`` with an array's values.
    package func predict(
        _ output: Output,
        values: [Float],
        rows: Int,
        columns: Int,
        iterations: Int? = nil,
        threads: Int = 1
    ) throws(LightGBMError) -> [Double] {
        try values.withUnsafeBufferPointer { (buffer) throws(LightGBMError) in
            try predict(
                output,
                values: buffer,
                rows: rows,
                columns: columns,
                iterations: iterations,
                threads: threads
            )
        }
    }
}
