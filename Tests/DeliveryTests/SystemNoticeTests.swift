import Alarms
import Foundation
import Plant
import Serving
import Storage
import TestSupport
import Testing

@testable import Delivery

/// Eagle's own alarms, at the targets.
@Suite(.timeLimit(.minutes(60))) struct SystemNoticeTests {
    @Test func `what goes wrong with Eagle itself is told at once and when it is over, once an hour`() async throws {
        let (receiver, stranger) = (try await HTTPReceiver(), try await HTTPReceiver())
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        try await office.target("theirs", stranger.port, in: office.south)
        let system = office.courier.system
        try await system.raise(.sourceLost, "plant-db", "No readings from 'plant-db'.", in: office.north)
        await office.deliver()
        let alarm = try #require(try await office.stores.systemAlarms.newest(limit: 9, in: office.north).first)
        #expect(receiver.keys == ["system.\(alarm.id).\(target).0"])
        let text = String(decoding: receiver.requests.first?.body ?? [], as: UTF8.self)
        #expect(text.contains(#""kind":"system""#) && text.contains("No readings from 'plant-db'."), "\(text)")
        office.time.advance(by: .seconds(60))
        try await system.clear(.sourceLost, in: office.north)
        await office.deliver()
        #expect(receiver.keys.last == "system.\(alarm.id).\(target).1")
        // It comes and goes.
        try await system.raise(.sourceLost, "plant-db", "No readings from 'plant-db'.", in: office.north)
        try await system.clear(.sourceLost, in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 2)
        office.time.advance(by: .seconds(3_600))
        try await system.raise(.sourceLost, "plant-db", "No readings from 'plant-db'.", in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 3)
        #expect(stranger.keys.isEmpty)
        try await receiver.stop()
        try await stranger.stop()
    }

    @Test func `what comes again within the hour and stays is told at its end`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        let system = office.courier.system
        try await system.raise(.sourceLost, "plant-db", "No readings.", in: office.north)
        await office.deliver()
        office.time.advance(by: .seconds(300))
        try await system.clear(.sourceLost, in: office.north)
        await office.deliver()
        office.time.advance(by: .seconds(300))
        try await system.raise(.sourceLost, "plant-db", "No readings.", in: office.north)
        await office.deliver()
        #expect(receiver.keys.map { String($0.suffix(2)) } == [".0", ".1"])
        office.time.advance(by: .seconds(3_000))
        await office.deliver()
        #expect(receiver.keys.map { String($0.suffix(2)) } == [".0", ".1", ".0"])
        office.time.advance(by: .seconds(60))
        try await system.clear(.sourceLost, in: office.north)
        await office.deliver()
        #expect(receiver.keys.map { String($0.suffix(2)) } == [".0", ".1", ".0", ".1"])
        try await receiver.stop()
    }

    @Test func `that a target takes nothing is told to the others, and to nobody where the policy says so`()
        async throws
    {
        let (hook, other) = (try await HTTPReceiver([.status(400)]), try await HTTPReceiver())
        let office = try await PostOffice()
        try await office.target("hook", hook.port, in: office.north)
        try await office.target("other", other.port, in: office.north)
        let route = DeliveryRoute(id: "all", targets: [.name("hook")])
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        #expect(hook.keys.count == 1)
        #expect(other.keys.count == 1)
        #expect(other.keys.first?.hasPrefix("system.") == true)
        try await office.put(DeliveryPolicy(routes: [route], system: []), in: office.north)
        try await office.courier.system.raise(.modelUnwell, "m", "It can't be served.", in: office.north)
        await office.deliver()
        #expect(hook.keys.count == 1)
        #expect(other.keys.count == 1)
        try await hook.stop()
        try await other.stop()
    }

    @Test func `that it is over waits for the word that it is there`() async throws {
        let receiver = try await HTTPReceiver([.status(503), .status(204)])
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        try await office.courier.system.raise(.sourceLost, "plant-db", "No readings.", in: office.north)
        await office.deliver()
        try await office.courier.system.clear(.sourceLost, in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 1)
        office.time.advance(by: .seconds(10))
        await office.deliver()
        #expect(receiver.keys.map { String($0.suffix(2)) } == [".0", ".0", ".1"])
        let bodies = try receiver.requests.prefix(2).map { request in
            try #require(JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
        }
        #expect(Set(bodies.map { NSDictionary(dictionary: $0.filter { $0.key != "sentAt" }) }).count == 1)
        try await receiver.stop()
    }
}
