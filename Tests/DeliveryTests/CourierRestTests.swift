import Alarms
import Database
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// What waits for a target, and for how long.
@Suite(.timeLimit(.minutes(60))) struct CourierRestTests {
    @Test func `days in which the server was down do not count as days in which a target took nothing`() async throws {
        let receiver = try await HTTPReceiver([.status(503), .status(503), .status(503), .status(204)])
        var office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        for index in 0..<2 {
            try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north)
            await office.deliver()
        }
        #expect(receiver.keys.count == 2)
        // The server is up again before the network is.
        office.time.advance(by: .seconds(61 * 3_600))
        try office.crash()
        await office.deliver()
        #expect(try await office.states(in: office.north)[.dead] == nil)
        office.time.advance(by: .seconds(30))
        await office.deliver()
        #expect(try await office.states(in: office.north) == [.delivered: 2])
        #expect(Set(receiver.keys).count == 2)
        #expect(try await office.stores.systemAlarms.newest(limit: 9, in: office.north).isEmpty)
        try await receiver.stop()
    }

    @Test func `a day after the server's start is enough where nothing was taken in it`() async throws {
        let receiver = try await HTTPReceiver([.status(503)])
        var office = try await PostOffice()
        try await office.target("hook", receiver.port, in: office.north)
        for index in 0..<6 { try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north) }
        await office.deliver()
        office.time.advance(by: .seconds(61 * 3_600))
        try office.crash()
        for _ in 0..<46 {
            await office.deliver()
            office.time.advance(by: .seconds(1_800))
        }
        #expect(try await office.states(in: office.north) == [.pending: 6])
        for _ in 0..<6 {
            await office.deliver()
            office.time.advance(by: .seconds(1_800))
        }
        #expect(try await office.states(in: office.north) == [.dead: 6])
        try await receiver.stop()
    }

    @Test(arguments: [true, false])
    func `what waits for a target that was mended is sent at once`(isTested: Bool) async throws {
        let failures = Array(repeating: HTTPReceiver.Answer.status(503), count: 6)
        let receiver = try await HTTPReceiver(failures + [.status(204)])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        try await office.commit(.raised, .leak(), in: office.north)
        for attempt in 0..<6 {
            if attempt > 0 { office.time.advance(by: .seconds(1_800)) }
            await office.deliver()
        }
        await office.deliver()
        #expect(receiver.keys.count == 6)
        if isTested {
            _ = try await office.courier.test(target, by: "a", in: office.north)
        } else {
            try await office.courier.changed(target, in: office.north)
        }
        await office.deliver()
        #expect(try await office.states(in: office.north) == [.delivered: 1])
        #expect(receiver.keys.last == receiver.keys.first)
        try await receiver.stop()
    }

    @Test func `a dead letter that is sent again leaves the others to their time`() async throws {
        let receiver = try await HTTPReceiver([.status(400), .status(503), .status(204)])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        for index in 0..<2 {
            try await office.commit(.raised, .leak(rule: "r\(index)"), in: office.north)
            await office.deliver()
        }
        let dead = try #require(try await office.deliveries(in: office.north).first { $0.state == .dead })
        _ = try await office.stores.deliveries.retry(dead.id, at: office.time.now, in: office.north)
        office.courier.retried(for: target, in: office.north)
        await office.deliver()
        #expect(try await office.states(in: office.north) == [.delivered: 1, .pending: 1])
        try await receiver.stop()
    }

    @Test func `however much ended long ago is forgotten, also where nothing more comes`() async throws {
        let receiver = try await HTTPReceiver()
        var limits = CourierLimits()
        limits.sweepCountMax = 3
        let office = try await PostOffice(limits: limits)
        for scope in [office.north, office.south] {
            try await office.target("hook", receiver.port, in: scope)
            for index in 0..<8 {
                let alarm = Alarm.leak(.critical, rule: "r\(index)")
                try await office.commit(.raised, alarm, in: scope)
                let over = Alarm.leak(.critical, state: .normal, rule: "r\(index)", id: alarm.id)
                try await office.commit(.closed, over, in: scope)
            }
        }
        await office.deliver()
        office.time.advance(by: limits.retention)
        try await office.commit(.raised, .leak(rule: "late"), in: office.north)
        await office.deliver()
        await office.courier.sweep()
        #expect(try await office.states(in: office.north) == [.delivered: 9])
        office.time.advance(by: .seconds(1))
        // Where one can't be asked, the others have their turn all the same.
        office.faults.fail(at: [.commit(1)])
        await office.courier.sweep()
        office.faults.fail(at: [])
        #expect(try await office.states(in: office.north) == [.delivered: 9])
        #expect(try await office.states(in: office.south).isEmpty)
        await office.courier.sweep()
        #expect(try await office.states(in: office.north) == [.delivered: 1])
        try await receiver.stop()
    }
}
