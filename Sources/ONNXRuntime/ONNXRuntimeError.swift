/// Why ONNX Runtime did not do what it was asked.
package struct ONNXRuntimeError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// No library was found, or the loader refused it.
        case libraryMissing
        /// The library doesn't offer the version of the API that we use.
        case libraryTooOld
        /// ONNX Runtime can't make a session of these bytes.
        case modelRefused
        /// The model hasn't one float input `[rows, columns]`, or an output that was asked for.
        case signatureMismatch
        /// The values are not rows of the model's width.
        case shapeMismatch
        /// A run failed, or an output's shape is not what the model declares.
        case runFailed
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ONNXRuntimeError: CustomStringConvertible {
    package var description: String { "ONNX Runtime: " + message }
}
