/// One way in which isolation does not hold.
package struct Finding: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        /// Something of the other organization's was told.
        case leak
        /// Another's thing was answered as if it were one's own.
        case answered
        /// Another's thing can be told from one that is not there.
        case distinguishable
        /// Nobody in particular was let in, or somebody without the permission.
        case admitted
        /// Something of the other organization's changed.
        case changed
        /// A secret stands where it can be read.
        case exposed
        /// The server failed, and may have told what it should not.
        case failed
    }

    package let kind: Kind
    /// Method and path pattern, a file or the log.
    package let place: String
    package let identity: String
    package let aim: String
    /// Method and path as they were sent; never a token.
    package let request: String
    package let expected: String
    package let found: String
    /// By which the server's log knows the request.
    package let requestID: String?

    package init(
        _ kind: Kind,
        _ probe: Probe,
        expected: String,
        found: String,
        requestID: String? = nil
    ) {
        self.kind = kind
        place = probe.operation.label
        identity = probe.identity.rawValue
        aim = probe.aim.rawValue
        request = "\(probe.request.method) \(probe.request.target)"
        self.expected = expected
        self.found = found
        self.requestID = requestID
    }

    package init(_ kind: Kind, at place: String, expected: String, found: String) {
        self.kind = kind
        self.place = place
        identity = ""
        aim = ""
        request = ""
        self.expected = expected
        self.found = found
        requestID = nil
    }
}
