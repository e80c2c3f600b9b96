package import Plant

/// The figures of an alarm system over a stretch of time, each beside the value that the standards aim at.
package struct AlarmQualityReport: Sendable, Encodable {
    /// What EEMUA 191 calls a figure.
    package enum Verdict: String, Sendable, Encodable {
        case acceptable, manageable, overDemanding, unacceptable
        /// Too little to say.
        case unknown
    }

    package struct Figure: Sendable, Encodable {
        /// Nil where it can't be known.
        package let value: Double?
        /// The most that is acceptable.
        package let target: Double
        package let verdict: Verdict

        /// Judged by the ends of what is acceptable, manageable and over-demanding.
        init(_ value: Double?, acceptable: Double, manageable: Double? = nil, overDemanding: Double? = nil) {
            self.value = value
            target = acceptable
            verdict =
                switch value {
                case nil: .unknown
                case let value? where value <= acceptable: .acceptable
                case let value? where value <= manageable ?? acceptable: .manageable
                case let value? where value <= overDemanding ?? .infinity: .overDemanding
                case .some: .unacceptable
                }
        }
    }

    /// One alarm that annunciates much: a rule's or the predictions', on one asset.
    package struct BadActor: Sendable, Encodable {
        package let asset: String
        /// `rule:hz1` or `prediction`.
        package let source: String
        package let condition: String
        package let type: AlarmType
        /// What it said last.
        package let message: String
        package let annunciations: Int
        /// Of all annunciations.
        package let share: Double
        package let chattering: Int
        package let fleeting: Int
        package let longestSeconds: Double
    }

    package struct Spread: Sendable, Encodable {
        package let high: Double?
        package let medium: Double?
        package let low: Double?
        package let verdict: Verdict
    }

    package struct Acknowledgement: Sendable, Encodable {
        package let answered: Int
        package let waiting: Int
        /// Within which half of all were answered, those that wait among them; nil where fewer were.
        package let medianSeconds: Double?
        /// The same of nine in ten.
        package let p90Seconds: Double?
    }

    package let from: Instant
    /// Since when rates are taken: `from`, or the first reading where that came later; nil where none came before `to`.
    package let measuredFrom: Instant?
    package let to: Instant
    package let operators: Int
    /// The organization's accounts that were taken for those on duty; nil where somebody said how many there are.
    package let operatorAccounts: Int?
    package let annunciations: Int
    /// Raises that were kept silent.
    package let suppressed: Int
    /// Per ten minutes and operator.
    package let averageRate: Figure
    /// The most in any ten minutes, per operator.
    package let peakRate: Figure
    /// Of the ten-minute periods.
    package let floodShare: Figure
    package let floods: Int
    /// Alarms with three annunciations within a minute.
    package let chattering: Figure
    /// Returns within a minute.
    package let fleeting: Figure
    /// The most alarms on any one day that had stood for over a day.
    package let stale: Figure
    /// Of the ten most frequent.
    package let topTenShare: Figure
    package let priorities: Spread
    package let acknowledgement: Acknowledgement
    /// The most frequent first, and of equals those that chatter more; at most ten.
    package let badActors: [BadActor]
}

extension AlarmQuality {
    /// Fewer annunciations say nothing of their spread: one CRITICAL would be over a twentieth.
    static let spreadCountMin = 20
    /// Of fewer alarms the ten most frequent can't be a twentieth.
    static let topTenActorsMin = 200

    /// The figures.
    ///
    /// Rates after EEMUA 191: up to 1 in 10 min very likely to be acceptable, 1 in 5 min manageable, over that likely
    /// to be over-demanding, more than 1 a minute very likely to be unacceptable; after an upset 10 in 10 min
    /// manageable, 20 to 100 hard to cope with, more definitely excessive. Floods after ISA-18.2-2016, clause 16:
    /// from the period with more than 10 up to the one with fewer than 5, under 1 % of the time; fewer than 5 stale
    /// on any day; nothing that chatters or is fleeting; the ten most frequent at most 5 % of the load; 80, 15 and 5
    /// % low, medium and high.
    package func report() -> AlarmQualityReport {
        let quality = finished()
        let spans = (to - measuredFrom).seconds / Self.period.seconds
        let share = Double(operators)
        let whole = wholePeriods
        let flood = floodPeriods(in: whole)
        let ranked = quality.rankedActors
        let topTen = ranked.prefix(10).reduce(0) { $0 + $1.annunciations }
        let isEnough = ranked.count >= Self.topTenActorsMin
        return AlarmQualityReport(
            from: from,
            measuredFrom: measuredFrom < to ? measuredFrom : nil,
            to: to,
            operators: operators,
            operatorAccounts: operatorAccounts,
            annunciations: annunciations,
            suppressed: suppressed,
            averageRate: AlarmQualityReport.Figure(
                spans >= 1 ? Double(annunciations) / spans / share : nil,
                acceptable: 1,
                manageable: 2,
                overDemanding: 10
            ),
            peakRate: AlarmQualityReport.Figure(
                spans >= 1 ? Double(peak) / share : nil,
                acceptable: 10,
                manageable: 20,
                overDemanding: 100
            ),
            floodShare: AlarmQualityReport.Figure(
                whole.isEmpty ? nil : Double(flood.periods) / Double(whole.count),
                acceptable: 0.01
            ),
            floods: flood.count,
            chattering: AlarmQualityReport.Figure(
                count(actors.values.count { $0.chattering > 0 }),
                acceptable: 0
            ),
            fleeting: AlarmQualityReport.Figure(count(fleeting), acceptable: 0),
            stale: AlarmQualityReport.Figure(count(quality.staleOnAnyDay), acceptable: 4),
            topTenShare: AlarmQualityReport.Figure(
                isEnough ? Double(topTen) / Double(max(1, annunciations)) : nil,
                acceptable: 0.05
            ),
            priorities: spread,
            acknowledgement: acknowledgement,
            badActors: Array(ranked.prefix(10))
        )
    }

