import Alarms
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// What the admins hear of a target that did not take what it was sent.
@Suite(.timeLimit(.minutes(60))) struct DeadLetterTests {
    private func newest(_ office: PostOffice) async throws -> SystemAlarm? {
        try await office.stores.systemAlarms.newest(limit: 9, in: office.north).first
    }

    @Test func `that notices were given up is over when the last of them has arrived, and not before`() async throws {
        let receiver = try await HTTPReceiver([.status(400), .status(400), .status(204)])
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        for index in 0..<2 {
            try await office.commit(.raised, .leak(.critical, rule: "r\(index)"), in: office.north)
            await office.deliver()
        }
        for rule in ["r2", "r3"] {
            try await office.commit(.raised, .leak(rule: rule), in: office.north)
            await office.deliver()
        }
        #expect(try await office.states(in: office.north) == [.dead: 2, .delivered: 2])
        #expect(try await newest(office)?.clearedAt == nil)
        let dead = try await office.deliveries(in: office.north).filter { $0.state == .dead }
        for (index, delivery) in dead.enumerated() {
            _ = try await office.stores.deliveries.retry(delivery.id, at: office.time.now, in: office.north)
            await office.deliver()
            #expect(try await (newest(office)?.clearedAt != nil) == (index == 1))
        }
        #expect(try await office.states(in: office.north) == [.delivered: 4])
        try await receiver.stop()
    }

    @Test(arguments: [true, false])
    func `a test that is taken says that it is over, unless dead letters wait`(isRetried: Bool) async throws {
        let receiver = try await HTTPReceiver([.status(400), .status(204)])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        let dead = try #require(try await office.deliveries(in: office.north).first)
        if isRetried {
            _ = try await office.stores.deliveries.retry(dead.id, at: office.time.now, in: office.north)
        }
        _ = try await office.courier.test(target, by: "a", in: office.north)
        #expect(try await (newest(office)?.clearedAt != nil) == isRetried)
        try await receiver.stop()
    }

    @Test func `a target that gets another name takes along that it has dead letters`() async throws {
        let receiver = try await HTTPReceiver([.status(400)])
        let office = try await PostOffice()
        let id = try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        let former = try #require(try await office.stores.deliveryTargets.byID(id, in: office.north)?.target)
        let renamed = DeliveryTarget(id: id, name: "maintenance", channel: former.channel)
        try await office.stores.deliveryTargets.put(renamed, secret: nil, by: "a", at: .t0, in: office.north)
        try await office.courier.retired(former, in: office.north)
        let told = try await office.stores.systemAlarms.newest(limit: 9, in: office.north)
        #expect(told.filter { $0.clearedAt == nil }.map(\.subject) == ["maintenance"])
        // With the target all of it is over.
        _ = try await office.stores.deliveryTargets.remove(id, at: office.time.now, in: office.north)
        try await office.courier.retired(renamed, in: office.north)
        #expect(try await newest(office)?.clearedAt != nil)
        try await receiver.stop()
    }
}
