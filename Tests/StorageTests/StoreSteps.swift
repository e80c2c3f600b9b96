import Alarms
import Database
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Trust

/// One method of a store, called in a scope for the things of a side.
struct StoreStep: Sendable {
    let name: String
    /// What it answers, as text.
    let run: @Sendable (Stores, OrganizationScope, Side) async throws -> String

    init<Answer>(
        _ name: String,
        _ run: @Sendable @escaping (Stores, OrganizationScope, Side) async throws -> Answer
    ) {
        self.name = name
        self.run = { String(describing: try await run($0, $1, $2)) }
    }
}

extension StoreStep {
    /// All that reads, asked for the things of a side.
    static let reads: [StoreStep] = [
        StoreStep("organization") { stores, scope, _ in try await stores.organizations.organization(in: scope) },
        StoreStep("users") { stores, scope, _ in try await stores.users.list(in: scope) },
        StoreStep("user") { try await $0.users.byID($2.user.id, in: $1) },
        StoreStep("schema") { stores, scope, _ in try await stores.schemas.current(in: scope) },
        StoreStep("schema 1") { stores, scope, _ in try await stores.schemas.version(1, in: scope) },
        StoreStep("schemas") { stores, scope, _ in try await stores.schemas.all(in: scope) },
        StoreStep("schema page") { stores, scope, _ in try await stores.schemas.page(limit: 9, in: scope) },
        StoreStep("assets") { stores, scope, _ in try await stores.assets.list(in: scope) },
        StoreStep("asset") { try await $0.assets.byID($2.asset.id, in: $1) },
        StoreStep("asset by name") { try await $0.assets.byName($2.asset.name, in: $1) },
        StoreStep("readings") { stores, scope, _ in
            try await stores.readings.readings(after: 0, countMax: 99, in: scope)
        },
        StoreStep("last sequence") { stores, scope, _ in try await stores.readings.lastSequence(in: scope) },
        StoreStep("retained") {
            try await $0.readings.retained(
                asset: $2.asset.name,
                from: .distantPast,
                throughSequence: .max,
                countMax: 99,
                in: $1
            )
        },
        StoreStep("sampled readings") {
            try await $0.readings.sampled(
                asset: $2.asset.name,
                from: .distantPast,
                to: .distantFuture,
                every: .seconds(61),
                in: $1
            ).map(\.reading)
        },
        StoreStep("reading page") { try await $0.readings.page(asset: $2.asset.name, limit: 99, in: $1) },
        StoreStep("latest") { stores, scope, _ in try await stores.readings.latest(in: scope) },
        StoreStep("history") { stores, scope, _ in try await stores.readings.history(limit: 99, in: scope) },
        StoreStep("history after") {
            let position = HistoryPosition(asset: $2.asset.name, instant: .distantPast)
            return try await $0.readings.history(after: position, limit: 99, in: $1)
        },
        StoreStep("conflicts") { stores, scope, _ in try await stores.readings.conflicts(limit: 99, in: scope) },
        StoreStep("quarantine") { stores, scope, _ in try await stores.readings.quarantine(limit: 99, in: scope) },
        StoreStep("counts") { stores, scope, _ in try await stores.readings.counts(in: scope) },
        StoreStep("failures") { stores, scope, _ in try await stores.failures.list(in: scope) },
        StoreStep("failure page") { try await $0.failures.page(asset: $2.asset.name, limit: 99, in: $1) },
        StoreStep("all failures") { stores, scope, _ in try await stores.failures.page(limit: 99, in: scope) },
        StoreStep("lane") { stores, scope, _ in try await stores.lane.lane(in: scope) },
        StoreStep("suppressions") { stores, scope, _ in
            try await stores.lane.suppressions(in: scope).map { "\($0)" }.sorted()
        },
        StoreStep("memories") { stores, scope, _ in try await stores.lane.memories(in: scope).mapValues(Array.init) },
        StoreStep("open alarms") { stores, scope, _ in try await stores.alarms.open(in: scope) },
        StoreStep("alarm") { try await $0.alarms.byID($2.alarm.id, in: $1) },
        StoreStep("alarm page") { try await $0.alarms.page(AlarmFilter(asset: $2.asset.name), limit: 99, in: $1) },
        StoreStep("all alarms") { stores, scope, _ in try await stores.alarms.page(limit: 99, in: scope) },
        StoreStep("transitions") { try await $0.alarms.transitions(of: $2.alarm.id, in: $1) },
        StoreStep("system alarms") { stores, scope, _ in try await stores.systemAlarms.newest(limit: 9, in: scope) },
        StoreStep("feedback") { try await $0.feedback.list(of: $2.alarm.id, in: $1) },
        StoreStep("judged predictions") { stores, scope, _ in
            try await stores.feedback.judgedPredictions(in: scope)
        },
        StoreStep("drift") { stores, scope, _ in try await stores.trainingPlans.drift(in: scope) },
        StoreStep("alerts") { stores, scope, _ in try await stores.alerts.after(0, limit: 99, in: scope) },
        StoreStep("told alerts") { stores, scope, _ in
            try await stores.alerts.told(from: .distantPast, to: .distantFuture, limit: 99, in: scope)
        },
        StoreStep("alarms open at an instant") { stores, scope, _ in
            try await stores.alerts.open(at: .distantFuture, in: scope)
        },
        StoreStep("last alert") { stores, scope, _ in try await stores.alerts.lastSequence(in: scope) },
        StoreStep("latest predictions") { stores, scope, _ in try await stores.predictions.latest(in: scope) },
        StoreStep("latest of model") { try await $0.predictions.latest(of: $2.model.version, in: $1) },
        StoreStep("latest of assets") { try await $0.predictions.latest(of: [$2.asset.name], in: $1) },
        StoreStep("prediction page") { try await $0.predictions.page(asset: $2.asset.name, limit: 99, in: $1) },
        StoreStep("revisions") { try await $0.predictions.revisions(asset: $2.asset.name, at: .t0, in: $1) },
        StoreStep("models") { stores, scope, _ in try await stores.models.list(in: scope) },
        StoreStep("model") { try await $0.models.byHash($2.model.version, in: $1) },
        StoreStep("champion") { stores, scope, _ in try await stores.models.champion(in: scope) },
        StoreStep("ledger") { stores, scope, _ in try await stores.models.ledger(in: scope) },
        StoreStep("metrics") { try await $0.metrics.metrics(of: $2.model.version, in: $1) },
        StoreStep("all metrics") { stores, scope, _ in try await stores.metrics.list(in: scope) },
        StoreStep("training log") { try await $0.trainingLogs.byID($2.log.id, in: $1) },
        StoreStep("training logs") { stores, scope, _ in try await stores.trainingLogs.page(limit: 9, in: scope) },
        StoreStep("training configuration") { stores, scope, _ in
            try await stores.trainingPlans.configuration(in: scope)
        },
        StoreStep("training schedule") { stores, scope, _ in try await stores.trainingPlans.schedule(in: scope) },
        StoreStep("challenger") { stores, scope, _ in try await stores.models.model(as: .challenger, in: scope) },
        StoreStep("ledger entry") { stores, scope, _ in
            try await stores.models.entry(of: .champion, at: .t0, in: scope)
        },
        StoreStep("predecessor") { stores, scope, _ in try await stores.models.model(as: .predecessor, in: scope) },
        StoreStep("rival's cursor") { try await $0.rivals.cursor(of: $2.model.version, in: $1) },
        StoreStep("rival's trial") { try await $0.rivals.trial(of: $2.model.version, in: $1) },
        StoreStep("rival's pairs") {
            try await $0.rivals.pairs(
                asset: $2.asset.name,
                champion: $2.model.version,
                rival: $2.model.version,
                during: .distantPast..<(.distantFuture),
                in: $1
            )
        },
        StoreStep("marked failures") { try await $0.failures.marked(asset: $2.asset.name, from: .distantPast, in: $1) },
        StoreStep("overlapping failures") { stores, scope, _ in
            try await stores.failures.list(lastingTo: .distantPast, before: .distantFuture, in: scope)
        },
        StoreStep("failure corrections") { stores, scope, _ in
            try await stores.failures.corrections(limit: 99, in: scope)
        },
        StoreStep("unjudged alarms") { stores, scope, _ in
            try await stores.alarms.page(AlarmFilter(isJudged: false, isForetold: true), limit: 99, in: scope)
        },
        StoreStep("foretold alarms") { stores, scope, _ in
            try await stores.accuracy.foretold(from: .distantPast, raisedBefore: .distantFuture, in: scope)
        },
        StoreStep("last prediction") {
            try await $0.accuracy.lastPrediction(of: $2.asset.name, from: .distantPast, before: .distantFuture, in: $1)
        },
        StoreStep("watched days") {
            try await $0.accuracy.watchedDays(of: $2.asset.id, during: .distantPast..<(.distantFuture), in: $1)
        },
        StoreStep("rule alarms") { stores, scope, _ in
            try await stores.accuracy.ruleAlarms(during: .distantPast..<(.distantFuture), in: scope)
        },
        StoreStep("judged rules") { stores, scope, _ in
            try await stores.accuracy.judgedRules(during: .distantPast..<(.distantFuture), in: scope)
        },
        StoreStep("sources") { stores, scope, _ in try await stores.sources.list(in: scope) },
        StoreStep("source") { try await $0.sources.byID($2.source.id, in: $1) },
        StoreStep("cursor") { try await $0.sources.cursor(of: $2.source.id, in: $1) },
    ]

