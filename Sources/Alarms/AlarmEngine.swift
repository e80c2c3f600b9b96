package import Features
package import Models
package import Plant

/// Turns one organization's samples, predictions and operators' acts into alarm transitions, and nothing else: it
/// reads no clock, and keeps at most one open alarm per asset and condition.
///
/// The same events in the same order give the same transitions, ids included where the generator is the same; so they
/// do after ``memory(of:)`` and ``restore(asset:memory:openAlarms:)``.
package struct AlarmEngine: Sendable {
    private var checks: [RuleCheck]
    /// By name, in the order of the samples' values.
    private var tags: [String]
    private var assets: [String: AssetAlarms] = [:]
    private var plant = PlantHearing()
    /// What is silenced, and why.
    package internal(set) var book = SuppressionBook()

    /// An engine that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - rules: In the order in which alarms of equal urgency are raised.
    ///   - tags: In the order of the samples' values.
    ///   - version: Of the rules, for the causes that they find.
    ///   - silentAfter: See ``silentAfter``.
    /// - Throws: `SchemaProblem` for the first thing wrong with the rules; never with those of a ``SchemaDocument``
    ///   and its schema's tags.
    package init(
        rules: [AlarmRule],
        tags: [Tag],
        version: Int? = nil,
        silentAfter: Duration? = nil
    ) throws(SchemaProblem) {
        checks = try Self.checks(of: rules, tags: tags, version: version)
        self.tags = tags.map(\.name)
        plant.silentAfter = silentAfter
    }

    /// How long nothing may come while all is well.
    ///
    /// Only after it an asset's delays run out in silence, and a plant that was silent for so long as a whole has its
    /// tags waited for anew. Nil: from the first moment on, and never.
    package var silentAfter: Duration? {
        get { plant.silentAfter }
        set { plant.silentAfter = newValue }
    }

    private static func checks(
        of rules: [AlarmRule],
        tags: [Tag],
        version: Int?
    ) throws(SchemaProblem) -> [RuleCheck] {
        if let problem = rules.problems(tags: tags).first { throw problem }
        let indices = Dictionary(tags.enumerated().map { ($1.name, $0) }) { first, _ in first }
        return rules.compactMap { RuleCheck($0, version: version, tagIndices: indices) }
    }

    /// Whether only ``miss(by:of:at:generator:)`` tells of missed tags: for one asset's samples, without its plant's.
    package var missesAreTold: Bool {
        get { plant.missesAreTold }
        set { plant.missesAreTold = newValue }
    }

    /// All open alarms, by asset and then by condition.
    package var openAlarms: [Alarm] {
        assets.values.sorted { $0.asset < $1.asset }.flatMap(\.openInOrder)
    }

    package var openAlarmCount: Int { assets.values.reduce(0) { $0 + $1.open.count } }

    package func openAlarms(of asset: String) -> [Alarm] { assets[asset]?.openInOrder ?? [] }

    // MARK: - Events

    /// Judges a sample by the rules.
    ///
    /// - Parameters:
    ///   - sample: With a value per tag. One that is older than the asset's newest says something only to rules whose
    ///     tags had no good value since. Nor does a missing value change anything for the rules it is missing for: they
    ///     neither raise nor clear, and delays that run go on.
    ///   - generator: For the ids of new alarms.
    /// - Returns: In order; first what delays brought about before the sample.
    package mutating func observe(
        _ sample: Sample,
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        precondition(sample.values.count == tags.count, "a sample carries a value per tag of the engine's schema")
        let isBack = plant.resume(at: sample.instant)
        let transitions =
            assets[sample.asset, default: AssetAlarms(asset: sample.asset, checkCount: checks.count, tags: tags)]
            .observe(sample, tags: tags, plant: plant, checks: checks, generator: &generator)
        // Only now: what the asset lacked until then is judged by what the others had sent before.
        plant.hear(sample.instant)
        if isBack { assets[sample.asset]?.resumedAt = sample.instant }
        return settle(transitions)
    }

    /// Judges a prediction of the version that serves.
    ///
    /// While its alarm stands, the figures of each newer row replace those before without a transition; they are in
    /// ``openAlarms`` and in the alarm's next transition.
    ///
    /// - Parameters:
    ///   - prediction: Older than the asset's newest predicted row it changes nothing; of the same row it takes the
    ///     former's place.
    ///   - metadata: Of the row's features.
    ///   - policy: Of the model that predicted.
    ///   - component: What an alarm is to name where the prediction names none; asked only when one is raised.
    ///   - evidence: What the row was made from; asked only when an alarm is raised.
    ///   - generator: For the ids of new alarms.
    /// - Returns: At most one transition.
    package mutating func observe(
        _ prediction: Prediction,
        metadata: FeatureMetadata?,
        policy: PredictivePolicy,
        component: () -> String? = { nil },
        evidence: () -> RowEvidence? = { nil },
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        settle(
            assets[
                prediction.asset,
                default: AssetAlarms(asset: prediction.asset, checkCount: checks.count, tags: tags)
            ].observe(
                prediction,
                metadata: metadata,
                policy: policy,
                component: component,
                evidence: evidence,
                generator: &generator
            )
        )
    }

    /// Lets delays expire in silence: what a silent asset's last sample said is taken to have gone on until now.
    ///
    /// - Parameters:
    ///   - now: On the clock of the samples' instants.
    ///   - generator: For the ids of new alarms.
    /// - Returns: By asset, and for each in order; each at the instant its delay ran out.
    package mutating func tick(_ now: Instant, generator: inout some RandomNumberGenerator) -> [AlarmTransition] {
        tick(generator: &generator) { _ in now }
    }

    /// The same, where time has gone on for each asset by itself.
    ///
    /// - Parameters:
    ///   - generator: For the ids of new alarms.
    ///   - now: By asset, on the clock of the samples' instants.
    /// - Returns: By asset, and for each in order; each at the instant its delay ran out.
    package mutating func tick(
        generator: inout some RandomNumberGenerator,
        now: (_ asset: String) -> Instant
    ) -> [AlarmTransition] {
        let due = assets.values.compactMap { alarms -> (asset: String, bounds: DelayBounds)? in
            let bounds = alarms.bounds(upTo: now(alarms.asset), plant)
            return alarms.nextDue(bounds, checks: checks) == nil ? nil : (alarms.asset, bounds)
        }
        var transitions: [AlarmTransition] = []
        for (name, bounds) in due.sorted(by: { $0.asset < $1.asset }) {
            transitions += assets[name]?.expire(bounds, checks: checks, generator: &generator) ?? []
        }
        return settle(transitions)
    }

    /// Has a tag missed that is told to have been: no tag is by itself from then on, see ``missesAreTold``.
    ///
    /// - Parameters:
    ///   - rule: The id of one that waits for the tag; any other says nothing.
    ///   - asset: Whose tag it is.
    ///   - instant: When its wait had run out; where a value came too late for that, nothing happens.
    ///   - generator: For the ids of new alarms.
    /// - Returns: In order; first what other delays brought about before.
    package mutating func miss(
        by rule: String,
        of asset: String,
        at instant: Instant,
        generator: inout some RandomNumberGenerator
    ) -> [AlarmTransition] {
        guard let index = checks.firstIndex(where: { $0.rule.id == rule && $0.isStale }) else { return [] }
        let before = tick(instant - .microseconds(1), generator: &generator)
        return before
            + settle(assets[asset]?.miss(index, at: instant, checks: checks, generator: &generator) ?? [])
    }

    /// Notes that an operator knows of an alarm; again it changes nothing, and the first one's word stands.
    ///
    /// - Throws: ``AlarmError`` with `.alarmNotOpen` for an alarm that is closed or was never raised here.
    package mutating func acknowledge(
        _ id: ID<Alarm>,
        by operatorName: String,
        note: String? = nil,
        at instant: Instant
    ) throws(AlarmError) -> [AlarmTransition] {
        for name in assets.keys {
            guard let condition = assets[name]?.open.values.first(where: { $0.id == id })?.condition else { continue }
            let transition = assets[name]?.acknowledge(condition, by: operatorName, note: note, at: instant)
            return transition.map { [$0] } ?? []
        }
        throw AlarmError(.alarmNotOpen, alarm: id)
    }

    /// Lets a latched alarm go, by an operator.
    ///
    /// - Throws: ``AlarmError`` with `.alarmNotOpen` for an alarm that is closed or was never raised here, with
    ///   `.alarmNotLatched` for one that is active, or that nobody has acknowledged yet.
    package mutating func reset(
        _ id: ID<Alarm>,
        by operatorName: String,
        at instant: Instant
    ) throws(AlarmError) -> [AlarmTransition] {
        for name in assets.keys {
            guard let alarm = assets[name]?.open.values.first(where: { $0.id == id }) else { continue }
            guard let transition = assets[name]?.reset(alarm.condition, by: operatorName, at: instant) else {
                throw AlarmError(.alarmNotLatched, alarm: id)
            }
            return [transition]
        }
        throw AlarmError(.alarmNotOpen, alarm: id)
    }

    /// Has the open alarm be as silent as this, an earlier state of it or its present one.
    mutating func silence(_ alarm: Alarm) {
        guard assets[alarm.asset]?.open[alarm.condition]?.id == alarm.id else { return }
        assets[alarm.asset]?.open[alarm.condition]?.suppression = alarm.suppression
    }

    /// Goes on with other rules: causes of rules that are gone, or now speak of another tag or condition, clear.
    ///
    /// A rule whose limits or delays alone changed keeps its state, and is judged anew by the next sample. One whose
    /// alarm stands goes on as active, also where the value is now outside by the other severity alone. That, and
    /// another priority, message or latch, is told at once. After a restart this also clears the causes of rules that
    /// were removed in between, and tells what others say differently since.
    ///
    /// A rule that begins to wait for a tag that an asset had before does so from the plant's newest sample on.
    ///
    /// - Throws: `SchemaProblem` as ``init(rules:tags:)`` does; the former rules stay then.
    package mutating func replace(
        rules: [AlarmRule],
        tags: [Tag],
        version: Int? = nil,
        at instant: Instant
    ) throws(SchemaProblem) -> [AlarmTransition] {
        let former = checks
        checks = try Self.checks(of: rules, tags: tags, version: version)
        self.tags = tags.map(\.name)
        var transitions: [AlarmTransition] = []
        for name in assets.keys.sorted() {
            assets[name]?.heard.read(as: self.tags)
            transitions += assets[name]?.replace(former, by: checks, plant: plant, at: instant) ?? []
        }
        return settle(transitions)
    }

    /// Lets all predictive causes go, as when an organization's predictions are switched off or its model is taken
    /// away: nothing would ever clear them.
    package mutating func withdrawPredictions(at instant: Instant) -> [AlarmTransition] {
        var transitions: [AlarmTransition] = []
        for name in assets.keys.sorted() { transitions += assets[name]?.withdraw(at: instant) ?? [] }
        return settle(transitions)
    }

    // MARK: - Memory

    /// What must be kept of an asset, with its open alarms, to go on later.
    package func memory(of asset: String) -> AssetAlarmMemory {
        assets[asset]?.memory(checks: checks) ?? AssetAlarmMemory()
    }

    /// Puts an asset back as it was.
    ///
    /// - Parameters:
    ///   - asset: Whatever the engine knew of it is forgotten.
    ///   - memory: As it was taken out; what it knows of rules that speak of something else since is left out.
    ///   - openAlarms: Of that asset, as the last transition of each had them.
    package mutating func restore(asset: String, memory: AssetAlarmMemory, openAlarms: [Alarm]) {
        assets[asset] = AssetAlarms(
            asset: asset,
            memory: memory,
            openAlarms: openAlarms,
            checks: checks,
            tags: tags
        )
        if let heard = memory.newestSample { plant.heard = max(plant.heard ?? heard, heard) }
        if let resumedAt = memory.resumedAt { plant.resumedAt = max(plant.resumedAt ?? resumedAt, resumedAt) }
    }
}
