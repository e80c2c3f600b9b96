/// Why something was refused that would take an organization beyond one of its quotas.
package struct QuotaExceeded: Error, Hashable, Sendable {
    package let quota: Quota
    /// How much there is; nil of rates, where that means nothing a moment later.
    package let use: Int?
    package let limit: Int
    /// After which trying again may help; nil where waiting does not.
    package let wait: Duration?

    package init(_ quota: Quota, use: Int? = nil, limit: Int, wait: Duration? = nil) {
        self.quota = quota
        self.use = use
        self.limit = limit
        self.wait = wait
    }

    /// The same in whole seconds, at least 1.
    package var waitSeconds: Int? {
        wait.map { duration in
            let (seconds, attoseconds) = duration.components
            return max(1, Int(clamping: seconds) + (attoseconds > 0 ? 1 : 0))
        }
    }
}

extension QuotaExceeded: CustomStringConvertible {
    /// What is used up, how far, and who can change that.
    package var description: String {
        let figures = use.map { ": \($0) of \(limit) \(quota.words) are used" } ?? " of \(limit) \(quota.words)"
        let remedy = quota.remedy.map { "\($0), or ask" } ?? "Ask"
        return "It would exceed the organization's quota\(figures). \(remedy) those who run the server for more."
    }
}
