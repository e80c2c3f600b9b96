import Plant
import Storage

/// Since when an organization's alarms can be measured, and whether it records failures.
extension StoreStep {
    static let qualityReads: [StoreStep] = [
        StoreStep("first came") { stores, scope, _ in try await stores.readings.firstCame(in: scope) },
        StoreStep("first told") { stores, scope, _ in try await stores.alerts.firstTold(in: scope) },
        StoreStep("any failure") { stores, scope, _ in
            try await stores.failures.isAny(before: .distantFuture, in: scope)
        },
    ]
}
