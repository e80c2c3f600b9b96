package import Plant

/// Measures an alarm system by what it told operators (EEMUA 191, 3rd edition; ISA-18.2-2016, clause 16).
///
/// Counted is what annunciates, when it was told; how long alarms stood goes by the plant's own time. An alarm stands
/// only while it is heard: what is silent burdens nobody.
package struct AlarmQuality: Sendable {
    /// One cause on one asset.
    struct Actor: Hashable, Sendable {
        let asset: String
        let source: AlarmCause.Source
    }

    struct Tally: Sendable {
        var message = ""
        var condition: AlarmCondition
        var type: AlarmType
        var annunciations = 0
        var chattering = 0
        var fleeting = 0
        var longest = Duration.zero
        /// Of the last two annunciations, by the plant's time.
        var recent: [Instant] = []
    }

    /// An active alarm that is heard.
    private struct Standing {
        let since: Instant
        let actor: Actor
        /// Whether it annunciated then, within the stretch.
        let isTold: Bool
    }

    /// Over which rates are counted.
    package static let period = Duration.seconds(600)
    /// Three annunciations of one alarm within it are chatter.
    package static let chatterWindow = Duration.seconds(60)
    /// What returns so soon is gone before anybody can act.
    package static let fleetingMax = Duration.seconds(60)
    /// What stands so long is stale.
    package static let staleAfter = Duration.seconds(86_400)

    package let from: Instant
    /// The beginning of what rates are taken over; ``to`` where nothing could be told before it.
    package let measuredFrom: Instant
    package let to: Instant
    package let operators: Int
    /// How many accounts were counted for them; nil where somebody said who share the load.
    package let operatorAccounts: Int?
    private(set) var annunciations = 0
    private(set) var suppressed = 0
    private(set) var fleeting = 0
    /// By number on the clock, since 1970, so that none depends on when somebody asks; those without any are left out.
    private(set) var periods: [Int64: Int] = [:]
    /// The most within a period's length, wherever it begins.
    private(set) var peak = 0
    /// When the last were told, as far back as a period is long.
    private var recent: ArraySlice<Instant> = []
    private(set) var priorities: [Priority: Int] = [:]
    private(set) var actors: [Actor: Tally] = [:]
    /// When alarms were stale, by the plant's time.
    private(set) var stale: [Range<Instant>] = []
    /// Seconds from an annunciation to an operator's word, by the server's time.
    private(set) var responses: [Double] = []
    private var standing: [ID<Alarm>: Standing] = [:]
    private var waiting: [ID<Alarm>: Instant] = [:]

    /// - Parameters:
    ///   - from: Where counting begins.
    ///   - measuredFrom: Since when anything could be told, where that is later: the time before was not quiet.
    ///   - to: Where it ends; left out itself, and not in the future.
    ///   - operators: Who share the load; at least one.
    ///   - operatorAccounts: How many accounts were counted for them; nil where somebody said who share the load.
    ///   - open: The last transition before `from` of each alarm that was open then; when its operators were first told,
    ///     of all times that they had not answered, nil where they never were; and when it was last heard again after a silence.
    package init(
        from: Instant,
        measuredFrom: Instant? = nil,
        to: Instant,
        operators: Int,
        operatorAccounts: Int? = nil,
        open: [(transition: AlarmTransition, asked: Instant?, heardAgain: Instant?)] = []
    ) {
        self.from = from
        self.measuredFrom = min(max(from, measuredFrom ?? from), to)
        self.to = to
        self.operators = max(1, operators)
        self.operatorAccounts = operatorAccounts
        for (transition, asked, heardAgain) in open {
            let alarm = transition.alarm
            guard alarm.isOpen, !alarm.suppression.isInForce else { continue }
            if alarm.state.isActive {
                let since = alarm.activeCauses.map(\.since).min() ?? alarm.raisedAt
                standing[alarm.id] = Standing(
                    since: max(since, heardAgain ?? since),
                    actor: Self.actor(of: transition),
                    isTold: false
                )
            }
            let isUnknown = alarm.state == .unacknowledged || alarm.state == .returnedUnacknowledged
            if isUnknown { waiting[alarm.id] = asked }
        }
    }

    var waitingCount: Int { waiting.count }

    /// A period's number on the clock.
    static func period(of instant: Instant) -> Int64 {
        instant.microseconds.flooredDivision(by: period.microseconds).quotient
    }

    /// Takes in a transition of the stretch, in their order.
    ///
    /// - Parameters:
    ///   - transition: What became of an alarm.
    ///   - told: When it was kept and told, by the server's time.
    package mutating func note(_ transition: AlarmTransition, told: Instant) {
        let alarm = transition.alarm
        switch transition.change {
        case .raised, .reraised, .escalated, .unsuppressed: hear(transition, told: told)
        case .returned: ended(alarm, at: transition.at)
        case .closed:
            ended(alarm, at: alarm.clearedAt ?? transition.at)
            answered(alarm, told: told, by: transition.by)
        case .acknowledged: answered(alarm, told: told, by: transition.by)
        case .deescalated, .causeAdded, .causeCleared, .suppressed: break
        }
        // Perhaps without a word of its own: what has become less urgent may be a mere consequence now.
        guard alarm.suppression.isInForce else { return }
        ended(alarm, at: transition.at, hasReturned: false)
        waiting[alarm.id] = nil
    }

    private mutating func hear(_ transition: AlarmTransition, told: Instant) {
        let alarm = transition.alarm
        let actor = Self.actor(of: transition)
        // A plant's past calls nobody.
        let isHeard = transition.annunciates && !transition.isHistory(committedAt: told)
        if standing[alarm.id] == nil, alarm.state.isActive, !alarm.suppression.isInForce {
            let since = transition.isHistory(committedAt: told) ? told : transition.at
            standing[alarm.id] = Standing(since: since, actor: actor, isTold: isHeard)
        }
        guard isHeard else {
            if alarm.suppression.isInForce, transition.change != .unsuppressed { suppressed += 1 }
            return
        }
        annunciations += 1
        periods[Self.period(of: told), default: 0] += 1
        if let last = recent.last, told < last {  // The server's clock was put back.
            recent.removeAll { $0 - told >= Self.period }
        }
        while let first = recent.first, told - first >= Self.period { recent.removeFirst() }
        recent.append(told)
        peak = max(peak, recent.count)
        if waiting[alarm.id] == nil { waiting[alarm.id] = told }
        let cause = alarm.cause(from: actor.source)
        priorities[Priority(cause?.urgency ?? AlarmUrgency(type: alarm.type)), default: 0] += 1
        var tally = actors[actor] ?? Tally(condition: alarm.condition, type: alarm.type)
        tally.annunciations += 1
        tally.message = cause?.message ?? tally.message
        tally.type = max(tally.type, alarm.type)
        if let first = tally.recent.first, tally.recent.count == 2, transition.at - first <= Self.chatterWindow {
            tally.chattering += 1
        }
        tally.recent = tally.recent.suffix(1) + [transition.at]
        actors[actor] = tally
    }

    private mutating func answered(_ alarm: Alarm, told: Instant, by operatorName: String?) {
        guard let since = waiting.removeValue(forKey: alarm.id), operatorName != nil else { return }
        responses.append(max(.zero, told - since).seconds)
    }

    /// It returned, or is silent from now on.
    private mutating func ended(_ alarm: Alarm, at instant: Instant, hasReturned: Bool = true) {
        guard let stood = standing.removeValue(forKey: alarm.id) else { return }
        let length = instant - stood.since
        if length >= Self.staleAfter { stale.append(stood.since + Self.staleAfter..<instant) }
        guard var tally = actors[stood.actor] else { return }
        tally.longest = max(tally.longest, length)
        if hasReturned, stood.isTold, length < Self.fleetingMax {
            tally.fleeting += 1
            fleeting += 1
        }
        actors[stood.actor] = tally
    }

    /// What still stands, as if it were to go at the end.
    func finished() -> AlarmQuality {
        var quality = self
        for stood in standing.values {
            let length = to - stood.since
            if length >= Self.staleAfter { quality.stale.append(stood.since + Self.staleAfter..<to) }
            guard var tally = actors[stood.actor] else { continue }
            tally.longest = max(tally.longest, length)
            quality.actors[stood.actor] = tally
        }
        return quality
    }

    private static func actor(of transition: AlarmTransition) -> Actor {
        let alarm = transition.alarm
        let source = transition.source ?? alarm.leadingCause?.source ?? alarm.causes.last?.source ?? .prediction
        return Actor(asset: alarm.asset, source: source)
    }
}

extension AlarmQuality {
    /// The three priorities that operators are to tell apart (ISA-18.2-2016, clause 16: about 5, 15 and 80 %).
    package enum Priority: String, Hashable, Sendable, Codable, CaseIterable {
        case high, medium, low

        /// A rule's own priority where it has one, 1 being the highest; else a CRITICAL is high, a PREDICTIVE, which
        /// leaves time to plan, medium, and a WARNING low.
        init(_ urgency: AlarmUrgency) {
            self =
                switch (urgency.priority, urgency.type) {
                case (1?, _), (nil, .critical): .high
                case (2?, _), (nil, .predictive): .medium
                case (_?, _), (nil, .warning): .low
                }
        }
    }
}
