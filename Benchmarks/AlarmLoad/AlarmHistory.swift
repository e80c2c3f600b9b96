import Alarms
import Foundation
import Models
import Plant
import Storage

/// Years of one organization's alarms: 300 machines, eight components, twenty rules, the newest few thousand still open.
struct AlarmHistory {
    static let assets = (0..<300).map { "machine-\($0)" }
    static let conditions: [AlarmCondition] =
        ["heater", "pump", "fan", "belt", "bearing", "valve", "motor", "burner"].map { .component($0) }
        + (0..<20).map { .rule("rule-\($0)") } + [.prediction]
    static let end = Instant(seconds: 1_780_000_000)
    private static let openCountMax = 5_000
    private static let batchCount = 1_000
    /// One alarm in so many has a word on it.
    private static let judgedEvery = 500

    private let count: Int
    private var generator = SystemRandomNumberGenerator()

    init(count: Int) { self.count = count }

    /// When the oldest was raised, given how many there are.
    static func start(count: Int) -> Instant { end - .seconds(Int64(count) * 60) }

    /// By the lane's own way of writing, and a word of feedback now and then.
    func write(to stores: Stores, in scope: OrganizationScope) async throws {
        var history = self
        for start in stride(from: 0, to: count, by: Self.batchCount) {
            let alarms = (start..<min(count, start + Self.batchCount)).map { history.alarm($0) }
            let commit = LaneCommit(
                expectedCursor: 0,
                cursor: 0,
                transitions: alarms.map { AlarmTransition(alarm: $0, change: .raised, at: $0.raisedAt) },
                at: Self.end
            )
            _ = try await stores.lane.commit(commit, in: scope)
            for (number, alarm) in zip(start..., alarms) where number.isMultiple(of: Self.judgedEvery) {
                let word = Feedback(id: ID(UUID()), alarm: alarm.id, isAccurate: true, by: "ann", at: Self.end)
                try await stores.feedback.give(word, in: scope)
            }
        }
    }

    private mutating func alarm(_ number: Int) -> Alarm {
        let openCount = min(Self.openCountMax, count / 20)
        let place = number - (count - openCount)
        let isOpen = place >= 0
        // What is open differs in its asset or its condition.
        let asset = isOpen ? place % Self.assets.count : Int.random(in: 0..<Self.assets.count, using: &generator)
        let condition =
            isOpen ? place / Self.assets.count : Int.random(in: 0..<Self.conditions.count, using: &generator)
        let raisedAt = Self.start(count: count) + .seconds(Int64(number) * 60)
        let type = type(of: Self.conditions[condition])
        let isShelved = Int.random(in: 0..<200, using: &generator) == 0
        return Alarm(
            id: .random(using: &generator),
            asset: Self.assets[asset],
            condition: Self.conditions[condition],
            type: type,
            state: isOpen ? [.unacknowledged, .acknowledged, .returnedUnacknowledged][number % 3] : .normal,
            suppression: isShelved ? Suppression(kind: .shelved, by: "ann", reason: "noise", since: raisedAt) : .none,
            raisedAt: raisedAt,
            acknowledgedAt: isOpen ? nil : raisedAt + .seconds(300),
            acknowledgedBy: isOpen ? nil : "ann",
            clearedAt: isOpen ? nil : raisedAt + .seconds(900),
            causes: causes(of: type, on: Self.conditions[condition], raisedAt: raisedAt, isOpen: isOpen)
        )
    }

    /// Rules find no PREDICTIVE ones, and a model that names no component no others.
    private mutating func type(of condition: AlarmCondition) -> AlarmType {
        switch condition {
        case .prediction: .predictive
        case .rule: Int.random(in: 0..<7, using: &generator) < 2 ? .critical : .warning
        case .component: [.critical, .warning, .warning, .predictive].randomElement(using: &generator) ?? .warning
        }
    }

    /// One to three; the model's word is among them, with what it went by, where the alarm is the model's and, of
    /// components, in one other of eight.
    private mutating func causes(
        of type: AlarmType,
        on condition: AlarmCondition,
        raisedAt: Instant,
        isOpen: Bool
    ) -> [AlarmCause] {
        let isHybrid = condition.component != nil && Int.random(in: 0..<8, using: &generator) == 0
        return (0..<Int.random(in: (isHybrid ? 2 : 1)...3, using: &generator)).map { number in
            let isModel = (type == .predictive || isHybrid) && number == 0
            return AlarmCause(
                source: isModel ? .prediction : .rule("rule-\(number)"),
                type: isModel ? .predictive : type,
                priority: number == 1 ? 2 : nil,
                since: raisedAt,
                clearedAt: isOpen ? nil : raisedAt + .seconds(900),
                message: "hz\(number)pv 871.2 is 11.2 above 860, which is the limit of this machine's zone",
                measured: isModel ? nil : 871.2,
                limit: isModel ? nil : 860,
                metadata: isModel ? metadata(at: raisedAt) : nil
            )
        }
    }

    private func metadata(at instant: Instant) -> AlertMetadata? {
        ModelVersion(hash: String(repeating: "ab", count: 32)).map { version in
            let prediction = Prediction(
                asset: "machine",
                instant: instant,
                probability: 0.83,
                confidence: 0.7,
                component: "bearing",
                timeToFailureMinutes: 540,
                p10Minutes: 60,
                p90Minutes: 900,
                modelVersion: version
            )
            return AlertMetadata(prediction, features: nil)
        }
    }
}
