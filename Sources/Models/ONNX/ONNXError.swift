/// Why a booster can't be exported, or bytes are not a model that may be run.
package struct ONNXError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// The text is not LightGBM's, or is cut off.
        case boosterMalformed
        /// The booster uses what has no equal in the graph: categorical splits, linear leaves, averaging.
        case boosterUnsupported
        /// A booster is not of the kind its head needs, or the heads don't fit together.
        case headMismatch
        /// The bytes exceed a limit.
        case tooLarge
        /// The bytes are not ONNX, or contradict themselves.
        case malformed
        /// The graph uses an operator, version or part of ONNX that is not on the list.
        case notAllowed
        /// The input or the outputs are not those that are needed.
        case signatureMismatch
        /// A tree's indices lead outside it, or back into it.
        case treeInvalid
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ONNXError: CustomStringConvertible {
    package var description: String { message }
}
