import Alarms
import Database
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// Random alarms, a store that fails now and then, and a receiver that does.
@Suite(.timeLimit(.minutes(60))) struct CourierFaultTests {
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

    /// By the policy that holds until somebody puts one, so that floods become digests.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `whatever fails or crashes in a flood, each alert arrives under its own key, an alarm's in their order`(
        seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed)
        let answers = (0..<120).map { _ -> HTTPReceiver.Answer in
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: .status(503)
            case 1: .breakOff
            case _: .status(204)
            }
        }
        let receiver = try await HTTPReceiver(answers + [.status(204)])
        var office = try await PostOffice()
        let target = try await office.target("hook", receiver.port, in: office.north)
        let alarms = (0..<40).map { Alarm.leak(rule: "r\($0)") }
        var sequences: [ID<Alarm>: [Int64]] = [:]
        for _ in 0..<6 {
            for _ in 0..<Int.random(in: 10...60, using: &generator) {
                let alarm = try #require(alarms.randomElement(using: &generator))
                let change: AlarmTransition.Change = sequences[alarm.id] == nil ? .raised : .reraised
                let alerts = try await office.commit(change, alarm, in: office.north)
                sequences[alarm.id, default: []] += alerts.map(\.sequence)
            }
            let faults = (0..<3).map { _ in FaultyDatabase.Fault.commit(Int.random(in: 1...12, using: &generator)) }
            office.faults.fail(at: Set(faults))
            // Some looks, of whose errands the last ones are never carried out; then nobody remembers anything.
            for _ in 0..<Int.random(in: 0...25, using: &generator) {
                let errands = await office.courier.round()
                for errand in errands.prefix(Int.random(in: 0...2, using: &generator)) {
                    await office.courier.carryOut(errand)
                }
            }
            office.faults.fail(at: [])
            try office.crash()
            await office.deliver()
            office.time.advance(by: .seconds(Int.random(in: 0...90, using: &generator)))
        }
        for _ in 0..<60 {
            await office.deliver()
            office.time.advance(by: .seconds(300))
        }
        let told = try receiver.toldKeys
        var count = 0
        for alarm in alarms {
            let keys = (sequences[alarm.id] ?? []).map {
                PlannedDelivery.key(organization: office.north.id, sequence: $0, target: target, step: 0)
            }
            let firsts = keys.compactMap { told.firstIndex(of: $0) }
            #expect(firsts.count == keys.count)
            #expect(firsts == firsts.sorted())
            count += keys.count
        }
        #expect(Set(told).count == count)
        #expect(receiver.keys.contains { $0.hasPrefix("digest.") })
        let states = try await office.states(in: office.north)
        #expect(Set(states.keys) == [.delivered, .digested])
        try await receiver.stop()
    }
}
