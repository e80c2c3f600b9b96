package import Alarms
import Connectors
import FoundationEssentials
import Models
package import Plant
package import Storage

/// How right an organization's alarms were, and what that was told by.
package struct AccuracyReport: Sendable {
    package let span: Range<Instant>
    /// Of the schema; each version is held to its own.
    package let horizon: Duration
    package let timeZone: String
    package let total: AccuracyFigures
    /// In order of their keys.
    package let groups: [(key: String, figures: AccuracyFigures)]
    /// In order of the rules' ids; only where rules were asked for.
    package let rules: [(id: String, figures: RuleAccuracy)]
}

/// Reads an organization's alarms, words, failures and predictions page by page, and tells how they meet.
package struct AccuracyReading: Sendable {
    package static let daysDefault = 90
    /// Five years.
    package static let daysMax = 1_830
    /// What people record; what a machine writes is no record of failures.
    package static let failureCountMax = 100_000

    private let stores: Stores
    private let scope: OrganizationScope
    private let now: Instant

    /// - Parameters:
    ///   - stores: What is read.
    ///   - scope: The organization.
    ///   - now: The plant's time.
    package init(_ stores: Stores, in scope: OrganizationScope, at now: Instant) {
        self.stores = stores
        self.scope = scope
        self.now = now
    }

    /// - Throws: `SchemaProblem` at `from` for a span that is none or too long.
    package func report(
        from: Instant? = nil,
        to: Instant? = nil,
        by grouping: AccuracyGrouping? = nil
    ) async throws -> AccuracyReport {
        let end = to ?? now
        let start = from ?? end - .seconds(Self.daysDefault * 86_400)
        guard start < end else { throw SchemaProblem(path: ["from"], message: "must be earlier than 'to'") }
        guard end - start <= .seconds(Self.daysMax * 86_400) else {
            throw SchemaProblem(path: ["from"], message: "may lie \(Self.daysMax) days before 'to' at most")
        }
        let schema = try await schema()
        let terms = try await terms(start..<end, schema)
        var accuracy = AlarmAccuracy(terms, failures: try await failures(terms, schema), by: grouping)
        var next: String?
        // An alarm that is raised again while pages are read comes once more, on a later one.
        var seen: Set<ID<Alarm>> = []
        repeat {
            let page = try await stores.accuracy.foretold(
                from: start - terms.horizonMax,
                raisedBefore: end,
                after: next,
                in: scope
            )
            for alarm in page.elements where seen.insert(alarm.id).inserted { accuracy.add(alarm) }
            next = page.next
        } while next != nil
        for failure in accuracy.counted {
            accuracy.add(failure, predictedBy: try await predictor(of: failure, terms))
        }
        for asset in try await stores.assets.list(in: scope) {
            for day in try await stores.accuracy.watchedDays(of: asset.id, during: start..<end, in: scope) {
                accuracy.add(watchedDayFrom: day.at, of: asset.name, by: day.version)
            }
        }
        let rules = grouping == .rule ? try await rules(during: start..<end) : [:]
        return AccuracyReport(
            span: start..<end,
            horizon: terms.horizon,
            timeZone: terms.zone.identifier,
            total: accuracy.total,
            groups: accuracy.groups.sorted { $0.key < $1.key }.map { (key: $0.key, figures: $0.value) },
            rules: rules.sorted { $0.key < $1.key }.map { (id: $0.key, figures: $0.value) }
        )
    }

    private func schema() async throws -> SignalSchema? {
        try await stores.schemas.current(in: scope).map { try SchemaText.document($0.document).schema }
    }

    private func terms(_ span: Range<Instant>, _ schema: SignalSchema?) async throws -> AlarmAccuracy.Terms {
        struct Manifest: Decodable { let horizonMinutes: Int }
        var horizons: [ModelVersion: Duration] = [:]
        for model in try await stores.models.list(in: scope) {
            // What can't be read is held to the schema's horizon.
            let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(model.manifest.utf8))
            if let manifest { horizons[model.version] = .seconds(manifest.horizonMinutes * 60) }
        }
        return AlarmAccuracy.Terms(
            span: span,
            now: now,
            horizon: schema?.horizon ?? .seconds(86_400),
            horizons: horizons,
            recovery: schema?.recovery ?? .zero,
            zone: try schema?.timeZone.map { try ZoneOffsets.named($0) } ?? .utc,
            latestRows: Dictionary(
                try await stores.readings.latest(in: scope).map { ($0.reading.asset, $0.reading.instant) },
                uniquingKeysWith: max
            ),
            hasRecord: try await stores.failures.isAny(before: span.upperBound, in: scope)
        )
    }

    /// The failures that people recorded, and those that a target column marks; what is both is one.
    private func failures(_ terms: AlarmAccuracy.Terms, _ schema: SignalSchema?) async throws -> [FailureEvent] {
        let start = terms.span.lowerBound - terms.horizonMax - terms.recovery
        let end = terms.span.upperBound + terms.horizonMax + .microseconds(1)
        let recorded = try await stores.failures.list(lastingTo: start, before: end, in: scope)
        var marked: [FailureEvent] = []
        if schema?.targetColumn != nil {
            for asset in terms.latestRows.keys.sorted() {
                marked += try await stores.failures.marked(asset: asset, from: start, before: end, in: scope)
            }
        }
        let count = recorded.count + marked.count
        guard count <= Self.failureCountMax else {
            throw SchemaProblem(
                path: ["from"],
                message: "takes in \(count) failures: ask for a shorter time, \(Self.failureCountMax) at most"
            )
        }
        return recorded.joined(byMarked: marked)
    }

    /// Whose the last prediction within the horizon before a failure was; nil where none was made.
    private func predictor(
        of failure: FailureHistory.Episode,
        _ terms: AlarmAccuracy.Terms
    ) async throws -> ModelVersion? {
        let last = try await stores.accuracy.lastPrediction(
            of: failure.asset,
            from: failure.start - terms.horizonMax,
            before: failure.start,
            in: scope
        )
        guard let last, last.at >= failure.start - terms.horizon(of: last.version) else { return nil }
        return last.version
    }

    private func rules(during span: Range<Instant>) async throws -> [String: RuleAccuracy] {
        var rules = try await stores.accuracy.ruleAlarms(during: span, in: scope).mapValues { RuleAccuracy(alarms: $0) }
        var next: ID<Alarm>?
        repeat {
            let page = try await stores.accuracy.judgedRules(during: span, after: next, in: scope)
            for alarm in page.alarms {
                guard let opinion = Opinion(alarm.words) else { continue }
                for rule in alarm.rules { rules[rule]?.add(opinion) }
            }
            next = page.next
        } while next != nil
        return rules
    }
}
