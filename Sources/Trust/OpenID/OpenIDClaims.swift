/// What an issuer says of somebody (OpenID Connect Core 1.0, sections 2 and 5.1).
package struct OpenIDClaims: Sendable {
    private let all: JSONValue

    init(_ all: JSONValue) { self.all = all }

    package var issuer: String? { all["iss"]?.text }
    package var subject: String? { all["sub"]?.text }
    package var email: String? { all["email"]?.text }

    /// Some issuers write the flag as a text.
    package var isEmailVerified: Bool { [.flag(true), .text("true")].contains(all["email_verified"] ?? .null) }

    /// How somebody proved who he is (RFC 8176).
    package var methods: [String] { all["amr"]?.texts ?? [] }

    var audiences: [String] { all["aud"]?.texts ?? [] }
    var authorizedParty: JSONValue? { all["azp"] }
    var nonce: String? { all["nonce"]?.text }
    var expiresAt: Int64? { all["exp"]?.seconds }
    var issuedAt: Int64? { all["iat"]?.seconds }
    var notBefore: JSONValue? { all["nbf"] }
    var accessTokenHash: JSONValue? { all["at_hash"] }

    /// The texts of a claim of that name, or else of the one at that path of names with dots between them.
    package func texts(at name: String) -> [String] {
        if let claim = all[name] { return claim.texts }
        return name.split(separator: ".").reduce(all as JSONValue?) { $0?[String($1)] }?.texts ?? []
    }
}
