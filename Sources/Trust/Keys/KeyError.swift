/// Why something can't be sealed or opened; it never holds a key, nor what was sealed.
package struct KeyError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The bytes are none that were sealed.
        case notSealed
        /// A newer program has sealed it.
        case unknownFormat
        /// The keyring has no key of that version.
        case unknownKey
        /// It was sealed under another key of that version: another organization's, or another keyring's.
        case wrongKey
        /// It is not what was sealed, or was sealed for another place.
        case tampered
        /// The keys are gone for good: what was sealed under them can't be read by anybody.
        case destroyed
        /// The key has sealed as much as it may, or there are no more versions.
        case exhausted
        /// The keyring's keys are wrapped under a master key that was not given.
        case masterMissing
        /// A master key that is none, or can be guessed.
        case masterWeak
        /// Where the master key should come from it did not.
        case masterUnavailable
        /// The database was sealed under another keyring than the one that is there.
        case keyringLost
        /// What was handed over to open is not to seal.
        case readOnly
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether it may work once the server is given what it lacks; else it is the sealed thing itself that is wrong.
    package var isOfServer: Bool {
        switch code {
        case .exhausted, .masterMissing, .masterWeak, .masterUnavailable, .keyringLost, .readOnly: true
        case .notSealed, .unknownFormat, .unknownKey, .wrongKey, .tampered, .destroyed: false
        }
    }
}

extension KeyError: CustomStringConvertible {
    package var description: String { message }
}
