import Alarms
import FoundationEssentials
import Plant
import Storage
import TestSupport
import Testing

/// What is sent again does not stay open at its receiver.
extension DeliveryStoreTests {
    private static let later = Instant.t0 + .seconds(86_400)

    /// Two alarms that are told with their ends to two targets, planned.
    private func ended(_ engine: Engine) async throws -> (outbox: Outbox, alarm: ID<Alarm>) {
        let outbox = try await Outbox(engine)
        let route = DeliveryRoute(id: "all", changes: [.raised, .closed], targets: [.all])
        let policy = try DeliveryPolicy(routes: [route])
        _ = try await outbox.stores.deliveryPolicies.put(policy, by: "a", at: .t0, in: outbox.north)
        let (pump, seal) = (Alarm.test(), Alarm.test(condition: .component("seal")))
        for (alarm, condition) in [(pump, AlarmCondition.component("bearing")), (seal, .component("seal"))] {
            let over = Alarm.test(condition: condition, state: .normal, id: alarm.id)
            let changes = [(alarm, AlarmTransition.Change.raised), (over, .closed)]
            try await outbox.commit(changes.map { AlarmTransition(alarm: $0, change: $1, at: .t0) })
        }
        _ = try await outbox.plan()
        return (outbox, pump.id)
    }

    @Test(arguments: Engine.allCases)
    func `a dead letter that is sent again takes the end of its alarm along`(engine: Engine) async throws {
        let (outbox, alarm) = try await ended(engine)
        let deliveries = outbox.stores.deliveries
        let all = try await outbox.all()
        for delivery in all where delivery.sequence % 2 == 1 {
            try await deliveries.failed(delivery.id, because: "gone", .giveUp, at: .t0, in: outbox.north)
        }
        for delivery in all where delivery.sequence % 2 == 0 {
            let reason = DeliveryVerdict.untold
            try await deliveries.cancel(delivery.id, because: reason, at: .t0, in: outbox.north)
        }
        let raise = try #require(
            all.first { $0.alarm == alarm && $0.target == outbox.shift && $0.sequence % 2 == 1 }
        )
        #expect(try await deliveries.retry(raise.id, at: Self.later, in: outbox.north) == true)
        // Of that alarm and to that target alone.
        let waiting = try await outbox.all().filter { $0.state == .pending }
        #expect(Set(waiting.map(\.sequence)) == [raise.sequence, raise.sequence + 1])
        #expect(waiting.allSatisfy { $0.target == outbox.shift && $0.alarm == alarm && $0.reason == nil })
        #expect(try await outbox.organizationsDue(at: Self.later) == [outbox.north.id])
        // One behind the other, as at first.
        let first = try await outbox.due(outbox.shift, at: Self.later)
        #expect(first.map(\.record.id) == [raise.id])
        try await deliveries.delivered(raise.id, at: Self.later, in: outbox.north)
        let second = try await outbox.due(outbox.shift, at: Self.later)
        #expect(second.map(\.record.sequence) == [raise.sequence + 1])
        #expect(second.map(\.wasTold) == [true])
    }

    @Test(arguments: Engine.allCases)
    func `a digest that is sent again takes the ends of its alarms along`(engine: Engine) async throws {
        let (outbox, _) = try await ended(engine)
        let deliveries = outbox.stores.deliveries
        let own = try await outbox.all().filter { $0.target == outbox.shift }
        let digest = DeliveryStore.Digest(id: ID(UUID()), members: own.filter { $0.sequence % 2 == 1 })
        try await deliveries.digest([digest], for: outbox.shift, named: "shift", at: .t0, in: outbox.north)
        try await deliveries.failed(digest.id, because: "gone", .giveUp, at: .t0, in: outbox.north)
        for delivery in own where delivery.sequence % 2 == 0 {
            let reason = DeliveryVerdict.untold
            try await deliveries.cancel(delivery.id, because: reason, at: .t0, in: outbox.north)
        }
        #expect(try await deliveries.retry(digest.id, at: Self.later, in: outbox.north) == true)
        let waiting = try await outbox.all().filter { $0.target == outbox.shift && $0.state == .pending }
        #expect(waiting.count == 3)
        #expect(try await outbox.due(outbox.shift, urgent: true, at: Self.later).map(\.record.id) == [digest.id])
        #expect(try await outbox.due(outbox.shift, at: Self.later).isEmpty)
        try await deliveries.delivered(digest.id, at: Self.later, in: outbox.north)
        #expect(try await outbox.due(outbox.shift, at: Self.later).map(\.wasTold) == [true, true])
    }

    @Test(arguments: Engine.allCases)
    func `what was called off for another reason stays so`(engine: Engine) async throws {
        let (outbox, alarm) = try await ended(engine)
        let deliveries = outbox.stores.deliveries
        let own = try await outbox.all().filter { $0.alarm == alarm && $0.target == outbox.shift }
        let raise = try #require(own.min { $0.sequence < $1.sequence })
        let end = try #require(own.max { $0.sequence < $1.sequence })
        try await deliveries.failed(raise.id, because: "gone", .giveUp, at: .t0, in: outbox.north)
        try await deliveries.cancel(end.id, because: "the target was removed", at: .t0, in: outbox.north)
        #expect(try await deliveries.retry(raise.id, at: Self.later, in: outbox.north) == true)
        #expect(try await deliveries.byID(end.id, in: outbox.north)?.state == .cancelled)
        // Neither does what is not dead bring anything back.
        #expect(try await deliveries.retry(end.id, at: Self.later, in: outbox.north) == false)
    }
}
