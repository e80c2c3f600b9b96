import Foundation
import Plant
import TestSupport
import Testing

@testable import Serving

/// Who leaves a cache first, told by visits alone.
@Suite struct CacheLedgerTests {
    /// Visits one model after the other, each of one byte; the share of visits that found it there, warmed up by a quarter.
    ///
    /// A visit takes as many milliseconds as `pace` says, by its number and whether it found its model.
    private func hits(
        _ visits: [Int],
        room: Int,
        _ policy: CachePolicy,
        pace: (_ visit: Int, _ isThere: Bool) -> Int = { _, _ in 1_000 }
    ) -> Double {
        var ledger = CacheLedger<Int>(policy: policy)
        let budget = CacheBudget(byteCountMax: room)
        var found = 0
        var now = Instant.t0
        for (number, model) in visits.enumerated() {
            ledger.use(model, at: now)
            let isThere = ledger.residents[model] != nil
            if !isThere { _ = ledger.admit(model, byteCount: 1, within: budget, at: now) }
            if isThere, number >= visits.count / 4 { found += 1 }
            #expect(ledger.byteCount <= room)
            now = now + .milliseconds(pace(number, isThere))
        }
        return Double(found) / Double(visits.count - visits.count / 4)
    }

    /// Models drawn with probability 1 / rank^exponent.
    private func zipf(_ exponent: Double, models: Int, visits: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        var sums: [Double] = []
        for rank in 1...models { sums.append((sums.last ?? 0) + 1 / pow(Double(rank), exponent)) }
        return (0..<visits).map { _ in
            let draw = Double.random(in: 0..<(sums.last ?? 1), using: &generator)
            return sums.firstIndex { $0 > draw } ?? 0
        }
    }

    @Test func `models that come round in a cycle are found nine times in ten where 95 of 100 have room`() {
        let cycle = (0..<3_000).map { $0 % 500 }
        #expect(hits(cycle, room: 475, .auto) >= 0.9)
        #expect(hits(cycle, room: 475, .lru) == 0)  // What the default is there for.
    }

