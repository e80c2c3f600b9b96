/// Why no model could be trained.
package struct TrainingError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, Codable {
        case noRows, noFailures, noHealthyRows, parityBroken, storage, configuration
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension TrainingError: CustomStringConvertible {
    package var description: String { message }
}
