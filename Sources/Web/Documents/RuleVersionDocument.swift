package import Alarms
package import Plant
import Serving
package import Storage
import Trust

/// One version of an organization's rules: who made it, and what it changed.
package struct RuleVersionDocument: Encodable, Sendable {
    package let version: Int
    package let createdAt: Instant
    /// By e-mail address or an API key's name, whether or not they are still there; nil where the server made it by
    /// itself, or a key before names were kept.
    package let createdBy: String?
    package let added: [AlarmRule]
    package let changed: [RuleDifference.Change]
    package let removed: [AlarmRule]

    /// Who put a version before names were kept, and is no account of the organization.
    private static let unknown = "somebody who is not known any more, or the server's administrator"

    /// The newest versions before one, newest first.
    ///
    /// - Parameters:
    ///   - stores: Where the documents are.
    ///   - version: Left out, like all after it; nil for none.
    ///   - limit: How many at most.
    ///   - scope: The organization.
    /// - Returns: The versions, and whether there are older ones.
    /// - Throws: `DatabaseError`.
    package static func list(
        _ stores: Stores,
        before version: Int?,
        limit: Int,
        in scope: OrganizationScope
    ) async throws -> (items: [RuleVersionDocument], hasMore: Bool) {
        // One more: what the oldest of them changed is told beside the one before it.
        let stored = try await stores.schemas.page(before: version, limit: limit + 1, in: scope)
        let users = try await stores.users.list(in: scope)
        let names = Dictionary(users.map { ($0.id, $0.email) }) { first, _ in first }
        let rules = try stored.map { try SchemaText.document($0.document).rules }
        let items = stored.prefix(limit).enumerated().map { index, schema in
            let former = index + 1 < rules.count ? rules[index + 1] : []
            let difference = RuleDifference(from: former, to: rules[index])
            return RuleVersionDocument(
                version: schema.version,
                createdAt: schema.createdAt,
                createdBy: schema.author ?? schema.createdBy.map { names[$0] ?? unknown },
                added: difference.added,
                changed: difference.changed,
                removed: difference.removed
            )
        }
        return (items, stored.count > limit)
    }
}
