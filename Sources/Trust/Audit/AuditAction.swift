/// What is written down, by what it is about.
package enum AuditAction: String, Hashable, Sendable, Codable, CaseIterable {
    /// Somebody signed in, or tried to.
    case login = "LOGIN"
    case logout = "LOGOUT"
    /// A refresh token that was used up came again: somebody has stolen it.
    case tokenReuse = "TOKEN_REUSE"
    /// A model came into memory, or could not.
    case modelLoad = "MODEL_LOAD"
    /// What one version predicted in one minute.
    case prediction = "PREDICTION"
    case training = "TRAINING"
    /// A model version came to an alias, or left it.
    case deployment = "DEPLOYMENT"
    /// Whatever else changes something.
    case config = "CONFIG"
    case key = "KEY"
    case export = "EXPORT"
    /// Somebody who runs the server acted within an organization.
    case access = "ACCESS"
    case accessDenied = "ACCESS_DENIED"
    case erasure = "ERASURE"
}
