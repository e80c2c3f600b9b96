import Alarms
import FoundationEssentials
import Models
import Plant
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct AlarmPageTests {
    /// Of each eight; rules' own are never PREDICTIVE.
    private static let kinds: [(condition: AlarmCondition, type: AlarmType)] = [
        (.component("bearing"), .critical), (.component("seal"), .warning), (.rule("r2"), .warning),
        (.prediction, .predictive), (.component("bearing"), .predictive), (.component("seal"), .critical),
        (.rule("r2"), .critical), (.prediction, .warning),
    ]

    /// What a model has a part in: whatever is PREDICTIVE or a prediction, and half of what else is of a component.
    private func causes(_ index: Int) -> [AlarmCause] {
        let (condition, type) = Self.kinds[index % 8]
        let rule = AlarmCause(source: .rule("r1"), type: type, since: .t0, message: "x is 1 above 2")
        let prediction = AlarmCause(source: .prediction, type: .predictive, since: .t0, message: "expected to fail")
        if type == .predictive { return [prediction] }
        let isForetold = condition == .prediction || condition.component != nil && index / 8 % 2 == 0
        return isForetold ? [rule, prediction] : [rule]
    }

    /// Alarms of every kind, three at each instant, some of them judged or foretold, in both organizations.
    private func alarms(_ world: World) async throws -> (north: [Alarm], judged: Set<ID<Alarm>>) {
        var generator = SeededGenerator(seed: 11)
        var north: [Alarm] = []
        for scope in [world.north, world.south] {
            let alarms = (0..<48).map { index in
                var alarm = Alarm.test(
                    "asset \(index % 2)",
                    condition: Self.kinds[index % 8].condition,
                    type: Self.kinds[index % 8].type,
                    // One is open for a condition.
                    state: index < 4 ? ProcessState.allCases[1 + index % 4] : .normal,
                    raisedAt: .t0 + .seconds(index / 3),
                    causes: causes(index)
                )
                let kind = Suppression.Kind.allCases.randomElement(using: &generator) ?? .none
                alarm = alarm.suppressed(Suppression(kind: kind))
                return alarm
            }
            let transitions = alarms.map { AlarmTransition(alarm: $0, change: .raised, at: $0.raisedAt) }
            let commit = LaneCommit(expectedCursor: 0, cursor: 0, transitions: transitions, at: .t0)
            _ = try await world.stores.lane.commit(commit, in: scope)
            if north.isEmpty { north = alarms }
        }
        let judged = Set(north.map(\.id).filter { _ in Bool.random(using: &generator) })
        for id in judged {
            let word = Feedback(id: ID(UUID()), alarm: id, isAccurate: true, by: "ann", at: .t0)
            try await world.stores.feedback.give(word, in: world.north)
        }
        return (north, judged)
    }

    private func filter(_ generator: inout SeededGenerator) -> AlarmFilter {
        func perhaps<Value>(_ values: [Value]) -> Value? {
            Int.random(in: 0..<3, using: &generator) == 0 ? values.randomElement(using: &generator) : nil
        }
        return AlarmFilter(
            isOpen: perhaps([true, false]),
            asset: perhaps(["asset 0", "asset 1", "nowhere"]),
            type: perhaps(AlarmType.allCases),
            state: perhaps(ProcessState.allCases),
            condition: perhaps([.component("bearing"), .rule("r2"), .prediction]),
            suppression: perhaps(Suppression.Kind.allCases),
            raisedFrom: perhaps([.t0 + .seconds(3)]),
            raisedBefore: perhaps([.t0 + .seconds(9)]),
            isJudged: perhaps([true, false]),
            isForetold: perhaps([true, false])
        )
    }

    private func passes(_ alarm: Alarm, _ filter: AlarmFilter, judged: Set<ID<Alarm>>) -> Bool {
        let isForetold = alarm.cause(from: .prediction) != nil
        return (filter.isOpen ?? alarm.isOpen) == alarm.isOpen && (filter.state ?? alarm.state) == alarm.state
            && (filter.type ?? alarm.type) == alarm.type && (filter.asset ?? alarm.asset) == alarm.asset
            && (filter.condition ?? alarm.condition) == alarm.condition
            && (filter.suppression ?? alarm.suppression.kind) == alarm.suppression.kind
            && alarm.raisedAt >= filter.raisedFrom ?? .distantPast
            && alarm.raisedAt < filter.raisedBefore ?? .distantFuture
            && (filter.isJudged ?? judged.contains(alarm.id)) == judged.contains(alarm.id)
            && (filter.isForetold ?? isForetold) == isForetold
    }

    @Test(arguments: Engine.allCases)
    func `pages go from the newest by key, and filters join`(engine: Engine) async throws {
        let world = try await World(engine)
        let (alarms, judged) = try await alarms(world)
        let newestFirst = alarms.sorted { ($0.raisedAt, $0.id) > ($1.raisedAt, $1.id) }
        var generator = SeededGenerator(seed: 12)
        var foundCount = 0
        for filter in [AlarmFilter()] + (0..<300).map({ _ in filter(&generator) }) {
            let expected = newestFirst.filter { passes($0, filter, judged: judged) }
            var found: [Alarm] = []
            var key: String?
            repeat {
                let page = try await world.stores.alarms.page(filter, after: key, limit: 5, in: world.north)
                #expect(page.elements.count <= 5)
                found += page.elements
                key = page.next
            } while key != nil
            #expect(found == expected, "\(filter)")
            foundCount += found.count
        }
        #expect(foundCount > 500)
    }

    @Test(arguments: Engine.allCases)
    func `a page ends at the time range, wherever its key points`(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await alarms(world)
        let filter = AlarmFilter(raisedFrom: .t0 + .seconds(3), raisedBefore: .t0 + .seconds(6))
        let key = "\((Instant.t0 + .seconds(12)).microseconds).x"
        let page = try await world.stores.alarms.page(filter, after: key, limit: 99, in: world.north)
        #expect(page.elements.count == 9)
    }

    @Test(arguments: Engine.allCases)
    func `a key that no page ends at is refused`(engine: Engine) async throws {
        let world = try await World(engine)
        for filter in [AlarmFilter(), AlarmFilter(isOpen: true, state: .normal)] {
            #expect(
                await storageError { try await world.stores.alarms.page(filter, after: "x", limit: 1, in: world.north) }
                    == .invalidKey
            )
        }
    }
}

extension Alarm {
    fileprivate func suppressed(_ suppression: Suppression) -> Alarm {
        Alarm(
            id: id,
            asset: asset,
            condition: condition,
            type: type,
            state: state,
            suppression: suppression,
            raisedAt: raisedAt,
            acknowledgedAt: acknowledgedAt,
            acknowledgedBy: acknowledgedBy,
            note: note,
            clearedAt: clearedAt,
            causes: causes
        )
    }
}