    /// All that writes, given a side's ids; some of it is refused.
    static let writes: [StoreStep] = [
        StoreStep("prediction enabled") { stores, scope, _ in
            try await stores.organizations.setPredictionEnabled(true, in: scope)
        },
        StoreStep("put schema") {
            try await $0.schemas.put(#"{"continuousColumns":["\#($2.mark)"]}"#, at: .t0, in: $1)
        },
        StoreStep("ensure assets") { try await $0.assets.ensure([$2.asset.name], in: $1) },
        StoreStep("append") {
            let reading = Reading(asset: $2.asset.name, instant: .t0, values: [4, 4])
            let row = QuarantinedRow(row: "intruder", reason: "no time")
            return try await $0.readings.append([reading], schemaVersion: 1, quarantined: [row], at: .t0, in: $1)
        },
        StoreStep("append from source") {
            try await $0.readings.append(
                [],
                schemaVersion: 1,
                source: SourcePosition(source: $2.source.id, cursor: Cursor(position: "intruder")),
                at: .t0,
                in: $1
            )
        },
        StoreStep("record failure") {
            let event = FailureEvent(asset: $2.asset.name, start: .t0, end: .t0 + .seconds(999), component: "seal")
            return try await $0.failures.record([event], by: "intruder", at: .t0, in: $1)
        },
        StoreStep("take back a failure") {
            try await $0.failures.correct(
                FailurePlace(asset: $2.asset.name, start: .t0, component: $2.mark),
                to: nil,
                because: "intruder",
                by: "intruder",
                at: .t0,
                in: $1
            )
        },
        StoreStep("correct a failure") {
            try await $0.failures.correct(
                FailurePlace(asset: "pump", start: .t0, component: $2.mark),
                to: FailureEvent(asset: $2.asset.name, start: .t0 + .seconds(1)),
                because: "intruder",
                by: "intruder",
                at: .t0,
                in: $1
            )
        },
        StoreStep("commit lane") { stores, scope, side in
            var alarm = side.alarm
            alarm = .test(side.asset.name, condition: .rule("intruder"), state: .normal, id: alarm.id)
            let cursor = try await stores.lane.lane(in: scope).cursor
            return try await stores.lane.commit(
                LaneCommit(
                    expectedCursor: cursor,
                    cursor: cursor + 1,
                    tooLate: [1, 2],
                    predictions: [
                        Prediction(
                            asset: side.asset.name,
                            instant: .t0,
                            probability: 0.99,
                            modelVersion: side.model.version
                        )
                    ],
                    transitions: [AlarmTransition(alarm: alarm, change: .closed, at: .t0, by: "intruder")],
                    memories: [side.asset.name: Data([66])],
                    suppressions: [SuppressionBook.Place(asset: side.asset.name): Suppression(kind: .shelved, by: "x")],
                    at: .t0
                ),
                in: scope
            )
        },
        StoreStep("raise a system alarm") {
            let alarm = SystemAlarm(
                id: ID(UUID()),
                kind: .sourceLost,
                subject: $2.mark,
                message: $2.mark,
                raisedAt: .t0
            )
            return try await $0.systemAlarms.raise(alarm, in: $1)
        },
        StoreStep("clear system alarms") {
            try await $0.systemAlarms.clear(.modelUnwell, subject: $2.mark, at: .t0, in: $1)
        },
        StoreStep("give feedback") {
            let word = Feedback(id: ID(UUID()), alarm: $2.alarm.id, isAccurate: false, by: "intruder", at: .t0)
            return try await $0.feedback.give(word, in: $1)
        },
        StoreStep("keep explanation") {
            let said = Prediction(asset: "x", instant: .t0, probability: 1, modelVersion: $2.model.version)
            let explanation = Explanation(of: AlertMetadata(said, features: nil), sentence: "intruder")
            return try await $0.explanations.keep(explanation, of: $2.alarm.id, sequence: 1, at: .t0, in: $1)
        },
        StoreStep("supersede") { try await $0.explanations.supersede(of: $2.alarm.id, before: 9, in: $1) },
        StoreStep("fire on feedback") { try await $0.trainingPlans.fireOnFeedback($2.log, in: $1) },
        StoreStep("drift due") { stores, scope, _ in try await stores.trainingPlans.driftDue(in: scope) },
        StoreStep("keep drift") {
            let report = DriftReport(champion: $2.model.version, at: .t0, findings: [], hasQueued: true)
            return try await $0.trainingPlans.keep(report, queueing: nil, dueAt: .t0, nextAt: .t0, in: $1)
        },
        StoreStep("put source") {
            let source = SourceConfiguration(id: $2.source.id, name: "intruder", configuration: "{}")
            return try await $0.sources.put(source, at: .t0, in: $1)
        },
        StoreStep("move cursor") {
            try await $0.readings.append(
                [],
                schemaVersion: 1,
                source: SourcePosition(source: $2.source.id, cursor: Cursor(position: "intruder")),
                at: .t0,
                in: $1
            )
        },
        StoreStep("remove source") { try await $0.sources.remove($2.source.id, in: $1) },
        StoreStep("move champion") {
            try await $0.models.move(
                [AliasMove(.champion, to: $2.model.version)],
                because: AliasReason(by: "intruder", reason: "none"),
                at: .t0,
                in: $1
            )
        },
        StoreStep("register model") {
            try await $0.models.register(
                RegisteredModel(
                    version: $2.model.version,
                    manifest: "intruder",
                    byteSize: 1,
                    path: "intruder",
                    registeredAt: .t0
                ),
                in: $1
            )
        },
        StoreStep("former champion") { stores, scope, _ in try await stores.models.formerChampion(in: scope) },
        StoreStep("no champion") { stores, scope, _ in
            try await stores.models.move(
                [AliasMove(.champion, to: nil)],
                because: AliasReason(by: "intruder", reason: "none"),
                at: .t0,
                in: scope
            )
        },
        StoreStep("save metrics") {
            try await $0.metrics.save(ModelMetrics(version: $2.model.version, measuredAt: .t0), in: $1)
        },
        StoreStep("keep rival") {
            let prediction = Prediction(
                asset: $2.asset.name,
                instant: .t0,
                probability: 0.99,
                modelVersion: $2.model.version
            )
            return try await $0.rivals.keep([prediction], of: $2.model.version, cursor: 99, at: .t0, in: $1)
        },
        StoreStep("keep trial") { try await $0.rivals.keep(trial: "intruder", of: $2.model.version, in: $1) },
        StoreStep("forget rivals") { stores, scope, _ in try await stores.rivals.forgetAll(but: [], in: scope) },
        StoreStep("training busy") { stores, scope, _ in try await stores.trainingLogs.isBusy(in: scope) },
        StoreStep("finish training") {
            var log = $2.log
            log.state = .failed
            return try await $0.trainingLogs.finish(log, by: "intruder", in: $1)
        },
        StoreStep("beat training") {
            try await $0.trainingLogs.beat($2.log.id, by: "me", progress: 1, step: "x", at: .t0, in: $1)
        },
        StoreStep("cancel training") {
            try await $0.trainingLogs.cancel($2.log.id, by: "intruder", at: .t0, in: $1)
        },
        StoreStep("claim training") { stores, scope, _ in
            try await stores.trainingLogs.claim(by: "intruder", at: .t0, in: scope)
        },
        StoreStep("expire training") { stores, scope, _ in
            try await stores.trainingLogs.expire(notSeenSince: .distantFuture, at: .t0, in: scope)
        },
        StoreStep("enqueue training") {
            try await $0.trainingLogs.enqueue($2.log, in: $1)
        },
        StoreStep("put training configuration") { stores, scope, _ in
            try await stores.trainingPlans.put(TrainingConfiguration(), by: "intruder", at: .t0, in: scope)
        },
        StoreStep("fire schedule") {
            try await $0.trainingPlans.fire($2.log, dueAt: .t0, nextAt: nil, in: $1)
        },
        StoreStep("put schedule") { stores, scope, _ in
            try await stores.trainingPlans.put(nil, by: "intruder", at: .t0, in: scope)
        },
    ]
}
