import Alarms
import Features
import Models
import Plant
import Storage

/// Explains a model's prediction for one alarm from what is kept: no part of it is on an alert's way.
struct ExplanationMaker: Sendable {
    let scope: OrganizationScope
    let stores: Stores
    let registry: ModelRegistry
    let schemaTags: SchemaTags
    /// Features and TreeSHAP are computed there.
    let work: BlockingWork

    private static let featureCountMax = 10
    private static let trendCountMax = 3
    private static let searchCountMax = 50_000
    /// A load that takes longer goes on, and the next try finds it done.
    private static let loadLimit = Duration.seconds(10)

    /// Why an alarm's prediction was what it was.
    ///
    /// - Parameters:
    ///   - metadata: What the alarm keeps of the prediction.
    ///   - asset: The alarm's.
    /// - Returns: What could be computed, and for the rest why not.
    /// - Throws: What may be over by another try: the model's file or a library is missing, the store fails.
    func explanation(of metadata: AlertMetadata, asset: String) async throws -> Explanation {
        let explainer = try await registry.explainer(of: metadata.modelVersion, in: scope, on: work)
        let history = HistoryReplay(scope: scope, stores: stores, schemaTags: schemaTags)
        let reader = PastReader(history: history, work: work, searchCountMax: Self.searchCountMax)
        let past = try await reader.past(
            of: asset,
            under: explainer.manifest,
            at: metadata.instant,
            through: metadata.evidence?.throughSequence ?? .max
        )
        guard let row = past.row else {
            return Explanation(of: metadata, absences: Self.all(because: Self.noRow))
        }
        let isUnchanged = metadata.evidence.map { $0.rowDigest == row.digest }
        // Of a row that lacks what lies too far back nobody can say whether it was changed.
        let isUnknown = past.isSearchCut && isUnchanged != true
        let evidence = Explanation.Evidence(
            readingDigest: past.readingDigest,
            readingCount: past.readingCount,
            rowDigest: row.digest,
            isRowUnchanged: isUnknown ? nil : isUnchanged
        )
        guard !isUnknown, isUnchanged != false else {
            let reason = isUnknown ? Self.cutRow : Self.changedRow
            return Explanation(of: metadata, evidence: evidence, absences: Self.all(because: reason))
        }
        var absences: [Explanation.Absence] = []
        let shares = try await work.run { try explainer.shares(of: row.values) }
        let survival = try await survivalCurve(of: row, metadata, explainer.manifest, &absences)
        guard let shares else {
            absences += [Explanation.Absence(part: .shares, reason: Self.noBooster)]
            return Explanation(of: metadata, survival: survival, evidence: evidence, absences: absences)
        }
        let reading = PastFigures(past: past, manifest: explainer.manifest, row: row)
        let facts = reading.facts(shares, countMax: Self.featureCountMax)
        let reference = reading.reference(of: facts)
        if reference == nil {
            absences.append(Explanation.Absence(part: .reference, reason: Self.noReference))
        }
        let view = explainer.manifest.view
        let byTag = shares.byTag(view)
        let names = byTag.filter { $0.share > 0 }.prefix(Self.trendCountMax).map(\.name)
        let trends = try await TagHistory(stores: stores, schemaTags: schemaTags, scope: scope)
            .points(
                of: names,
                asset: asset,
                from: reading.trendStart(facts),
                to: row.instant,
                through: metadata.evidence?.throughSequence ?? .max
            )
        return Explanation(
            of: metadata,
            quantity: shares.quantity,
            baseValue: shares.baseValue,
            score: shares.score,
            tags: byTag,
            components: shares.byComponent(explainer.components, view),
            features: facts,
            reference: reference,
            trends: zip(names, trends).map { Trend(tag: $0, points: $1, usual: reading.usualValue(ofTag: $0)) },
            survival: survival,
            sentence: ExplanationSentence.text(
                asset: asset,
                component: metadata.component,
                facts: facts,
                tags: byTag.map(\.name),
                meanings: Dictionary(zip(view.featureNames, view.meanings)) { first, _ in first },
                at: row.instant
            ),
            evidence: evidence,
            absences: absences
        )
    }

    private func survivalCurve(
        of row: FeatureRow,
        _ metadata: AlertMetadata,
        _ manifest: ModelManifest,
        _ absences: inout [Explanation.Absence]
    ) async throws -> SurvivalCurve? {
        guard manifest.survivalBins != nil else {
            absences.append(Explanation.Absence(part: .survival, reason: Self.noSurvival))
            return nil
        }
        guard let model = try await registry.load(metadata.modelVersion, within: Self.loadLimit, in: scope) else {
            throw ModelError(.runtimeFailed, "the model was not loaded in time")
        }
        let curve = try await work.run { try model.survivalCurve(behind: row.values) }
        if curve == nil { absences.append(Explanation.Absence(part: .survival, reason: Self.noCurve)) }
        return curve
    }

    // MARK: - Why something is not there

    private static func all(because reason: String) -> [Explanation.Absence] {
        [Explanation.Absence(part: .shares, reason: reason), Explanation.Absence(part: .survival, reason: reason)]
    }

    private static let noRow =
        "the row can't be made again: no reading that features are due at is kept for its instant"
    private static let changedRow =
        "the row can't be made again as it was: readings before it were changed or removed since"
    private static let cutRow =
        "the row can't be made again: when a tag was last on lies further back than is looked"
    private static let noBooster = "the model was made without its booster's text, which shares are computed from"
    private static let noReference = "the asset has too few rows before the alarm to say what is usual"
    private static let noSurvival = "the model says nothing of when: it has no survival head"
    private static let noCurve = "the survival head gave no curve for this row"
}
