/// Why isolation could not be judged.
package struct VerificationError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        /// The server does not answer.
        case unreachable
        /// It answers with what can't be read.
        case unreadable
        /// Who judges may not sign in, or not do what judging takes.
        case refused
        /// A canary organization could not be made.
        case notFurnished
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension VerificationError: CustomStringConvertible {
    package var description: String { message }
}
