import Plant
import TestSupport
import Testing

@testable import Web

@Suite struct AuditTallyTests {
    private typealias Tally = AuditTally<String>

    @Test func `the first is due at once, the others by the minute, and nothing is forgotten`() {
        var tally = Tally()
        tally.add("a", at: .t0, ["n": "1"])
        #expect(tally.take(at: .t0).map(\.count) == [1])
        for second in 1...59 { tally.add("a", at: .t0 + .seconds(second), ["n": "\(second)"]) }
        #expect(tally.take(at: .t0 + .seconds(59)).isEmpty)
        let later = tally.take(at: .t0 + .seconds(60))
        #expect(later.map(\.count) == [59])
        #expect(later.first?.since == .t0 + .seconds(1))
        #expect(later.first?.detail == ["n": "1"])
        tally.add("a", at: .t0 + .seconds(61))
        #expect(tally.take(at: .t0 + .seconds(61)).isEmpty)
        #expect(tally.take(at: .t0 + .seconds(61), isLast: true).map(\.count) == [1])
        #expect(tally.take(at: .t0 + .seconds(130)).isEmpty)
        #expect(tally.keyCount == 0)
        tally.add("a", at: .t0 + .seconds(131))
        #expect(tally.take(at: .t0 + .seconds(131)).map(\.count) == [1])
    }

    @Test func `what could not be written down is due again`() throws {
        var tally = Tally()
        tally.add("a", count: 2, at: .t0)
        let count = try #require(tally.take(at: .t0).first)
        tally.add("a", count: 3, at: .t0 + .seconds(1))
        tally.putBack(count)
        #expect(tally.take(at: .t0 + .seconds(2)).map(\.count) == [5])
    }

    @Test func `it never counts more keys than it may`() {
        var tally = Tally(keyCountMax: 10)
        for number in 0..<100 { tally.add("\(number)", at: .t0) }
        #expect(tally.keyCount == 10)
        #expect(tally.lostCount == 90)
        let (isCounted, isNewCounted) = (tally.add("5", at: .t0), tally.add("100", at: .t0))
        #expect(isCounted && !isNewCounted)
        let lost = tally.takeLost()
        #expect(lost == 91)
        #expect(tally.lostCount == 0)
        #expect(tally.take(at: .t0).count == 10)
    }
}
