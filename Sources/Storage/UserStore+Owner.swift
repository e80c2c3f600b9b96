import Database
package import Trust

extension UserStore {
    /// Whose login a refresh token came from, be it used up or over; nil for one that is not known.
    package func owner(of token: TokenHash, in scope: SystemScope) async throws -> User? {
        try await database.query(
            """
            SELECT a.id, a.organization_id, a.email, a.role, a.created_at, a.disabled_at
            FROM refresh_session s
            JOIN account a ON a.id = s.account_id
            WHERE s.token_hash = \(token)
            """
        ).first.map(User.init(row:))
    }
}
