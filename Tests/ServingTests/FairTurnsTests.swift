import Foundation
import Plant
import TestSupport
import Testing

@testable import Serving

@Suite struct FairTurnsTests {
    private let north = OrganizationScope(provenFor: ID(UUID()))
    private let south = OrganizationScope(provenFor: ID(UUID()))

    @Test func `whoever has much to do goes to the end of the line after each piece`() {
        var turns = FairTurns()
        for _ in 0..<1_000 { turns.add(north) }
        turns.add(south)
        var order = [turns.next()]
        turns.add(north)
        order += [turns.next(), turns.next(), turns.next()]
        #expect(order == [north, south, north, nil])
    }

    @Test func `who rests comes back when its time is over, or when there is something new`() {
        var turns = FairTurns()
        turns.rest(north, until: .t0 + .seconds(60))
        turns.rest(south, until: .t0 + .seconds(60))
        let isTooEarly = turns.wake(at: .t0 + .seconds(59))
        var order = [turns.next()]
        #expect(!isTooEarly && order == [nil])
        turns.add(south)
        order = [turns.next()]
        let isDue = turns.wake(at: .t0 + .seconds(60))
        order += [turns.next(), turns.next()]
        #expect(isDue && order == [south, north, nil])
        let isMore = turns.wake(at: .distantFuture)
        #expect(!isMore)
    }

    @Test func `tries in vain are further and further apart, and end`() {
        let rests = (1...ExplanationDesk.tryCountMax).map { ExplanationDesk.rest(afterTries: $0) }
        #expect(rests.first == .seconds(60))
        #expect(rests.compactMap(\.self) == rests.compactMap(\.self).sorted())
        #expect(rests.dropLast().allSatisfy { $0 != nil } && rests.last == .some(nil))
    }
}
