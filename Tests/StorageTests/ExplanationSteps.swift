import Alarms
import Models
import Plant
import Storage
import TestSupport

/// What explains an alarm, and what its decision is done again from.
extension StoreStep {
    static let explanationReads: [StoreStep] = [
        StoreStep("explanation") { try await $0.explanations.latest(of: $2.alarm.id, in: $1) },
        StoreStep("explanation of alert") {
            try await $0.explanations.explanation(of: $2.alarm.id, sequence: 1, in: $1)
        },
        StoreStep("explanation's order") { stores, scope, _ in try await stores.explanations.next(in: scope) },
        StoreStep("explanation's order that is due") { stores, scope, _ in
            try await stores.explanations.due(at: .t0, in: scope)
        },
        StoreStep("sentences") {
            try await $0.explanations.sentences(of: [$2.alarm.id], in: $1).map { "\($0)" }.sorted()
        },
        StoreStep("alarm's decision") {
            try await $0.alerts.decision(on: $2.alarm.id, in: $1).map { "\($0)" }
        },
        StoreStep("alert history") {
            try await $0.alerts.history(ofAsset: $2.asset.name, upTo: .max, in: $1).map { "\($0)" }
        },
        StoreStep("prediction history") {
            try await $0.predictions.history(asset: $2.asset.name, madeUpTo: .distantFuture, in: $1)
        },
        StoreStep("arrivals") {
            try await $0.readings.arrivals(of: $2.asset.name, after: 0, through: .max, countMax: 99, in: $1)
        },
    ]
}
