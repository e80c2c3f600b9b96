/// Why a model can't be served.
package struct ModelError: Error {
    package enum Code: String, Sendable, Codable {
        case artifactMissing, artifactCorrupt, signatureMismatch, goldenVectorsMismatch, runtimeMissing, runtimeFailed
        /// It said something that is no probability.
        case outputInvalid
        /// Loading it found no memory.
        case outOfMemory
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether trying again may help; where it can't, the lane goes on with rules alone.
    package var isTransient: Bool { code == .runtimeFailed || code == .outOfMemory }

    /// Whether it is the version itself that is unwell, and not the machine that is to run it.
    package var isOfVersion: Bool {
        switch code {
        case .artifactMissing, .artifactCorrupt, .signatureMismatch, .goldenVectorsMismatch, .outputInvalid: true
        case .runtimeMissing, .runtimeFailed, .outOfMemory: false
        }
    }
}

extension ModelError: CustomStringConvertible {
    package var description: String { cause.map { "\(message): \($0)" } ?? message }
}
