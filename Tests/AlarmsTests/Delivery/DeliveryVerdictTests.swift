import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct DeliveryVerdictTests {
    private let id = ID<Alarm>(UUID())

    private func alarm(
        _ state: ProcessState,
        _ type: AlarmType = .warning,
        _ suppression: Suppression = .none
    ) -> Alarm {
        DeliveryPlanTests.alarm(type, state: state, suppression: suppression, id: id)
    }

    private func isSent(
        step: Int,
        isHeld: Bool = false,
        _ change: AlarmTransition.Change = .raised,
        age: Int = 0,
        now: Alarm?,
        wasTold: Bool = true
    ) -> Bool {
        DeliveryVerdict(
            step: step,
            isHeld: isHeld,
            transition: DeliveryPlanTests.transition(alarm(.unacknowledged), change),
            committedAt: DeliveryPlanTests.start + .seconds(age),
            alarm: now,
            wasTold: wasTold
        ) == .send
    }

    @Test(arguments: ProcessState.allCases)
    func `a first notice that nothing held back is sent, whatever became of the alarm`(state: ProcessState) {
        #expect(isSent(step: 0, now: alarm(state)))
        #expect(isSent(step: 0, now: nil))
    }

    @Test(arguments: [
        (ProcessState.unacknowledged, true), (.returnedUnacknowledged, true), (.acknowledged, false), (.latched, false),
        (.normal, false),
    ])
    func `an escalation and what was held back are sent only while nobody knows`(
        state: ProcessState,
        isSent wanted: Bool
    ) {
        #expect(isSent(step: 1, now: alarm(state)) == wanted)
        #expect(isSent(step: 0, isHeld: true, now: alarm(state)) == wanted)
    }

    @Test func `an escalation ends with suppression and with less urgency`() {
        #expect(!isSent(step: 1, now: alarm(.unacknowledged, .warning, Suppression(kind: .shelved))))
        #expect(!isSent(step: 1, now: alarm(.unacknowledged, .predictive)))
        #expect(isSent(step: 1, now: alarm(.unacknowledged, .critical)))
        #expect(!isSent(step: 1, now: nil))
    }

    @Test func `what is overtaken by something more urgent is not sent any more`() {
        let verdict = DeliveryVerdict(
            step: 0,
            isHeld: true,
            transition: DeliveryPlanTests.transition(alarm(.unacknowledged), .raised),
            committedAt: DeliveryPlanTests.start,
            alarm: alarm(.unacknowledged, .critical),
            isOvertaken: true,
            wasTold: true
        )
        #expect(verdict != .send)
    }

    @Test(arguments: [0, 1])
    func `of history only what still stands is told, and escalates`(step: Int) {
        let day = 86_400
        let gone = alarm(.returnedUnacknowledged)
        #expect(isSent(step: step, isHeld: true, age: day, now: alarm(.unacknowledged)))
        #expect(!isSent(step: step, isHeld: true, age: day, now: gone))
        #expect(!isSent(step: step, isHeld: true, age: day, now: alarm(.acknowledged)))
        // What was found sooner waits for whoever is to acknowledge it.
        #expect(isSent(step: step, isHeld: true, age: day - 1, now: gone))
    }

    @Test func `the end is told to whom the beginning was told`() {
        #expect(isSent(step: 0, .closed, now: alarm(.normal), wasTold: true))
        #expect(!isSent(step: 0, .closed, now: alarm(.normal), wasTold: false))
    }
}
