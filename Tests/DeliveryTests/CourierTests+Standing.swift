import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// What is told of an alarm that a model raised, hours after it did.
extension CourierTests {
    private func said(_ probability: Double, minutes: Double, at instant: Instant) throws -> Prediction {
        Prediction(
            asset: "pump",
            instant: instant,
            probability: probability,
            timeToFailureMinutes: minutes,
            modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        )
    }

    private func alarm(_ said: Prediction, clearedAt: Instant? = nil, id: ID<Alarm> = ID(UUID())) -> Alarm {
        Alarm(
            id: id,
            asset: "pump",
            condition: .prediction,
            type: .predictive,
            state: clearedAt == nil ? .unacknowledged : .returnedUnacknowledged,
            raisedAt: said.instant,
            clearedAt: clearedAt,
            causes: [
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: said.instant,
                    clearedAt: clearedAt,
                    message: "failure likely in about 9 h (83 %)",
                    metadata: AlertMetadata(said, features: nil)
                )
            ]
        )
    }

    private func commit(_ predictions: [Prediction], _ transitions: [AlarmTransition], _ office: PostOffice)
        async throws
    {
        let cursor = try await office.stores.lane.lane(in: office.north).cursor
        _ = try await office.stores.lane.commit(
            LaneCommit(
                expectedCursor: cursor,
                cursor: cursor,
                predictions: predictions,
                transitions: transitions,
                at: office.time.now
            ),
            in: office.north
        )
    }

    @Test(arguments: [true, false])
    func `an escalation tells what the model says by then, unless its prediction has gone`(stands: Bool) async throws {
        let (shift, chief) = (try await HTTPReceiver(), try await HTTPReceiver())
        let office = try await PostOffice()
        try await office.target("shift", shift.port, in: office.north)
        try await office.target("chief", chief.port, in: office.north)
        let step = DeliveryRoute.Step(afterMinutes: 510, targets: [.name("chief")])
        let route = DeliveryRoute(id: "all", targets: [.name("shift")], escalation: [step])
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let first = try said(0.83, minutes: 540, at: office.time.now)
        let raised = alarm(first)
        try await commit([first], [AlarmTransition(alarm: raised, change: .raised, at: .t0)], office)
        await office.deliver()
        office.time.advance(by: .seconds(510 * 60))
        let newest = try said(stands ? 0.995 : 0.01, minutes: 30, at: office.time.now)
        var transitions: [AlarmTransition] = []
        if !stands {
            let returned = alarm(first, clearedAt: newest.instant, id: raised.id)
            transitions = [AlarmTransition(alarm: returned, change: .returned, at: newest.instant)]
        }
        try await commit([newest], transitions, office)
        await office.deliver()
        let text = String(decoding: chief.requests.last?.body ?? [], as: UTF8.self)
        let sentence = stands ? "in about 30 min (over 99 %), as of 2026-01-01 08:30" : "(83 %), as of 2026-01-01 00:00"
        #expect(text.contains("\(sentence) UTC"), "\(text)")
        // What was decided is kept as it was.
        let kept = try await office.stores.alerts.after(0, limit: 1, in: office.north).first
        #expect(kept?.transition.alarm == raised)
        try await shift.stop()
        try await chief.stop()
    }
}
