import Alarms
import Models
import Plant
import Storage

extension AlarmReplay {
    private static let pageCount = 2_000

    /// Decides again, and compares the decision and what led to it.
    func compareDecision(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        _ rows: ReplayedRows?,
        isPruned: Bool,
        _ report: inout ReplayReport
    ) async throws {
        let policies = try await policies(of: kept)
        guard let replay = try await decided(course, kept, rows, policies) else {
            report.add("decision", .notRecomputable, note: "no schema is kept that rules could be read from")
            return
        }
        report.add(
            "readings judged",
            recomputed: "\(replay.readingCount), under schema \(replay.schemaVersion)",
            .notKept,
            note: "in the order in which they came"
        )
        let gap = Self.gap(course, kept, policies, replay, isPruned: isPruned)
        Self.compareBefore(course, replay, gap, &report)
        guard let found = replay.found else {
            report.add(
                "decision",
                kept: ExactText.text(course.moment),
                recomputed: "no such decision",
                gap == nil ? .differs : .notRecomputable,
                note: gap
            )
            return
        }
        report.compare("decision", kept: ExactText.text(course.moment), recomputed: ExactText.text(found), gap: gap)
        for cause in course.moment.alarm.activeCauses {
            report.compare(
                "cause \(cause.source.key)",
                kept: ExactText.text(cause),
                recomputed: found.alarm.cause(from: cause.source).map { ExactText.text($0) } ?? "none",
                gap: gap
            )
        }
        if let metadata = course.metadata {
            report.compare(
                "rows in a row",
                kept: metadata.run.map(String.init),
                recomputed: found.alarm.cause(from: .prediction)?.metadata?.run.map(String.init) ?? "none",
                note: metadata.run == nil ? "the alarm is older than this is kept" : nil,
                gap: gap
            )
        }
        if course.moment.alarm.suppression.isInForce {
            report.add(
                "silence",
                kept: course.moment.alarm.suppression.kind.rawValue,
                .notKept,
                note: "taken from the alert: people or a parent's alarm silenced it"
            )
        }
    }

    private static func compareBefore(
        _ course: KeptCourse,
        _ replay: DecisionReplay,
        _ gap: String?,
        _ report: inout ReplayReport
    ) {
        let before = briefs(course.before, upTo: course.moment.at)
        let again = briefs(replay.produced, upTo: course.moment.at)
        guard before != again else {
            report.add("alerts before", kept: "\(before.count)", recomputed: "\(again.count)", .same)
            return
        }
        let place =
            zip(before, again).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(before.count, again.count)
        let note = "number \(place + 1) of the asset's"
        report.add(
            "alerts before",
            kept: before.dropFirst(place).first ?? "nothing more",
            recomputed: again.dropFirst(place).first ?? "nothing more",
            gap == nil ? .differs : .notRecomputable,
            note: gap.map { "\(note); \($0)" } ?? note
        )
    }

    /// Why a decision that comes out otherwise can't be said to differ; nil where all that it was made from is there.
    private static func gap(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        _ policies: [ModelVersion: PredictivePolicy],
        _ replay: DecisionReplay,
        isPruned: Bool
    ) -> String? {
        if isPruned { return "older readings are kept no more" }
        if kept.contains(where: { policies[$0.prediction.modelVersion] == nil }) {
            return "the file of a model that predicted is gone or was changed, and with it its threshold"
        }
        if let metadata = course.metadata, own(metadata, in: kept) == nil {
            return "the prediction that raised the alarm is kept no more"
        }
        if !course.tellsWhatWasRead {
            return "the alerts are older than it is noted which readings the rules had judged by then"
        }
        let newest = replay.newest ?? .distantPast
        if course.before.contains(where: { $0.at > newest && $0.readThrough ?? .max > replay.readThrough }) {
            return "readings that came with the row's were judged before it, and nothing tells which"
        }
        return nil
    }

    /// The prediction that an alarm keeps the metadata of, as it was kept itself.
    static func own(_ metadata: AlertMetadata, in kept: [StoredPrediction]) -> StoredPrediction? {
        kept.last {
            $0.prediction.instant == metadata.instant && $0.prediction.modelVersion == metadata.modelVersion
        }
    }

