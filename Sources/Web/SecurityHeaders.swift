import HTTPTypes

/// What every answer tells a browser not to do with it.
enum SecurityHeaders {
    /// Nothing here is a page, but for the console, which says what it needs itself (CSP level 3).
    static let policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Of a browser's features the console uses none but messages, which have a question of their own.
    private static let features = [
        "accelerometer", "autoplay", "bluetooth", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
        "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "web-share",
        "xr-spatial-tracking",
    ].map { $0 + "=()" }.joined(separator: ", ")

    private static let always: [(HTTPField.Name, String)] = [
        (.xContentTypeOptions, "nosniff"), (.xFrameOptions, "DENY"), (.referrerPolicy, "no-referrer"),
        (.contentSecurityPolicy, policy), (.crossOriginResourcePolicy, "same-origin"),
        (.crossOriginOpenerPolicy, "same-origin"), (.permissionsPolicy, features), (.cacheControl, "no-store"),
    ]

    private static let secure = always + [(.strictTransportSecurity, "max-age=31536000")]

    /// Only who came over TLS may be told never to come without (RFC 6797, section 7.2).
    static func all(isSecure: Bool) -> [(HTTPField.Name, String)] { isSecure ? secure : always }
}

extension HTTPField.Name {
    static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no field name") }
        return name
    }

    static let xFrameOptions = known("X-Frame-Options")
    static let referrerPolicy = known("Referrer-Policy")
    static let crossOriginResourcePolicy = known("Cross-Origin-Resource-Policy")
    static let crossOriginOpenerPolicy = known("Cross-Origin-Opener-Policy")
    static let permissionsPolicy = known("Permissions-Policy")
    static let eagleNext = known("Eagle-Next")
    static let requestID = known("X-Request-Id")
    static let eagleOrganization = known("Eagle-Organization")
    /// The name once more of what is to be erased.
    static let eagleConfirm = known("Eagle-Confirm")
}
