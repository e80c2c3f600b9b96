import Plant
import Storage
import TestSupport
import Trust

/// What an organization may have only so much of.
extension StoreStep {
    static let quotaReads: [StoreStep] = [
        StoreStep("quotas") { stores, scope, _ in try await stores.quotas.current(in: scope) },
        StoreStep("quota use") { stores, scope, _ in
            try await stores.quotas.use(at: .t0, in: scope).map { "\($0.key): \($0.value)" }.sorted()
        },
    ]

    static let quotaWrites: [StoreStep] = [
        StoreStep("put quotas") { stores, scope, _ in
            try await stores.quotas.put(QuotaSettings([.models: 7]), by: "intruder", at: .t0, in: scope)
        }
    ]
}
