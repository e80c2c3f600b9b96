import Foundation
import Models
import Plant
import Synchronization
import Testing

@testable import Serving

/// Which load goes next, without anything that loads.
@Suite struct LoadTurnsTests {
    private let start = ContinuousClock.now

    private func keys(_ count: Int) throws -> [ModelKey] {
        let scope = OrganizationScope(provenFor: ID(UUID()))
        return try (0..<count).map { number in
            let digits = String(number, radix: 16)
            let version = ModelVersion(hash: String(repeating: "0", count: 64 - digits.count) + digits)
            return ModelKey(try #require(version), in: scope)
        }
    }

    /// Begins and ends loads one by one, until none is left.
    private func order(_ turns: inout LoadTurns<String>) -> [ModelKey] {
        var order: [ModelKey] = []
        while let key = turns.begin(at: start).first {
            order.append(key)
            _ = turns.end(key)
        }
        return order
    }

    @Test func `organizations take turns with their loads, whoever asks for more`() throws {
        let (flood, one, other) = (try keys(3), try keys(1)[0], try keys(1)[0])
        var turns = LoadTurns<String>(countMax: 1, timeMax: .seconds(60))
        for key in flood + [one, other] { _ = turns.wait("", for: key) }
        // One at a time, and one more for who has none.
        let begun = turns.begin(at: start)
        #expect(begun == [flood[0], one])
        _ = turns.end(flood[0])
        let next = turns.begin(at: start)
        #expect(next == [other])
        _ = (turns.end(one), turns.end(other))
        let last = turns.begin(at: start)
        #expect(last == [flood[1]])
    }

    @Test func `loads of one organization that hang keep nobody else from theirs, and of two not for long`() throws {
        let (hanging, another, other) = (try keys(3), try keys(1)[0], try keys(1)[0])
        var turns = LoadTurns<String>(countMax: 2, timeMax: .seconds(60), placeTimeMax: .seconds(10))
        for key in hanging { _ = turns.wait("", for: key) }
        var begun = [turns.begin(at: start)]
        for key in [another, other] {
            _ = turns.wait("", for: key)
            begun.append(turns.begin(at: start))
        }
        #expect(begun == [[hanging[0], hanging[1]], [another], []])
        #expect(turns.looksAt == start + .seconds(10))
        let told = turns.giveUp(at: start + .seconds(10))
        let next = turns.begin(at: start + .seconds(10))
        // They go on, and whoever asked waits on.
        #expect(told.isEmpty && turns.overdueCount == 0)
        #expect(next == [hanging[2], other])
    }

    @Test func `what nobody waits for any more is not loaded, but for what was asked for last`() throws {
        let keys = try keys(4)
        let abandoned = Mutex<[String]>([])
        var turns = LoadTurns<String>(
            countMax: 1,
            timeMax: .seconds(60),
            isAwaited: { $0 == "here" },
            abandon: { waiter in abandoned.withLock { $0.append(waiter) } }
        )
        for (key, waiter) in zip(keys, ["gone", "here", "long gone", "gone"]) { _ = turns.wait(waiter, for: key) }
        let loaded = order(&turns)
        #expect(loaded == [keys[1], keys[3]])
        // They are told: a lane asks for nothing more as long as it takes its load to be on its way.
        #expect(abandoned.withLock(\.self) == ["gone", "long gone"])
        let isAwaited = turns.wait("here", for: keys[0])
        let last = order(&turns)
        #expect(isAwaited && last == [keys[0]])
    }

    @Test func `what rows wait for goes first, and what is loaded ahead last, but for each fourth turn`() throws {
        let keys = try keys(9)
        var turns = LoadTurns<String>(countMax: 1, timeMax: .seconds(60))
        for key in keys[..<2] { _ = turns.wait("", for: key, .ahead) }
        for key in keys[2..<8] { _ = turns.wait("", for: key, .person) }
        _ = turns.wait("", for: keys[8], .rows)
        let loaded = order(&turns)
        #expect(loaded == [8, 2, 3, 0, 4, 5, 6, 1, 7].map { keys[$0] })
    }

    @Test func `a load ahead that rows wait for by now goes first`() throws {
        let keys = try keys(3)
        var turns = LoadTurns<String>(countMax: 1, timeMax: .seconds(60))
        for key in keys[..<2] { _ = turns.wait("", for: key, .ahead) }
        _ = turns.wait("", for: keys[2], .person)
        _ = turns.wait("", for: keys[1], .rows)
        let loaded = order(&turns)
        #expect(loaded == [keys[1], keys[2], keys[0]])
    }

    @Test func `where as many of an organization's loads hang as may go on, it is told at once`() throws {
        let keys = try keys(6)
        var turns = LoadTurns<Int>(countMax: 8, timeMax: .seconds(60))
        for (number, key) in keys.enumerated() { _ = turns.wait(number, for: key) }
        let begun = turns.begin(at: start)
        #expect(begun == Array(keys[..<4]))
        let told = turns.giveUp(at: start + .seconds(60))
        #expect(told.sorted() == [0, 1, 2, 3, 4, 5])
        let isAwaited = turns.wait(6, for: keys[5])
        #expect(!isAwaited && turns.overdueCount == 4)
        _ = turns.end(keys[0])
        let isAwaitedAnew = turns.wait(7, for: keys[5])
        let next = turns.begin(at: start + .seconds(61))
        #expect(isAwaitedAnew && next == [keys[5]])
    }
}
