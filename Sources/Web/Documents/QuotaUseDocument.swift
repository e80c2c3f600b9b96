import Plant
import Serving
package import Storage
package import Trust

/// One quota: how much there may be, and how much there is.
struct QuotaLine: Encodable, Sendable {
    let name: Quota
    let limit: Int
    /// Only of rates: what may come at once after a quiet time.
    let burst: Int?
    /// Of rates, how much of a whole burst is missing at the moment; absent where nobody counts it.
    let use: Int?
    /// Whether the organization's limit is its own, and not the server's.
    let isOwn: Bool
}

/// An organization's quotas with their use.
package struct QuotaUseDocument: Encodable, Sendable {
    let quotas: [QuotaLine]

    package init(_ limits: QuotaLimits, use: [Quota: Int]) {
        quotas = Quota.named.map { quota in
            QuotaLine(
                name: quota,
                limit: limits[quota],
                burst: quota.burst.map { limits[$0] },
                use: use[quota],
                isOwn: limits.isOwn(quota) || quota.burst.map { limits.isOwn($0) } ?? false
            )
        }
    }
}

/// The same as those see it who run the server, with what the organization has of its own, and who decided so.
package struct OrganizationQuotaDocument: Encodable, Sendable {
    let settings: QuotaSettings
    let changedBy: String?
    let changedAt: Instant?
    /// What holds for organizations without settings of their own.
    let server: [String: Int]
    let quotas: [QuotaLine]

    package init(_ stored: StoredQuotas?, standard: QuotaLimits, limits: QuotaLimits, use: [Quota: Int]) {
        settings = stored?.settings ?? QuotaSettings()
        changedBy = stored?.changedBy
        changedAt = stored?.changedAt
        server = Dictionary(uniqueKeysWithValues: Quota.allCases.map { ($0.rawValue, standard[$0]) })
        quotas = QuotaUseDocument(limits, use: use).quotas
    }
}