    /// The first round loads all models; later the machine is now and then ten times as slow.
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a cycle is found as often on a machine whose pace changes`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let paces = (0..<40).map { _ in [1, 1, 1, 5, 10].randomElement(using: &generator) ?? 1 }
        let cycle = (0..<4_000).map { $0 % 500 }
        #expect(hits(cycle, room: 475, .auto) { paces[$0 / 100] * ($1 ? 1 : 40) } >= 0.9)
    }

    @Test func `a plant that is polled steadily is known by its time, however many ask in between`() {
        var history = UseHistory(firstUsed: .t0, turn: 0)
        var (now, turn) = (Instant.t0, 0)
        for minute in 0..<20 {
            now = now + .seconds(60)
            turn += minute.isMultiple(of: 2) ? 1 : 239
            history.use(at: now, turn: turn)
        }
        let afterwards = history.turnsToNextUse(from: now, turn: turn)
        #expect((60...180).contains(afterwards))
        // Whether many asked since, or nobody.
        for turnsPassed in [0, 300] {
            let left = history.turnsToNextUse(from: now + .seconds(57), turn: turn + turnsPassed)
            #expect(abs(left - afterwards / 20) < 0.01 * afterwards)
        }
    }

    @Test func `a cycle that is not quite in step is found as often`() {
        var generator = SeededGenerator(seed: 7)
        let rounds = (0..<6).flatMap { _ in
            (0..<500).map { ($0, Double($0) + .random(in: -20...20, using: &generator)) }
                .sorted { $0.1 < $1.1 }.map(\.0)
        }
        #expect(hits(rounds, room: 475, .auto) >= 0.9)
    }

    @Test(arguments: [0.8, 1.0, 1.2], [25, 100])
    func `visits by popularity are found no more rarely than by recency`(exponent: Double, room: Int) {
        let visits = zipf(exponent, models: 200, visits: 3_000, seed: 1)
        #expect(hits(visits, room: room, .auto) >= hits(visits, room: room, .lru) - 0.01)
    }

    @Test func `one pass over all models drives out none of those in use`() {
        var ledger = CacheLedger<Int>(policy: .auto)
        let budget = CacheBudget(byteCountMax: 100)
        var now = Instant.t0
        func visit(_ model: Int) {
            now = now + .seconds(1)
            ledger.use(model, at: now)
            guard ledger.residents[model] == nil else { return }
            _ = ledger.admit(model, byteCount: 1, within: budget, at: now)
        }
        for _ in 0..<5 { for model in 0..<99 { visit(model) } }
        for model in 1_000..<3_000 { visit(model) }
        #expect((0..<99).allSatisfy { ledger.residents[$0] != nil })
    }

    @Test func `each policy lets another one go`() {
        func first(_ policy: CachePolicy) -> Int? {
            var ledger = CacheLedger<Int>(policy: policy)
            let budget = CacheBudget(modelCountMax: 3)
            // 1 comes every ten seconds, 2 came twice just now, 3 comes every 18 seconds.
            let visits = [(3, 0), (1, 2), (1, 12), (3, 18), (1, 22), (1, 32), (2, 33), (3, 36), (2, 38)]
            for (model, second) in visits {
                let now = Instant.t0 + .seconds(second)
                ledger.use(model, at: now)
                if ledger.residents[model] == nil { _ = ledger.admit(model, byteCount: 1, within: budget, at: now) }
            }
            return ledger.admit(4, byteCount: 1, within: budget, at: .t0 + .seconds(41)).first?.key
        }
        #expect(first(.lru) == 1)
        #expect(first(.lfu) == 2)
        #expect(first(.auto) == 3)  // The others are due in a second or two.
    }

    /// How often models of five organizations, each asked for once a minute, were not there after the first time, where
    /// another one asks for 100 of its own in turn, ten a second.
    private func missesOfOthers(_ policy: CachePolicy, byOwner: Bool) -> Int {
        let owners = (0...5).map { _ in ID<Organization>(UUID()) }
        let owner: @Sendable (Int) -> ID<Organization> = { owners[max(0, $0 - 1_000)] }
        var ledger = CacheLedger<Int>(policy: policy, owner: byOwner ? owner : nil)
        let budget = CacheBudget(modelCountMax: 60)
        var missCount = 0
        func visit(_ model: Int, at now: Instant) -> Bool {
            ledger.use(model, at: now)
            guard ledger.residents[model] == nil else { return true }
            _ = ledger.admit(model, byteCount: 1, within: budget, at: now)
            return false
        }
        for step in 0..<3_000 {
            let now = Instant.t0 + .milliseconds(step * 100)
            _ = visit(step % 100, at: now)
            guard step % 100 == 50, case let other = 1 + step / 100 % 6, other <= 5 else { continue }
            if !visit(1_000 + other, at: now), step >= 600 { missCount += 1 }
        }
        return missCount
    }

    @Test(arguments: CachePolicy.allCases)
    func `whoever has more than its share loses of its own, however soon it asks again`(policy: CachePolicy) {
        #expect(missesOfOthers(policy, byOwner: true) == 0)
        #expect(missesOfOthers(policy, byOwner: false) > 0)  // What shares are there for.
    }

    @Test func `the few models that an organization needs to serve stand under the policy alone`() {
        let owners = (0..<5).map { _ in ID<Organization>(UUID()) }
        // The first three are one organization's.
        var ledger = CacheLedger<Int>(policy: .lru) { owners[max(0, $0 - 2)] }
        let budget = CacheBudget(modelCountMax: 6)
        for (second, model) in [3, 4, 5, 0, 1, 2].enumerated() {
            ledger.use(model, at: .t0 + .seconds(second))
            _ = ledger.admit(model, byteCount: 1, within: budget, at: .t0 + .seconds(second))
        }
        ledger.use(6, at: .t0 + .seconds(10))
        let leaving = ledger.admit(6, byteCount: 1, within: budget, at: .t0 + .seconds(10))
        #expect(leaving.map(\.key) == [3])
    }

    @Test func `one that was dismissed leaves a minute after its last use, and stays where it is taken in anew`() {
        var ledger = CacheLedger<Int>(policy: .auto)
        func admit(_ model: Int) {
            ledger.use(model, at: .t0)
            _ = ledger.admit(model, byteCount: 1, within: CacheBudget(), at: .t0)
        }
        for model in 1...3 { admit(model) }
        for model in 1...2 { ledger.dismiss(model) }
        admit(2)
        ledger.use(1, at: .t0 + .seconds(30))
        let early = ledger.retire(idleFor: nil, at: .t0 + .seconds(89))
        let late = ledger.retire(idleFor: nil, at: .t0 + .seconds(90))
        #expect(early.isEmpty)
        #expect(late.map(\.key) == [1])
        #expect(ledger.residents.keys.sorted() == [2, 3])
    }

    @Test func `as many leave as the newcomer needs bytes for, and one too large for all stays out`() {
        var ledger = CacheLedger<Int>(policy: .lru)
        let budget = CacheBudget(byteCountMax: 10)
        for model in 1...5 {
            ledger.use(model, at: .t0 + .seconds(model))
            #expect(ledger.admit(model, byteCount: 2, within: budget, at: .t0 + .seconds(model)).isEmpty)
        }
        #expect(ledger.admit(6, byteCount: 5, within: budget, at: .t0 + .seconds(6)).map(\.key) == [1, 2, 3])
        #expect(ledger.byteCount == 9)
        #expect(ledger.admit(7, byteCount: 11, within: budget, at: .t0 + .seconds(7)).map(\.key) == [7])
        #expect(ledger.residents.keys.sorted() == [4, 5, 6])
    }

    @Test func `what is idle leaves, but not what is about to be used`() {
        func left(_ policy: CachePolicy) -> [Int] {
            var ledger = CacheLedger<Int>(policy: policy)
            let budget = CacheBudget()
            for (model, period, count) in [(1, 1, 60), (2, 60, 10)] {
                for visit in 0..<count {
                    let now = Instant.t0 + .seconds(visit * period * 60)
                    ledger.use(model, at: now)
                    if ledger.residents[model] == nil {
                        _ = ledger.admit(model, byteCount: 1, within: budget, at: now)
                    }
                }
            }
            // 50 minutes after the hourly one's last visit, long after the other's.
            let now = Instant.t0 + .seconds((9 * 60 + 50) * 60)
            return ledger.retire(idleFor: .seconds(1_200), at: now).map(\.key).sorted()
        }
        #expect(left(.lru) == [1, 2])
        #expect(left(.auto) == [1])
    }

    /// The same visits give the same departures, and what it says it holds is what it holds.
    @Test(arguments: CachePolicy.allCases)
    func `whatever comes, the bytes are those of the residents and the budget holds`(policy: CachePolicy) {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let owners = (0..<3).map { _ in ID<Organization>(UUID()) }
            let owner: @Sendable (Int) -> ID<Organization> = { owners[$0 % 3] }
            var ledger = CacheLedger<Int>(policy: policy, owner: seed.isMultiple(of: 2) ? owner : nil)
            let budget = CacheBudget(byteCountMax: 1_000, modelCountMax: 30)
            var now = Instant.t0
            for _ in 0..<400 {
                now = now + .seconds(.random(in: 0...100, using: &generator))
                let model = Int.random(in: 0..<80, using: &generator)
                switch Int.random(in: 0..<20, using: &generator) {
                case 0: ledger.remove(model)
                case 1: _ = ledger.retire(idleFor: .seconds(2_000), at: now)
                case 2: _ = ledger.shrink(toBytes: 500, count: 20, at: now)
                default:
                    ledger.use(model, at: now)
                    if ledger.residents[model] == nil {
                        let bytes = Int.random(in: 1...1_100, using: &generator)
                        let leaving = ledger.admit(model, byteCount: bytes, within: budget, at: now)
                        #expect((ledger.residents[model] == nil) == (bytes > 1_000))
                        #expect(leaving.allSatisfy { ledger.residents[$0.key] == nil })
                    }
                }
                #expect(ledger.byteCount == ledger.residents.values.reduce(0) { $0 + $1.byteCount }, "seed \(seed)")
                #expect(ledger.byteCount <= 1_000 && ledger.residents.count <= 30, "seed \(seed)")
            }
        }
    }
}
