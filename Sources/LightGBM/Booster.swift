import CLightGBM

/// A model of LightGBM's: one that is being trained, or one read from its text.
///
/// Predictions may be made from several threads at once: the library locks.
package struct Booster: ~Copyable, Sendable {
    /// A metric's value on one of the validation datasets.
    package struct Evaluation: Hashable, Sendable {
        package let metric: String
        package let value: Double
    }

    let library: LightGBMLibrary
    nonisolated(unsafe) let handle: clightgbm_handle
    /// The library reads them as long as the booster trains, and does not own them.
    private var datasets: [BinnedRows]

    /// Begins training; nothing is learned before the first ``update()``.
    ///
    /// - Parameters:
    ///   - training: Rows with labels.
    ///   - parameters: `objective`, `num_leaves`, `learning_rate`, `metric`, `seed`, `num_threads` ...
    /// - Throws: ``LightGBMError`` with `.refused`, in the library's words.
    package init(training: borrowing Dataset, parameters: Parameters) throws(LightGBMError) {
        let rows = training.binned
        let text = try (["verbosity": "-1"] + parameters).text()
        var created: clightgbm_handle?
        try rows.library.call { $0.boosterCreate(rows.handle, text, &created) }
        guard let created else { throw LightGBMError(.refused, "no booster came back") }
        library = rows.library
        handle = created
        datasets = [rows]
    }

    /// Reads a model from the text that ``modelText(iterations:)`` wrote.
    ///
    /// A text that is cut off within its trees may end the process: check where it comes from first.
    package init(_ library: LightGBMLibrary, modelText: String) throws(LightGBMError) {
        var created: clightgbm_handle?
        var iterations: CInt = 0
        try library.call { $0.boosterLoadModelFromString(modelText, &iterations, &created) }
        guard let created else { throw LightGBMError(.refused, "no booster came back") }
        self.library = library
        handle = created
        datasets = []
    }

    deinit { _ = library.functions.boosterFree(handle) }

    /// Adds rows to judge by; they are numbered from 0 in the order in which they are added.
    package mutating func addValidation(_ dataset: borrowing Dataset) throws(LightGBMError) {
        let rows = dataset.binned
        try library.call { $0.boosterAddValidation(handle, rows.handle) }
        datasets.append(rows)
    }

    /// Grows the next iteration's trees.
    ///
    /// - Returns: True if no tree could be split any more; nothing was added then, and training is over.
    package mutating func update() throws(LightGBMError) -> Bool {
        var isFinished: CInt = 0
        try library.call { $0.boosterUpdateOneIteration(handle, &isFinished) }
        return isFinished != 0
    }

    /// Every metric's value on the validation dataset of that number, in the order of the parameter `metric`.
    package func evaluations(ofValidation index: Int) throws(LightGBMError) -> [Evaluation] {
        guard datasets.indices.dropFirst().contains(index + 1) else {
            throw LightGBMError(
                .invalidArgument,
                "there is no validation dataset \(index), only \(max(0, datasets.count - 1))"
            )
        }
        var count: CInt = 0
        try library.call { $0.boosterGetEvaluationCount(handle, &count) }
        let names = try evaluationNames(count: count)
        var values = [Double](repeating: 0, count: Int(count))
        var valueCount: CInt = 0
        try library.call { $0.boosterGetEvaluation(handle, CInt(index + 1), &valueCount, &values) }
        return zip(names, values.prefix(Int(valueCount))).map { Evaluation(metric: $0, value: $1) }
    }

    private func evaluationNames(count: CInt) throws(LightGBMError) -> [String] {
        let width = 256
        let characters = UnsafeMutablePointer<CChar>.allocate(capacity: width * max(1, Int(count)))
        defer { characters.deallocate() }
        var names: [UnsafeMutablePointer<CChar>?] = (0..<Int(count)).map { characters + width * $0 }
        var nameCount: CInt = 0
        var widthNeeded = 0
        try library.call {
            $0.boosterGetEvaluationNames(handle, count, &nameCount, width, &widthNeeded, &names)
        }
        return names.prefix(Int(nameCount)).compactMap { $0.map { String(cString: $0) } }
    }
}
