import Alarms
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// More alerts than a target gets notices within a minute.
@Suite(.timeLimit(.minutes(60))) struct CourierFloodTests {
    @Test func `a machine gets each alert of a flood under its own key, in as many digests as it takes`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        for index in 0..<120 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        await office.deliver()
        // 19 by themselves, a digest of 100, and one of what is left.
        #expect(receiver.keys.count == 21)
        let keys = (1...120).map {
            PlannedDelivery.key(organization: office.north.id, sequence: Int64($0), target: target, step: 0)
        }
        let told = try receiver.toldKeys
        #expect(told.count == 120)
        #expect(Set(told) == Set(keys))
        try await receiver.stop()
    }

    @Test func `a person gets one digest that says how many there are`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        let server = "http://127.0.0.1:\(receiver.port)"
        let phone = DeliveryTarget(
            id: ID(UUID()),
            name: "phone",
            channel: .ntfy(server: server, topic: "plant", priorities: NtfyPriorities())
        )
        try await office.stores.deliveryTargets.put(phone, secret: nil, by: "a", at: .t0, in: office.north)
        for index in 0..<170 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        await office.deliver()
        #expect(receiver.requests.count == 20)
        let text = String(decoding: receiver.requests.last?.body ?? [], as: UTF8.self)
        #expect(text.contains("151 more alarms"), "\(text)")
        try await receiver.stop()
    }

    @Test func `escalations that come too fast are told as such, each under its own key`() async throws {
        let (shift, chief) = (try await HTTPReceiver(), try await HTTPReceiver())
        let office = try await PostOffice()
        try await office.target("shift", shift.port, in: office.north)
        let target = try await office.target("chief", chief.port, in: office.north)
        let step = DeliveryRoute.Step(afterMinutes: 10, targets: [.name("chief")])
        let route = DeliveryRoute(id: "all", targets: [.name("shift")], escalation: [step])
        try await office.put(DeliveryPolicy(routes: [route], perMinuteMax: 4), in: office.north)
        for index in 0..<12 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        office.time.advance(by: .seconds(600))
        await office.deliver()
        #expect(chief.keys.count == 4)
        let keys = (1...12).map {
            PlannedDelivery.key(organization: office.north.id, sequence: Int64($0), target: target, step: 1)
        }
        #expect(try chief.toldKeys.sorted() == keys.sorted())
        let text = String(decoding: chief.requests.last?.body ?? [], as: UTF8.self)
        #expect(text.contains("Not acknowledged in time: WARNING pump"), "\(text)")
        #expect(text.contains(#""kind":"escalation""#), "\(text)")
        try await shift.stop()
        try await chief.stop()
    }

    @Test(arguments: [(503, true), (400, false)])
    func `what follows a digest waits for it, and is told only where that was taken`(
        status: Int,
        isTakenLater: Bool
    ) async throws {
        let taken = HTTPReceiver.Answer.status(204)
        let receiver = try await HTTPReceiver([taken, taken, taken, .status(status), taken])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        let all = DeliveryRoute(id: "all", changes: [.raised, .closed], targets: [.all])
        try await office.put(DeliveryPolicy(routes: [all], perMinuteMax: 4), in: office.north)
        let last = Alarm.leak(rule: "r8")
        for index in 0..<8 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        try await office.commit(.raised, last, in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 4)
        try await office.commit(.closed, .leak(state: .normal, rule: "r8", id: last.id), in: office.north)
        office.time.advance(by: .seconds(61))
        await office.deliver()
        let keys = [9, 10].map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        let told = try receiver.toldKeys
        // In its digest, in that once more, and over.
        #expect(told.filter { keys.contains($0) } == (isTakenLater ? [keys[0], keys[0], keys[1]] : [keys[0]]))
        #expect(try await office.states(in: office.north)[.cancelled] == (isTakenLater ? nil : 1))
        try await receiver.stop()
    }
}
