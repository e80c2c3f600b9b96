import Alarms
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// What waits for a target, and for how long.
@Suite(.timeLimit(.minutes(2))) struct CourierRestTests {
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
}
