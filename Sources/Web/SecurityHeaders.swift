import HTTPTypes

/// What every answer tells a browser not to do with it.
enum SecurityHeaders {
    static let all: [(HTTPField.Name, String)] = [
        (.xContentTypeOptions, "nosniff"),
        (.xFrameOptions, "DENY"),
        (.referrerPolicy, "no-referrer"),
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.crossOriginResourcePolicy, "same-origin"),
    ]
}

extension HTTPField.Name {
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no field name") }
        return name
    }

    static let xFrameOptions = known("X-Frame-Options")
    static let referrerPolicy = known("Referrer-Policy")
    static let crossOriginResourcePolicy = known("Cross-Origin-Resource-Policy")
    static let eagleNext = known("Eagle-Next")
    static let requestID = known("X-Request-Id")
    static let eagleOrganization = known("Eagle-Organization")
    /// The name once more of what is to be erased.
    static let eagleConfirm = known("Eagle-Confirm")
}