    /// Nil where nothing could be told yet: then none is no merit.
    private func count(_ count: Int) -> Double? { measuredFrom < to ? Double(count) : nil }

    /// The regular periods that lie wholly in what is measured.
    private var wholePeriods: Range<Int64> {
        let first = Self.period(of: measuredFrom + Self.period - .microseconds(1))
        return first..<max(first, Self.period(of: to))
    }

    /// Regular periods in flood, and how many floods they make.
    private func floodPeriods(in whole: Range<Int64>) -> (periods: Int, count: Int) {
        var (isFlood, inFlood, floods, last) = (false, 0, 0, Int64.min)
        for (number, heard) in periods.sorted(by: { $0.key < $1.key }) where whole.contains(number) {
            if number - 1 != last { isFlood = false }  // A period without any lies in between.
            last = number
            let perOperator = Double(heard) / Double(operators)
            if !isFlood, perOperator > 10 {
                isFlood = true
                floods += 1
            } else if perOperator < 5 {
                isFlood = false
            }
            inFlood += isFlood ? 1 : 0
        }
        return (inFlood, floods)
    }

    private var rankedActors: [AlarmQualityReport.BadActor] {
        let ranked = actors.sorted { left, right in
            if left.value.annunciations != right.value.annunciations {
                return left.value.annunciations > right.value.annunciations
            }
            if left.value.chattering != right.value.chattering { return left.value.chattering > right.value.chattering }
            return (left.key.asset, left.key.source.key) < (right.key.asset, right.key.source.key)
        }
        return ranked.map { actor, tally in
            AlarmQualityReport.BadActor(
                asset: actor.asset,
                source: actor.source.key,
                condition: tally.condition.key,
                type: tally.type,
                message: tally.message,
                annunciations: tally.annunciations,
                share: Double(tally.annunciations) / Double(max(1, annunciations)),
                chattering: tally.chattering,
                fleeting: tally.fleeting,
                longestSeconds: tally.longest.seconds
            )
        }
    }

    /// The most stale alarms on one day, counted from the beginning.
    private var staleOnAnyDay: Int {
        var days: [Int64: Int] = [:]
        let day = Self.staleAfter.microseconds
        for range in stale where range.upperBound >= from && range.lowerBound < to {
            let first = (max(range.lowerBound, from) - from).microseconds / day
            let last = (min(range.upperBound, to - .microseconds(1)) - from).microseconds / day
            guard first <= last else { continue }
            for number in first...last { days[number, default: 0] += 1 }
        }
        return days.values.max() ?? 0
    }

    private var spread: AlarmQualityReport.Spread {
        guard annunciations >= Self.spreadCountMin else {
            return AlarmQualityReport.Spread(high: nil, medium: nil, low: nil, verdict: .unknown)
        }
        func part(_ priority: Priority) -> Double { Double(priorities[priority] ?? 0) / Double(annunciations) }
        let (high, medium) = (part(.high), part(.medium))
        return AlarmQualityReport.Spread(
            high: high,
            medium: medium,
            low: part(.low),
            verdict: high <= 0.05 && high + medium <= 0.2 ? .acceptable : .overDemanding
        )
    }

    private var acknowledgement: AlarmQualityReport.Acknowledgement {
        let ordered = responses.sorted()
        return AlarmQualityReport.Acknowledgement(
            answered: ordered.count,
            waiting: waitingCount,
            medianSeconds: Self.quantile(0.5, of: ordered, andLonger: waitingCount),
            p90Seconds: Self.quantile(0.9, of: ordered, andLonger: waitingCount)
        )
    }

    /// By nearest rank: the least value that so many are not above; nil where it is among those that are not known yet.
    static func quantile(_ share: Double, of ordered: [Double], andLonger waiting: Int = 0) -> Double? {
        let rank = Int((share * Double(ordered.count + waiting)).rounded(.up))
        return (1..<ordered.count + 1).contains(rank) ? ordered[rank - 1] : nil
    }
}
