import Alarms
import Foundation
import Plant
import Storage
import TestSupport
import Testing

@testable import Delivery

/// Who goes first where not all can.
@Suite(.timeLimit(.minutes(60))) struct CourierTurnTests {
    @Test func `what becomes free goes to who has least on its way, however long another has waited`() async throws {
        let receiver = try await HTTPReceiver()
        var limits = CourierLimits()
        limits.sendCountMax = 4
        limits.perOrganizationMax = 4
        limits.perTargetMax = 4
        let office = try await PostOffice(limits: limits)
        for (scope, count) in [(office.north, 8), (office.south, 3)] {
            try await office.target("hook", receiver.port, in: scope)
            for index in 0..<count { try await office.commit(.raised, .leak(.critical, rule: "r\(index)"), in: scope) }
            office.time.advance(by: .seconds(1))
        }
        var underWay = await office.courier.round()
        #expect(underWay.map(\.scope) == Array(repeating: office.north, count: 4))
        #expect(await office.courier.round().isEmpty)
        for turn in [office.south, office.south, office.north, office.north, office.south] {
            await office.courier.carryOut(underWay.removeFirst())
            let begun = await office.courier.round()
            #expect(begun.map(\.scope) == [turn])
            underWay += begun
        }
        for errand in underWay { await office.courier.carryOut(errand) }
        await office.deliver()
        #expect(try await office.states(in: office.north) == [.delivered: 8])
        #expect(try await office.states(in: office.south) == [.delivered: 3])
        try await receiver.stop()
    }

    @Test func `what becomes free within a round is for the next one`() {
        var limits = CourierLimits()
        limits.sendCountMax = 1
        var ledger = CourierLedger(limits: limits)
        let scopes = (0..<2).map { _ in OrganizationScope(provenFor: ID(UUID())) }
        let place = CourierLedger.Place(organization: scopes[0].id, target: ID(UUID()))
        let delivery = ID<DeliveryRecord>(UUID())
        let first = ledger.beginRound(of: scopes)
        #expect(first == scopes)
        var isTurn = ledger.isItsTurn()
        #expect(isTurn)
        let hasBegun = ledger.begin(delivery, isUrgent: true, at: place, now: .t0)
        #expect(hasBegun)
        let second = ledger.beginRound(of: scopes)
        #expect(second == scopes.reversed())
        isTurn = ledger.isItsTurn()
        #expect(!isTurn)
        ledger.end(delivery, at: place)
        isTurn = ledger.isItsTurn()
        #expect(!isTurn)
        _ = ledger.beginRound(of: scopes)
        isTurn = ledger.isItsTurn()
        #expect(isTurn)
    }
}
