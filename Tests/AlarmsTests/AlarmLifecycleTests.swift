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
    ]

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
