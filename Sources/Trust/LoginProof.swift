package import Plant

/// What somebody has proven himself by, who begins a login.
package enum LoginProof: Hashable, Sendable {
    /// His password alone.
    case password
    /// His password, and the second factor that he had.
    case secondFactor(ID<SecondFactor>)
    /// An issuer's word, by the provider with that id: it stands for both.
    case issuer(provider: String)

    /// As the audit chain says it.
    package var means: String {
        switch self {
        case .password, .secondFactor: "password"
        case .issuer(let provider): "provider \(provider)"
        }
    }
}
