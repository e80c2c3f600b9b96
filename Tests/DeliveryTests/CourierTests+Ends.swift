import Alarms
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// Whoever was told of an alarm hears of its end.
extension CourierTests {
    @Test func `the end of what was told as critical is told, though it is a warning by then`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        let target = try await office.target("cmms", receiver.port, in: office.north)
        let route = DeliveryRoute(
            id: "cmms",
            severities: [.critical],
            changes: [.raised, .escalated, .returned, .closed],
            targets: [.name("cmms")]
        )
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let critical = Alarm.leak(.critical)
        try await office.commit(.raised, critical, in: office.north)
        await office.deliver()
        try await office.commit(.deescalated, .leak(state: .acknowledged, id: critical.id), in: office.north)
        try await office.commit(.closed, .leak(state: .normal, id: critical.id), in: office.north)
        await office.deliver()
        // One that never was critical begins and ends unheard.
        let warning = Alarm.leak(rule: "drip")
        try await office.commit(.raised, warning, in: office.north)
        try await office.commit(.closed, .leak(state: .normal, rule: "drip", id: warning.id), in: office.north)
        await office.deliver()
        let keys = [1, 3].map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        #expect(receiver.keys == keys)
        #expect(try await office.states(in: office.north) == [.delivered: 2, .cancelled: 1])
        try await receiver.stop()
    }

    @Test func `an alarm that closes while it is shelved is told as closed to whom it was told`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        let target = try await office.target("cmms", receiver.port, in: office.north)
        let route = DeliveryRoute(
            id: "machines",
            changes: AlarmTransition.Change.allCases,
            targets: [.name("cmms")]
        )
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let shelved = Suppression(kind: .shelved)
        let heard = Alarm.leak()
        try await office.commit(.raised, heard, in: office.north)
        try await office.commit(.suppressed, .leak(id: heard.id, suppression: shelved), in: office.north)
        let over = Alarm.leak(state: .normal, id: heard.id, suppression: shelved)
        try await office.commit(.closed, over, in: office.north)
        // Raised in silence, it ends in silence.
        let silent = Alarm.leak(rule: "drip", suppression: shelved)
        try await office.commit(.raised, silent, in: office.north)
        let unheard = Alarm.leak(state: .normal, rule: "drip", id: silent.id, suppression: shelved)
        try await office.commit(.closed, unheard, in: office.north)
        await office.deliver()
        let keys = [1, 2, 3].map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        #expect(receiver.keys == keys)
        #expect(try await office.states(in: office.north) == [.delivered: 3, .cancelled: 1])
        try await receiver.stop()
    }

    @Test func `a dead letter is not sent again to whoever was told how its alarm went on`() async throws {
        let receiver = try await HTTPReceiver([.status(400), .status(204)])
        let office = try await PostOffice()
        let target = try await office.target("cmms", receiver.port, in: office.north)
        let changes: [AlarmTransition.Change] = [.raised, .reraised, .returned, .closed]
        let route = DeliveryRoute(id: "machines", changes: changes, targets: [.name("cmms")])
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let alarm = Alarm.leak(.critical)
        let returned = Alarm.leak(.critical, state: .returnedUnacknowledged, id: alarm.id)
        for (change, alarm) in [(AlarmTransition.Change.raised, alarm), (.returned, returned), (.reraised, alarm)] {
            try await office.commit(change, alarm, in: office.north)
            await office.deliver()
        }
        let dead = try #require(try await office.deliveries(in: office.north).first { $0.state == .dead })
        #expect(try await office.stores.deliveries.retry(dead.id, at: office.time.now, in: office.north) == true)
        try await office.courier.changed(target, in: office.north)
        await office.deliver()
        let keys = [1, 3].map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        #expect(receiver.keys == keys)
        #expect(try await office.states(in: office.north) == [.delivered: 1, .cancelled: 2])
        try await receiver.stop()
    }

    @Test func `a dead letter that is sent again is followed by the end of its alarm`() async throws {
        let receiver = try await HTTPReceiver([.status(400), .status(204)])
        let office = try await PostOffice()
        let target = try await office.target("cmms", receiver.port, in: office.north)
        let route = DeliveryRoute(id: "machines", changes: [.raised, .closed], targets: [.name("cmms")])
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let alarm = Alarm.leak(.critical)
        try await office.commit(.raised, alarm, in: office.north)
        await office.deliver()
        try await office.commit(.closed, .leak(.critical, state: .normal, id: alarm.id), in: office.north)
        await office.deliver()
        #expect(try await office.states(in: office.north) == [.dead: 1, .cancelled: 1])
        let dead = try #require(try await office.deliveries(in: office.north).first { $0.state == .dead })
        #expect(try await office.stores.deliveries.retry(dead.id, at: office.time.now, in: office.north) == true)
        try await office.courier.changed(target, in: office.north)
        await office.deliver()
        let keys = [1, 1, 2].map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        #expect(receiver.keys == keys)
        #expect(try await office.states(in: office.north) == [.delivered: 2])
        try await receiver.stop()
    }
}
