import Alarms
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing
import Trust

/// One organization, and all by which its things can be named.
struct Side: Sendable {
    let scope: OrganizationScope
    /// Stands in each of its texts.
    let mark: String
    let asset: Asset
    let user: User
    let apiKey: APIKey
    let alarm: Alarm
    let source: SourceConfiguration
    let model: RegisteredModel
    let log: TrainingLog
    let target: DeliveryTarget
    let delivery: DeliveryRecord

    /// An organization with something of all that stores keep, marked as its own.
    init(_ world: World, _ scope: OrganizationScope, mark: String, digit: Character) async throws {
        let stores = world.stores
        var generator = SeededGenerator(seed: 3)
        user = try await stores.users.create(
            email: "\(mark)@example.com",
            passwordHash: try PasswordHash(of: "\(mark) password", cost: .weakest, using: &generator),
            role: .admin,
            at: .t0,
            in: scope
        )
        try await Self.login(stores, of: user, mark: mark)
        apiKey = try await Self.apiKey(stores, scope, mark: mark)
        _ = try await stores.openIDLinks.signIn(Self.identity(mark: mark), as: nil, at: .t0, in: scope)
        _ = try await stores.schemas.put(#"{"continuousColumns":["\#(mark)"]}"#, by: mark, at: .t0, in: scope)
        source = SourceConfiguration(id: ID(UUID()), name: mark, configuration: #"{"password":"\#(mark)"}"#)
        try await stores.sources.put(source, at: .t0, in: scope)
        // One name is each one's own, the other both have.
        let readings = [mark, "pump"].flatMap { world.readings(1...3, of: $0) }
            .map { Reading(asset: $0.asset, instant: $0.instant, values: $0.values, failing: mark) }
        for offset in [0.0, 1] {
            _ = try await stores.readings.append(
                readings.map {
                    Reading(asset: $0.asset, instant: $0.instant, values: $0.values.map { $0 + offset }, failing: mark)
                },
                schemaVersion: 1,
                quarantined: [QuarantinedRow(row: mark, reason: mark)],
                source: SourcePosition(source: source.id, cursor: Cursor(position: mark)),
                at: .t0,
                in: scope
            )
        }
        let failures = [mark, "pump"].map { FailureEvent(asset: $0, start: .t0, component: mark) }
        _ = try await stores.failures.record(failures, by: mark, at: .t0, in: scope)
        let mistaken = FailureEvent(asset: mark, start: .t0 - .seconds(9), component: mark)
        _ = try await stores.failures.record([mistaken], by: mark, at: .t0, in: scope)
        _ = try await stores.failures.correct(
            FailurePlace(asset: mark, start: mistaken.start, component: mark),
            to: nil,
            because: mark,
            by: mark,
            at: .t0,
            in: scope
        )
        let model = RegisteredModel(
            version: try .test(digit),
            manifest: mark,
            byteSize: 1,
            path: mark,
            registeredAt: .t0
        )
        _ = try await stores.models.register(model, in: scope)
        try await stores.quotas.put(QuotaSettings([.models: 9]), by: mark, at: .t0, in: scope)
        _ = try await stores.models.move(
            ModelAlias.allCases.map { AliasMove($0, to: model.version) },
            because: AliasReason(by: mark, reason: mark),
            at: .t0,
            in: scope
        )
        try await stores.metrics.save(ModelMetrics(version: model.version, measuredAt: .t0), in: scope)
        log = TrainingLog(id: ID(UUID()), cause: .request, requestedBy: mark, queuedAt: .t0)
        try await stores.trainingLogs.enqueue(log, in: scope)
        var configuration = TrainingConfiguration()
        configuration.components = [mark]
        try await stores.trainingPlans.put(configuration, by: mark, at: .t0, in: scope)
        let schedule = TrainingSchedule(cron: mark, onDrift: true, nextAt: .t0)
        try await stores.trainingPlans.put(schedule, by: mark, at: .t0, in: scope)
        let finding = DriftFinding(tag: mark, effect: 1, leastEffect: 1, days: 7, rows: 9)
        let drift = DriftReport(champion: model.version, at: .t0, findings: [finding], hasQueued: false)
        _ = try await stores.trainingPlans.keep(drift, queueing: nil, dueAt: .t0, nextAt: .t0, in: scope)
        let said = Prediction(
            asset: mark,
            instant: .t0,
            probability: 0.5,
            component: mark,
            modelVersion: model.version
        )
        let causes = [
            AlarmCause(
                source: .prediction,
                type: .predictive,
                since: .t0,
                message: mark,
                metadata: AlertMetadata(said, features: nil)
            ),
            AlarmCause(source: .rule(mark), type: .warning, since: .t0, message: mark),
        ]
        let alarms = [mark, "pump"].map { Alarm.test($0, condition: .component(mark), causes: causes) }
        let predictions = [mark, "pump"].map { asset in
            Prediction(
                asset: asset,
                instant: .t0,
                probability: 0.5,
                component: mark,
                modelVersion: model.version
            )
        }
        // What is decided before there is a target is told to none.
        target = try await Self.target(stores, scope, mark: mark)
        _ = try await stores.lane.commit(
            LaneCommit(
                expectedCursor: 0,
                cursor: 6,
                tooLate: [6],
                predictions: predictions,
                transitions: alarms.map {
                    AlarmTransition(alarm: $0, change: .raised, at: .t0, by: mark, source: .prediction)
                },
                memories: ["pump": Data(mark.utf8)],
                suppressions: [
                    SuppressionBook.Place(asset: "pump"): Suppression(kind: .shelved, by: mark, reason: mark)
                ],
                at: .t0
            ),
            in: scope
        )
        let metadata = AlertMetadata(predictions[0], features: nil)
        _ = try await stores.explanations.keep(
            Explanation(of: metadata, sentence: mark),
            of: alarms[0].id,
            sequence: 1,
            at: .t0,
            in: scope
        )
        let rivals = predictions.map { $0.naming("rival of \(mark)") }
        try await stores.rivals.keep(rivals, of: model.version, cursor: 6, at: .t0, in: scope)
        try await stores.rivals.keep(trial: #"{"mark":"\#(mark)"}"#, of: model.version, in: scope)
        let word = Feedback(id: ID(UUID()), alarm: alarms[0].id, isAccurate: true, reason: mark, by: mark, at: .t0)
        try await stores.feedback.give(word, in: scope)
        let trouble = SystemAlarm(id: ID(UUID()), kind: .modelUnwell, subject: mark, message: mark, raisedAt: .t0)
        _ = try await stores.systemAlarms.raise(trouble, in: scope)
        _ = try await stores.exportedAudit(in: .organization(scope))
        delivery = try await Self.deadLetter(stores, scope, to: target, mark: mark)
        try await stores.keptAnswers.keep(.test(mark), at: .t0, in: scope)
        asset = try #require(try await stores.assets.byName(mark, in: scope))
        alarm = alarms[0]
        self.model = model
        self.scope = scope
        self.mark = mark
    }
}

extension Side {
    /// A target with a secret.
    private static func target(
        _ stores: Stores,
        _ scope: OrganizationScope,
        mark: String
    ) async throws -> DeliveryTarget {
        let target = DeliveryTarget(id: ID(UUID()), name: mark, channel: .slack(host: "\(mark).example"))
        let secret = DeliverySecret(url: "https://\(mark).example/secret")
        try await stores.deliveryTargets.put(target, secret: secret, by: mark, at: .t0, in: scope)
        return target
    }

    /// A policy, and a dead letter by it.
    private static func deadLetter(
        _ stores: Stores,
        _ scope: OrganizationScope,
        to target: DeliveryTarget,
        mark: String
    ) async throws -> DeliveryRecord {
        let policy = try DeliveryPolicy(routes: [DeliveryRoute(id: mark, targets: [.name(mark)])])
        let version = try await stores.deliveryPolicies.put(policy, by: mark, at: .t0, in: scope).version
        let plan = DeliveryPlan(policy) { _ in .utc }
        _ = try await stores.deliveries.plan(with: plan, version: version, at: .t0, in: scope)
        let due = try await stores.deliveries.due(for: target.id, isUrgent: false, at: .t0, limit: 9, in: scope)
        let delivery = try #require(due.first).record
        try await stores.deliveries.failed(delivery.id, because: mark, .giveUp, at: .t0, in: scope)
        return delivery
    }
}