    /// Each reading by itself; where that comes to something else, in batches as they were kept.
    private func decided(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        _ rows: ReplayedRows?,
        _ policies: [ModelVersion: PredictivePolicy]
    ) async throws -> DecisionReplay? {
        let single = try await decided(course, kept, rows, policies, inBatches: false)
        guard let single, !Self.agrees(single, with: course) else { return single }
        let batched = try await decided(course, kept, rows, policies, inBatches: true)
        guard let batched, batched.found != nil else { return single }
        if Self.agrees(batched, with: course) { return batched }
        return single.found.map { ExactText.text($0) } == ExactText.text(course.moment) ? single : batched
    }

    /// Whether a replay comes to the decision itself, by the same causes and after the same alerts.
    private static func agrees(_ replay: DecisionReplay, with course: KeptCourse) -> Bool {
        guard let found = replay.found, ExactText.text(found) == ExactText.text(course.moment) else { return false }
        for cause in course.moment.alarm.activeCauses {
            let again = found.alarm.cause(from: cause.source).map { ExactText.text($0) }
            if again != ExactText.text(cause) { return false }
        }
        let instant = course.moment.at
        return briefs(course.before, upTo: instant) == briefs(replay.produced, upTo: instant)
    }

    /// The number of the last reading that had been judged when the decision fell.
    ///
    /// Of a prediction it is that of its row; of what was kept at once the rules heard all before any row was predicted.
    /// Of a rule it is noted with the alert.
    private func lastSequence(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        inBatches: Bool
    ) async throws -> Int64 {
        guard let metadata = course.metadata, let sequence = metadata.evidence?.throughSequence else {
            return course.moment.readThrough ?? .max
        }
        guard inBatches, let madeAt = Self.own(metadata, in: kept)?.madeAt else { return sequence }
        let end = kept.filter { $0.madeAt == madeAt }.map(\.prediction.instant).max() ?? metadata.instant
        let reading = try await stores.readings.page(
            asset: course.moment.alarm.asset,
            from: end,
            to: end + .microseconds(1),
            limit: 1,
            in: scope
        ).first
        return max(sequence, reading?.sequence ?? sequence)
    }

    private func decided(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        _ rows: ReplayedRows?,
        _ policies: [ModelVersion: PredictivePolicy],
        inBatches: Bool
    ) async throws -> DecisionReplay? {
        let versions = try await stores.schemas.all(in: scope)
        var schemas = try versions.map { (stored: $0, document: try SchemaText.document($0.document)) }[...]
        guard let first = schemas.first else { return nil }
        var replay = try DecisionReplay(
            course,
            kept,
            rows: rows,
            policies: policies,
            schema: (first.stored.version, first.document),
            inBatches: inBatches
        )
        schemas = schemas.dropFirst()
        let last = try await lastSequence(course, kept, inBatches: inBatches)
        var sequence: Int64 = 0
        while !replay.isDone {
            let page = try await stores.readings.arrivals(
                of: course.moment.alarm.asset,
                after: sequence,
                through: last,
                countMax: Self.pageCount,
                in: scope
            )
            let tags = try await schemaTags.tags(ofVersionsIn: page)
            for stored in page where !replay.isDone {
                let due = schemas.prefix { $0.stored.version <= stored.schemaVersion }
                schemas = schemas.dropFirst(due.count)
                if let due = due.last {
                    try replay.replace((due.stored.version, due.document), createdAt: due.stored.createdAt)
                }
                replay.hear(stored, tags: tags)
            }
            guard page.count == Self.pageCount, let end = page.last else { break }
            sequence = end.sequence
        }
        if !replay.isDone { replay.end() }
        return replay
    }

    /// By version; without those whose files can't be read any more.
    private func policies(of kept: [StoredPrediction]) async throws -> [ModelVersion: PredictivePolicy] {
        var policies: [ModelVersion: PredictivePolicy] = [:]
        for version in Set(kept.map(\.prediction.modelVersion)) {
            policies[version] = try await manifest(of: version).map { PredictivePolicy($0) }
        }
        return policies
    }

    private static func briefs(_ transitions: [AlarmTransition], upTo instant: Instant) -> [String] {
        transitions.filter { $0.at <= instant }.map { brief($0) }
    }

    private static func brief(_ transition: AlarmTransition) -> String {
        "\(transition.change.rawValue) \(transition.alarm.condition.key) by \(transition.source?.key ?? "")"
    }
}
