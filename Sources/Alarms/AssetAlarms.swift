import Models
import Plant

/// One asset's part of the engine: its open alarms, and how far each rule and the prediction are.
struct AssetAlarms: Sendable {
    let asset: String
    var newestSample: Instant?
    /// When its plant sent again after it had been silent as a whole, where this asset's row told of it.
    var resumedAt: Instant?
    /// In the order of the engine's checks; nil where a rule is quiet.
    var watches: [RuleWatch?]
    /// As which severity each rule is a cause of its alarm now, in the same order.
    var announced: [AlarmType?]
    /// In the same order; nil where no rate is judged, or nothing was seen yet.
    var rates: [RateReference?]
    /// In the same order: the newest instant at which a rule's tags had a good value, `.distantPast` before the first.
    var judged: [Instant]
    var heard: HeardTags
    var newestPrediction: Instant?
    var run = 0
    var runBefore = 0
    var open: [AlarmCondition: Alarm] = [:]

    init(asset: String, checkCount: Int, tags: [String]) {
        self.asset = asset
        heard = HeardTags(tags: tags)
        watches = Array(repeating: nil, count: checkCount)
        announced = watches.map { _ in nil }
        rates = watches.map { _ in nil }
        judged = watches.map { _ in .distantPast }
    }

    /// In the order of their conditions' keys, whatever happened in which order.
    var openInOrder: [Alarm] { open.values.sorted { $0.condition.key < $1.condition.key } }

    /// The alarm that has the prediction as an active cause.
    var predictedCondition: AlarmCondition? {
        open.values.first { $0.cause(from: .prediction)?.isActive == true }?.condition
    }

    /// Makes a cause active on the open alarm of its condition, or on a new one.
    ///
    /// One that has turned is active already, and now speaks of the opposite limit.
    mutating func activate(
        _ cause: AlarmCause,
        on condition: AlarmCondition,
        hasTurned: Bool = false,
        generator: inout some RandomNumberGenerator
    ) -> AlarmTransition {
        guard let alarm = open[condition] else {
            let alarm = Alarm(id: .random(using: &generator), asset: asset, condition: condition, raisedBy: cause)
            open[condition] = alarm
            return AlarmTransition(alarm: alarm, change: .raised, at: cause.since, source: cause.source)
        }
        return activate(cause, on: alarm, hasTurned: hasTurned)
    }

    /// Makes a cause active on an open alarm, or active in another form.
    mutating func activate(_ cause: AlarmCause, on alarm: Alarm, hasTurned: Bool = false) -> AlarmTransition {
        var (alarm, cause) = (alarm, cause)
        cause.since = max(cause.since, alarm.processChangedAt)
        let change = alarm.activate(cause, hasTurned: hasTurned)
        open[alarm.condition] = alarm
        return AlarmTransition(alarm: alarm, change: change, at: cause.since, source: cause.source)
    }

    /// Lets a cause go; the alarm leaves with its last one, once acknowledged.
    mutating func deactivate(
        _ source: AlarmCause.Source,
        on condition: AlarmCondition,
        at instant: Instant
    ) -> AlarmTransition? {
        guard var alarm = open[condition] else { return nil }
        let instant = max(instant, alarm.processChangedAt)
        guard let change = alarm.deactivate(source, at: instant) else { return nil }
        open[condition] = alarm.isOpen ? alarm : nil
        return AlarmTransition(alarm: alarm, change: change, at: instant, source: source)
    }

    mutating func acknowledge(
        _ condition: AlarmCondition,
        by operatorName: String,
        note: String?,
        at instant: Instant
    ) -> AlarmTransition? {
        guard var alarm = open[condition],
            let change = alarm.acknowledge(by: operatorName, note: note, at: instant)
        else { return nil }
        open[condition] = alarm.isOpen ? alarm : nil
        return AlarmTransition(alarm: alarm, change: change, at: instant, by: operatorName)
    }

    mutating func reset(
        _ condition: AlarmCondition,
        by operatorName: String,
        at instant: Instant
    ) -> AlarmTransition? {
        guard var alarm = open[condition], let change = alarm.reset() else { return nil }
        open[condition] = nil
        return AlarmTransition(alarm: alarm, change: change, at: instant, by: operatorName)
    }
}
