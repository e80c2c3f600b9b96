import CONNXRuntime

/// One model, ready to run.
///
/// A run uses the caller's thread alone, and several threads may run one session at once.
package final class Session: Sendable {
    package let input: TensorSignature
    package let outputs: [TensorSignature]
    private let library: ONNXRuntimeLibrary
    private nonisolated(unsafe) let session: OpaquePointer
    /// The input's name and the outputs', each closed by NUL, one after the other.
    private let names: [CChar]
    private let inputOffset: Int
    private let outputOffsets: [Int]

    /// Makes a session; costs milliseconds, and a few times the bytes' size in memory.
    ///
    /// - Throws: ``ONNXRuntimeError`` with `.modelRefused`, or `.signatureMismatch` where the model doesn't take
    ///   one float tensor `[rows, columns]` and give float tensors `[rows, width]`.
    package init(onnx bytes: [UInt8], library: ONNXRuntimeLibrary) throws(ONNXRuntimeError) {
        let session = try Self.makeSession(library, bytes)
        do throws(ONNXRuntimeError) {
            let declared = DeclaredTensors(library: library, session: session)
            let inputs = try declared.inputs()
            guard let input = inputs.first, inputs.count == 1 else {
                throw ONNXRuntimeError(.signatureMismatch, "the model has \(inputs.count) inputs; one is needed")
            }
            self.input = input
            outputs = try declared.outputs()
        } catch {
            library.api.pointee.releaseSession(session)
            throw error
        }
        self.library = library
        self.session = session
        var names: [CChar] = []
        func append(_ name: String) -> Int {
            defer { names += name.utf8.map(CChar.init(bitPattern:)) + [0] }
            return names.count
        }
        inputOffset = append(input.name)
        outputOffsets = outputs.map { append($0.name) }
        self.names = names
    }

    deinit { library.api.pointee.releaseSession(session) }

    private static func makeSession(
        _ library: ONNXRuntimeLibrary,
        _ bytes: [UInt8]
    ) throws(ONNXRuntimeError) -> OpaquePointer {
        guard !bytes.isEmpty else { throw ONNXRuntimeError(.modelRefused, "the model is empty") }
        let api = library.api.pointee
        func check(_ status: OpaquePointer?) throws(ONNXRuntimeError) {
            try ONNXRuntimeLibrary.check(library.api, status, .modelRefused)
        }
        var options: OpaquePointer?
        try check(api.createSessionOptions(&options))
        guard let options else { throw ONNXRuntimeError(.modelRefused, "there are no session options") }
        defer { api.releaseSessionOptions(options) }
        try check(api.setIntraOpThreadCount(options, 1))
        try check(api.setInterOpThreadCount(options, 1))
        try check(api.setExecutionMode(options, CInt(conn_sequential)))
        try check(api.setGraphOptimizationLevel(options, CInt(conn_optimize_all)))
        // Memory is kept by the rows in flight, not by the largest batch that ever was.
        try check(api.disableCPUArena(options))
        try check(api.disableMemoryPattern(options))
        var session: OpaquePointer?
        let status = bytes.withUnsafeBytes { buffer in
            buffer.baseAddress.flatMap {
                api.createSessionFromArray(library.environment, $0, buffer.count, options, &session)
            }
        }
        try check(status)
        guard let session else { throw ONNXRuntimeError(.modelRefused, "no session came back") }
        return session
    }

    /// Runs the model and writes outputs into the caller's memory.
    ///
    /// - Parameters:
    ///   - values: `Float32`, row-major, shape `[rows, input.width]`; `NaN` is a missing value.
    ///   - rows: None is a run that does nothing.
    ///   - columns: The model's own width.
    ///   - results: For each output asked for, its index in ``outputs`` and room for `rows * width` values.
    /// - Throws: ``ONNXRuntimeError`` with `.shapeMismatch`, `.signatureMismatch` or `.runFailed`.
    package func run(
        _ values: UnsafeBufferPointer<Float>,
        rows: Int,
        columns: Int,
        into results: [(output: Int, values: UnsafeMutableBufferPointer<Float>)]
    ) throws(ONNXRuntimeError) {
        guard columns == input.width, rows >= 0, values.count == rows * columns else {
            throw ONNXRuntimeError(
                .shapeMismatch,
                "\(values.count) values in \(rows) rows of \(columns); the model takes rows of \(input.width)"
            )
        }
        for (output, room) in results where room.count != rows * outputs[output].width {
            throw ONNXRuntimeError(
                .shapeMismatch,
                "room for \(room.count) values of '\(outputs[output].name)'; \(rows) rows of \(outputs[output].width) are due"
            )
        }
        guard rows > 0, !results.isEmpty, let base = values.baseAddress else { return }
        let inputValue = try tensor(UnsafeMutablePointer(mutating: base), count: values.count, rows: rows)
        defer { library.api.pointee.releaseValue(inputValue) }
        var outputValues: [OpaquePointer?] = []
        defer { for value in outputValues { library.api.pointee.releaseValue(value) } }
        for (_, room) in results {
            guard let base = room.baseAddress else { continue }
            outputValues.append(try tensor(base, count: room.count, rows: rows))
        }
        try run(inputValue, results.map(\.output), &outputValues)
    }

    private func run(
        _ inputValue: OpaquePointer,
        _ indices: [Int],
        _ outputValues: inout [OpaquePointer?]
    ) throws(ONNXRuntimeError) {
        let written = outputValues
        let status = names.withUnsafeBufferPointer { names -> OpaquePointer? in
            guard let first = names.baseAddress else { return nil }
            var inputName = first + inputOffset
            var inputValue = inputValue
            let outputNames = indices.map { first + outputOffsets[$0] }
            return library.api.pointee.run(
                session,
                nil,
                &inputName,
                &inputValue,
                1,
                outputNames,
                outputNames.count,
                &outputValues
            )
        }
        try ONNXRuntimeLibrary.check(library.api, status, .runFailed)
        guard outputValues == written else {
            throw ONNXRuntimeError(.runFailed, "an output was not written where it was asked to be")
        }
    }

    /// A tensor `[rows, count / rows]` over memory that stays the caller's.
    private func tensor(
        _ base: UnsafeMutablePointer<Float>,
        count: Int,
        rows: Int
    ) throws(ONNXRuntimeError) -> OpaquePointer {
        var value: OpaquePointer?
        let shape = (Int64(rows), Int64(count / rows))
        let status = withUnsafeBytes(of: shape) { shape in
            shape.withMemoryRebound(to: Int64.self) { shape -> OpaquePointer? in
                guard let dimensions = shape.baseAddress else { return nil }
                return library.api.pointee.createTensorWithData(
                    library.memory,
                    base,
                    count * MemoryLayout<Float>.stride,
                    dimensions,
                    2,
                    CInt(conn_element_float),
                    &value
                )
            }
        }
        try ONNXRuntimeLibrary.check(library.api, status, .runFailed)
        guard let value else { throw ONNXRuntimeError(.runFailed, "no tensor came back") }
        return value
    }
}
