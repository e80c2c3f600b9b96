import Alarms
import Database
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// Random alarms, a store that fails now and then, and a receiver that does.
@Suite(.timeLimit(.minutes(2))) struct CourierFaultTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever fails on the way, each alert arrives at least once, under one key`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let answers = (0..<60).map { _ -> HTTPReceiver.Answer in
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: .status(503)
            case 1: .breakOff
            case _: .status(204)
            }
        }
        let receiver = try await HTTPReceiver(answers + [.status(204)])
        let office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        let all = DeliveryRoute(id: "all", targets: [.all])
        try await office.put(DeliveryPolicy(routes: [all], perMinuteMax: 1_000), in: office.north)
        var annunciated: Set<Int64> = []
        var open: [String: ID<Alarm>] = [:]
        for _ in 0..<40 {
            let rule = "r\(Int.random(in: 0..<5, using: &generator))"
            let id = open[rule] ?? ID<Alarm>(UUID())
            let change: AlarmTransition.Change = open[rule] == nil ? .raised : .closed
            open[rule] = change == .raised ? id : nil
            let alarm = Alarm.leak(state: change == .raised ? .unacknowledged : .normal, rule: rule, id: id)
            let alerts = try await office.commit(change, alarm, in: office.north)
            annunciated.formUnion(alerts.filter(\.transition.annunciates).map(\.sequence))
            let faults = (0..<2).map { _ in FaultyDatabase.Fault.commit(Int.random(in: 1...6, using: &generator)) }
            office.faults.fail(at: Set(faults))
            await office.deliver()
            office.faults.fail(at: [])
            office.time.advance(by: .seconds(Int.random(in: 0...20, using: &generator)))
        }
        for _ in 0..<40 {
            await office.deliver()
            office.time.advance(by: .seconds(300))
        }
        let keys = annunciated.map {
            PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
        }
        #expect(keys.count > 15)
        #expect(Set(receiver.keys) == Set(keys))
        #expect(receiver.keys.count > keys.count)
        #expect(try await office.states(in: office.north) == [.delivered: keys.count])
        try await receiver.stop()
    }
}
