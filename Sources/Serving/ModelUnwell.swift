package import Models

/// A version that is not to be believed: its lane took it out of service, or it shows only now.
package struct ModelUnwell: Error {
    package let version: ModelVersion
    /// In words, without a full stop.
    package let reason: String
    package let cause: ModelError?

    init(_ version: ModelVersion, because reason: String, cause: ModelError? = nil) {
        self.version = version
        self.reason = reason
        self.cause = cause
    }
}

extension ModelUnwell: CustomStringConvertible {
    package var description: String { "the model \(version) is unwell: \(reason)" }
}
