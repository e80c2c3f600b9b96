/// Why LightGBM did not do what it was asked.
package struct LightGBMError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// No library was found, or the loader refused it.
        case libraryMissing
        /// The library lacks a function that we use.
        case libraryTooOld
        /// The caller's shapes, names or texts can't be handed on.
        case invalidArgument
        /// LightGBM refused; the message is its own.
        case refused
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension LightGBMError: CustomStringConvertible {
    package var description: String { "LightGBM: " + message }
}
