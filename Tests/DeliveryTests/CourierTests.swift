import Alarms
import Database
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// The courier between a real store and real receivers on loopback.
@Suite(.timeLimit(.minutes(60))) struct CourierTests {
    @Test func `an alert reaches its target once, under its key`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        await office.deliver()
        let key = PlannedDelivery.key(organization: office.north.id, sequence: 1, target: target, step: 0)
        #expect(receiver.keys == [key])
        #expect(try await office.states(in: office.north) == [.delivered: 1])
        try await receiver.stop()
    }

    @Test func `a target that fails is tried again under the same key, later each time, and recovers`() async throws {
        let receiver = try await HTTPReceiver([.status(503), .breakOff, .status(204)])
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 1)
        office.time.advance(by: .seconds(1))
        await office.deliver()
        #expect(receiver.keys.count == 1)
        office.time.advance(by: .seconds(5))
        await office.deliver()
        #expect(receiver.keys.count == 2)
        office.time.advance(by: .seconds(11))
        await office.deliver()
        #expect(receiver.keys.count == 3)
        #expect(Set(receiver.keys).count == 1)
        let delivery = try #require(try await office.deliveries(in: office.north).first)
        #expect(delivery.state == .delivered)
        #expect(delivery.attempts == 3)
        try await receiver.stop()
    }

    @Test func `a retry waits as long as the target asks`() async throws {
        let receiver = try await HTTPReceiver([.status(429, fields: [("Retry-After", "120")]), .status(204)])
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        office.time.advance(by: .seconds(119))
        await office.deliver()
        #expect(receiver.keys.count == 1)
        office.time.advance(by: .seconds(1))
        await office.deliver()
        #expect(receiver.keys.count == 2)
        try await receiver.stop()
    }

    @Test func `what is sent but not marked is sent again under the same key`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        let errands = await office.courier.round()
        #expect(errands.count == 1)
        office.faults.fail(at: [.commit(1)])
        for errand in errands { await office.courier.carryOut(errand) }
        office.faults.fail(at: [])
        #expect(try await office.states(in: office.north) == [.pending: 1])
        office.time.advance(by: .seconds(6))
        await office.deliver()
        #expect(receiver.keys.count == 2)
        #expect(Set(receiver.keys).count == 1)
        #expect(try await office.states(in: office.north) == [.delivered: 1])
        try await receiver.stop()
    }

    @Test func `what can't be delivered becomes a dead letter that the admins hear of, and can be sent again`()
        async throws
    {
        let receiver = try await HTTPReceiver([.status(400), .status(204)])
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        let dead = try #require(try await office.deliveries(in: office.north).first)
        #expect(dead.state == .dead)
        #expect(dead.lastError != nil)
        let told = try await office.stores.systemAlarms.newest(limit: 9, in: office.north)
        #expect(told.map(\.kind) == [.deliveryFailed])
        #expect(told.first?.subject == "hook")
        #expect(told.first?.clearedAt == nil)
        #expect(try await office.stores.systemAlarms.newest(limit: 9, in: office.south).isEmpty)
        #expect(try await office.stores.deliveries.retry(dead.id, at: office.time.now, in: office.north) == true)
        await office.deliver()
        #expect(Set(receiver.keys) == [dead.key])
        #expect(try await office.states(in: office.north) == [.delivered: 1])
        let cleared = try await office.stores.systemAlarms.newest(limit: 9, in: office.north)
        #expect(cleared.first?.clearedAt != nil)
        try await receiver.stop()
    }

    @Test func `after a day in which a target took nothing all that waits for it is given up`() async throws {
        let receiver = try await HTTPReceiver([.status(503)])
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        for index in 0..<6 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        for _ in 0..<60 {
            await office.deliver()
            office.time.advance(by: .seconds(1_800))
        }
        #expect(try await office.states(in: office.north) == [.dead: 6])
        let told = try await office.stores.systemAlarms.newest(limit: 9, in: office.north)
        #expect(told.count == 1)
        // Not every one of them knocked each time.
        #expect(receiver.keys.count < 120)
        try await receiver.stop()
    }

    @Test func `one organization's hanging target holds up neither its other targets nor anybody else`() async throws {
        let (silent, good) = (try await HTTPReceiver([.silence]), try await HTTPReceiver())
        let office = try await PostOffice()
        try await office.target("silent", silent.port, in: office.north)
        try await office.target("good", good.port, in: office.north)
        try await office.target("theirs", good.port, in: office.south)
        for index in 0..<20 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        try await office.commit(.raised, .leak(), in: office.south)
        // What hangs stays under way; what does not is sent around it.
        try await withThrowingDiscardingTaskGroup { hanging in
            var quiet = 0
            while quiet < 3 {
                let errands = await office.courier.round()
                quiet = errands.isEmpty ? quiet + 1 : 0
                for errand in errands {
                    let target = try await office.stores.deliveryTargets.byID(errand.place.target, in: errand.scope)
                    if target?.target.name == "silent" {
                        hanging.addTask { await office.courier.carryOut(errand) }
                    } else {
                        await office.courier.carryOut(errand)
                    }
                }
            }
            #expect(good.keys.count == 21)
            #expect(office.courier.present.runningCount == 2)
            hanging.cancelAll()
            try await silent.stop()
        }
        try await good.stop()
    }

    @Test func `one organization's alerts never reach another's targets`() async throws {
        let (ours, theirs) = (try await HTTPReceiver(), try await HTTPReceiver())
        let office = try await PostOffice()
        try await office.target("hook", ours.port, in: office.north)
        try await office.target("hook", theirs.port, in: office.south)
        try await office.commit(.raised, .leak(), in: office.north)
        await office.deliver()
        #expect(ours.keys.count == 1)
        #expect(theirs.keys.isEmpty)
        try await office.commit(.raised, .leak(), in: office.south)
        await office.deliver()
        #expect(ours.keys.count == 1)
        #expect(theirs.keys.count == 1)
        #expect(Set(ours.keys + theirs.keys).count == 2)
        try await ours.stop()
        try await theirs.stop()
    }

    @Test func `a flood comes as a few and one for the rest, and critical ones all come`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        let all = DeliveryRoute(id: "all", targets: [.all])
        try await office.put(DeliveryPolicy(routes: [all], perMinuteMax: 4), in: office.north)
        for index in 0..<30 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        await office.deliver()
        #expect(receiver.keys.count == 4)
        #expect(receiver.keys.last?.hasPrefix("digest.") == true)
        let text = String(decoding: receiver.requests.last?.body ?? [], as: UTF8.self)
        #expect(text.contains("27"), "\(text)")
        for index in 0..<5 { try await office.commit(.raised, .leak(.critical, rule: "c\(index)"), in: office.north) }
        await office.deliver()
        #expect(receiver.keys.count == 9)
        #expect(try await office.states(in: office.north) == [.delivered: 9, .digested: 27])
        // The next minute begins anew.
        office.time.advance(by: .seconds(60))
        try await office.commit(.raised, .leak(rule: "late"), in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 10)
        try await receiver.stop()
    }

    @Test func `what quiet hours held back comes at their end, if nobody knows by then`() async throws {
        let receiver = try await HTTPReceiver()
        let office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        // The day of these tests begins in the quiet.
        let text = office.time.now.description
        let hour = Int(text.dropFirst(11).prefix(2)) ?? 0
        func clock(_ hour: Int) -> String { String(format: "%02d:00", (hour + 24) % 24) }
        let quiet = QuietHours(timeZone: "UTC", from: clock(hour - 1), to: clock(hour + 2))
        let route = DeliveryRoute(id: "all", targets: [.all], quietHours: quiet)
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let known = Alarm.leak(rule: "known")
        try await office.commit(.raised, known, in: office.north)
        try await office.commit(.raised, .leak(rule: "unknown"), in: office.north)
        try await office.commit(.raised, .leak(.critical, rule: "loud"), in: office.north)
        await office.deliver()
        #expect(receiver.keys.count == 1)
        let acknowledged = Alarm.leak(state: .acknowledged, rule: "known", id: known.id)
        try await office.commit(.acknowledged, acknowledged, in: office.north)
        office.time.advance(by: .seconds(2 * 3_600))
        await office.deliver()
        #expect(receiver.keys.count == 2)
        #expect(try await office.states(in: office.north) == [.delivered: 2, .cancelled: 1])
        try await receiver.stop()
    }

    @Test func `an alarm that has become critical is told at once, and what it overtook no more`() async throws {
        let receiver = try await HTTPReceiver([.status(503), .status(204)])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        let warning = Alarm.leak()
        try await office.commit(.raised, warning, in: office.north)
        await office.deliver()
        try await office.commit(.escalated, .leak(.critical, id: warning.id), in: office.north)
        await office.deliver()
        let keys = [1, 2].map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        #expect(receiver.keys == keys)
        office.time.advance(by: .seconds(600))
        await office.deliver()
        #expect(receiver.keys == keys)
        #expect(try await office.states(in: office.north) == [.delivered: 1, .cancelled: 1])
        try await receiver.stop()
    }

    @Test func `an escalation goes out when nobody acknowledges in time, and not otherwise`() async throws {
        let (shift, chief) = (try await HTTPReceiver(), try await HTTPReceiver())
        let office = try await PostOffice()
        try await office.target("shift", shift.port, in: office.north)
        try await office.target("chief", chief.port, in: office.north)
        let step = DeliveryRoute.Step(afterMinutes: 10, targets: [.name("chief")])
        let route = DeliveryRoute(id: "all", targets: [.name("shift")], escalation: [step])
        try await office.put(DeliveryPolicy(routes: [route]), in: office.north)
        let known = Alarm.leak(rule: "known")
        try await office.commit(.raised, known, in: office.north)
        try await office.commit(.raised, .leak(rule: "unknown"), in: office.north)
        office.time.advance(by: .seconds(599))
        await office.deliver()
        #expect(shift.keys.count == 2)
        #expect(chief.keys.isEmpty)
        let acknowledged = Alarm.leak(state: .acknowledged, rule: "known", id: known.id)
        try await office.commit(.acknowledged, acknowledged, in: office.north)
        office.time.advance(by: .seconds(1))
        await office.deliver()
        #expect(chief.keys.count == 1)
        try await shift.stop()
        try await chief.stop()
    }

    @Test func `a test message says what the target answered`() async throws {
        let receiver = try await HTTPReceiver([.status(204), .status(500)])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        #expect(try await office.courier.test(target, by: "a", in: office.north).status == 204)
        await #expect(throws: DeliveryError.self) {
            try await office.courier.test(target, by: "a", in: office.north)
        }
        await #expect(throws: StorageError.self) {
            try await office.courier.test(target, by: "a", in: office.south)
        }
        try await receiver.stop()
    }
}
