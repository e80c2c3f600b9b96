import Alarms
import FoundationEssentials
import Plant
import Storage
import TestSupport

extension StoreStep {
    static let allReads =
        reads + explanationReads + deliveryReads + whoReads + signInReads + quotaReads + auditReads + keptAnswerReads
        + qualityReads
    static let allWrites =
        writes + deliveryWrites + whoWrites + signInWrites + quotaWrites + auditWrites + keptAnswerWrites

    static let deliveryReads: [StoreStep] = [
        StoreStep("targets") { stores, scope, _ in try await stores.deliveryTargets.list(in: scope) },
        StoreStep("target") { try await $0.deliveryTargets.byID($2.target.id, in: $1) },
        StoreStep("target's secret") { try await $0.deliveryTargets.secret(of: $2.target.id, in: $1).url ?? "" },
        StoreStep("delivery policy") { stores, scope, _ in try await stores.deliveryPolicies.current(in: scope) },
        StoreStep("deliveries") { stores, scope, _ in try await stores.deliveries.page(limit: 99, in: scope) },
        StoreStep("dead letters") {
            let filter = DeliveryStore.Filter(state: .dead, target: $2.target.id)
            return try await $0.deliveries.page(filter, limit: 99, in: $1)
        },
        StoreStep("delivery") { try await $0.deliveries.byID($2.delivery.id, in: $1) },
        StoreStep("due deliveries") {
            try await $0.deliveries.due(for: $2.target.id, isUrgent: false, at: .distantFuture, limit: 9, in: $1)
        },
        StoreStep("digested") { try await $0.deliveries.digested(by: $2.delivery.id, limit: 9, in: $1).count },
        StoreStep("digestible") {
            try await $0.deliveries.digestible(for: $2.target.id, at: .distantFuture, limit: 9, in: $1)
        },
        StoreStep("due targets") { stores, scope, _ in
            try await stores.deliveries.dueTargets(at: .distantFuture, in: scope)
        },
        StoreStep("has dead") { try await $0.deliveries.hasDead(for: $2.target.id, in: $1) },
        StoreStep("dead count") { stores, scope, _ in try await stores.deliveries.count(of: .dead, in: scope) },
        StoreStep("delivery counts") { stores, scope, _ in
            try await stores.deliveries.counts(in: scope).map { "\($0)" }.sorted()
        },
    ]

    static let deliveryWrites: [StoreStep] = [
        StoreStep("put target") {
            let target = DeliveryTarget(id: $2.target.id, name: "intruder", channel: .email(to: ["x@y.example"]))
            return try await $0.deliveryTargets.put(
                target,
                secret: DeliverySecret(url: "https://intruder.example"),
                by: "intruder",
                at: .t0,
                in: $1
            )
        },
        StoreStep("remove target") { try await $0.deliveryTargets.remove($2.target.id, at: .t0, in: $1) },
        StoreStep("put delivery policy") {
            let policy = try DeliveryPolicy(routes: [DeliveryRoute(id: "intruder", targets: [.name($2.target.name)])])
            return try await $0.deliveryPolicies.put(policy, by: "intruder", at: .t0, in: $1)
        },
        StoreStep("plan deliveries") { stores, scope, _ in
            let stored = try await stores.deliveryPolicies.current(in: scope)
            let plan = DeliveryPlan(stored.policy) { _ in .utc }
            return try await stores.deliveries.plan(with: plan, version: stored.version, at: .t0, in: scope)
        },
        StoreStep("retry delivery") { try await $0.deliveries.retry($2.delivery.id, at: .t0, in: $1) },
        StoreStep("delivered") { try await $0.deliveries.delivered($2.delivery.id, at: .t0, in: $1) },
        StoreStep("cancel delivery") {
            try await $0.deliveries.cancel($2.delivery.id, because: "intruder", at: .t0, in: $1)
        },
        StoreStep("fail delivery") {
            try await $0.deliveries.failed($2.delivery.id, because: "intruder", .giveUp, at: .t0, in: $1)
        },
        StoreStep("hurry deliveries") { try await $0.deliveries.hurry(for: $2.target.id, at: .t0, in: $1) },
        StoreStep("clear failure") { try await $0.deliveries.clearFailure(of: $2.target, at: .t0, in: $1) ?? [] },
        StoreStep("give deliveries up") {
            try await $0.deliveries.giveUp(for: $2.target.id, dueBefore: .distantFuture, at: .t0, in: $1)
        },
        StoreStep("digest") {
            let digest = DeliveryStore.Digest(id: ID(UUID()), members: [$2.delivery])
            return try await $0.deliveries.digest([digest], for: $2.target.id, named: "x", at: .t0, in: $1)
        },
        StoreStep("purge deliveries") { stores, scope, _ in
            try await stores.deliveries.purge(endedBefore: .distantFuture, limit: 99, in: scope)
        },
    ]
}
