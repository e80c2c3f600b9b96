extension AccessToken: CustomStringConvertible {
    /// Never the token itself.
    package var description: String { "an access token until \(expiresAt)" }
}
