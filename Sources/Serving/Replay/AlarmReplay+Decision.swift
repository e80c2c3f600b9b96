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
        guard let replay = try await decided(course, kept, rows) else {
            report.add("decision", .notRecomputable, note: "no schema is kept that rules could be read from")
            return
        }
        report.add(
            "readings judged",
            recomputed: "\(replay.readingCount), under schema \(replay.schemaVersion)",
            .notKept,
            note: "in the order in which they came"
        )
        let before = course.before.filter { $0.at <= course.moment.at }.map { Self.brief($0) }
        let again = replay.produced.map { Self.brief($0) }
        if before == again {
            report.add("alerts before", kept: "\(before.count)", recomputed: "\(again.count)", .same)
        } else {
            let place =
                zip(before, again).enumerated().first { $0.element.0 != $0.element.1 }?.offset
                ?? min(before.count, again.count)
            report.add(
                "alerts before",
                kept: before.dropFirst(place).first ?? "nothing more",
                recomputed: again.dropFirst(place).first ?? "nothing more",
                isPruned ? .notRecomputable : .differs,
                note: "number \(place + 1) of the asset's"
            )
        }
        let missing: ReplayReport.Outcome? = isPruned ? .notRecomputable : nil
        guard let found = replay.found else {
            report.add(
                "decision",
                kept: ExactText.text(course.moment),
                recomputed: "no such decision",
                missing ?? .differs
            )
            return
        }
        report.compare("decision", kept: ExactText.text(course.moment), recomputed: ExactText.text(found))
        for cause in course.moment.alarm.activeCauses {
            report.compare(
                "cause \(cause.source.key)",
                kept: ExactText.text(cause),
                recomputed: found.alarm.cause(from: cause.source).map { ExactText.text($0) } ?? "none"
            )
        }
        if let metadata = course.metadata {
            report.compare(
                "rows in a row",
                kept: metadata.run.map(String.init),
                recomputed: found.alarm.cause(from: .prediction)?.metadata?.run.map(String.init) ?? "none",
                note: metadata.run == nil ? "the alarm is older than this is kept" : nil
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

    /// Each reading by itself; where that comes to something else, in batches as they were kept.
    private func decided(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        _ rows: ReplayedRows?
    ) async throws -> DecisionReplay? {
        let single = try await decided(course, kept, rows, inBatches: false)
        guard let single, single.found.map({ ExactText.text($0) }) != ExactText.text(course.moment) else {
            return single
        }
        let batched = try await decided(course, kept, rows, inBatches: true)
        return batched?.found == nil ? single : batched
    }

    private func decided(
        _ course: KeptCourse,
        _ kept: [StoredPrediction],
        _ rows: ReplayedRows?,
        inBatches: Bool
    ) async throws -> DecisionReplay? {
        let versions = try await stores.schemas.all(in: scope)
        var schemas = try versions.map { (stored: $0, document: try SchemaText.document($0.document)) }[...]
        guard let first = schemas.first else { return nil }
        var replay = try DecisionReplay(
            course,
            kept,
            rows: rows,
            policies: try await policies(of: kept, rows),
            schema: (first.stored.version, first.document),
            inBatches: inBatches
        )
        schemas = schemas.dropFirst()
        let last = course.metadata?.evidence?.throughSequence ?? .max
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

    private func policies(
        of kept: [StoredPrediction],
        _ rows: ReplayedRows?
    ) async throws -> [ModelVersion: PredictivePolicy] {
        var policies: [ModelVersion: PredictivePolicy] = [:]
        for version in Set(kept.map(\.prediction.modelVersion)) {
            policies[version] = try await manifest(of: version).map { PredictivePolicy($0) }
        }
        return policies
    }

    private static func brief(_ transition: AlarmTransition) -> String {
        "\(transition.change.rawValue) \(transition.alarm.condition.key) by \(transition.source?.key ?? "")"
    }
}
