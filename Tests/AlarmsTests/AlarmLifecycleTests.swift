import Alarms
import Testing

@Suite struct AlarmLifecycleTests {
    static let table: [(ProcessState, AlarmLifecycle.Event, ProcessState)] = [
        (.normal, .raise, .unacknowledged),
        (.normal, .escalate, .unacknowledged),
        (.normal, .clear, .normal),
        (.normal, .acknowledge, .normal),
        (.unacknowledged, .raise, .unacknowledged),
        (.unacknowledged, .escalate, .unacknowledged),
        (.unacknowledged, .clear, .returnedUnacknowledged),
        (.unacknowledged, .acknowledge, .acknowledged),
        (.acknowledged, .raise, .acknowledged),
        (.acknowledged, .escalate, .unacknowledged),
        (.acknowledged, .clear, .normal),
        (.acknowledged, .acknowledge, .acknowledged),
        (.returnedUnacknowledged, .raise, .unacknowledged),
        (.returnedUnacknowledged, .escalate, .unacknowledged),
        (.returnedUnacknowledged, .clear, .returnedUnacknowledged),
        (.returnedUnacknowledged, .acknowledge, .normal),
        (.normal, .reset, .normal),
        (.unacknowledged, .reset, .unacknowledged),
        (.acknowledged, .reset, .acknowledged),
        (.returnedUnacknowledged, .reset, .returnedUnacknowledged),
        (.latched, .raise, .unacknowledged),
        (.latched, .escalate, .unacknowledged),
        (.latched, .clear, .latched),
        (.latched, .acknowledge, .latched),
        (.latched, .reset, .normal),
    ]

    /// What is otherwise where an alarm latches.
    static let latchingTable: [(ProcessState, AlarmLifecycle.Event, ProcessState)] = [
        (.acknowledged, .clear, .latched),
        (.returnedUnacknowledged, .acknowledge, .latched),
    ]

    @Test func `a latching alarm waits to be reset, and is like any other but for that`() {
        for (state, event, next) in Self.table {
            let other = Self.latchingTable.first { $0.0 == state && $0.1 == event }?.2
            #expect(AlarmLifecycle.state(after: event, in: state, isLatching: true) == other ?? next)
        }
    }

    @Test(arguments: table)
    func `each event leads where ISA-18.2 says`(state: ProcessState, event: AlarmLifecycle.Event, next: ProcessState) {
        #expect(AlarmLifecycle.state(after: event, in: state) == next)
    }

    @Test func `the table holds every state and event once`() {
        let pairs = Set(Self.table.map { [$0.0.rawValue, "\($0.1)"] })
        #expect(pairs.count == ProcessState.allCases.count * AlarmLifecycle.Event.allCases.count)
        #expect(pairs.count == Self.table.count)
    }

    @Test(arguments: ProcessState.allCases)
    func `only what is normal is closed, and only what is active has a cause`(state: ProcessState) {
        #expect(state.isOpen == (state != .normal))
        #expect(state.isActive == (state == .unacknowledged || state == .acknowledged))
    }

    @Test func `the type ranks before the priority, and a priority before none`() {
        let ranked = [
            AlarmUrgency(type: .predictive), AlarmUrgency(type: .predictive, priority: 1),
            AlarmUrgency(type: .warning), AlarmUrgency(type: .warning, priority: 7),
            AlarmUrgency(type: .warning, priority: 1), AlarmUrgency(type: .critical),
        ]
        #expect(ranked.shuffled().sorted() == ranked)
    }
}
