import Foundation
import Models
import Plant
import TestSupport
import Testing

@testable import Serving

/// Which rows go next, without anything that runs them.
@Suite struct BatchQueueTests {
    private typealias Queue = BatchQueue<Int>

    private let start = ContinuousClock.now

    private func keys(_ count: Int, in organization: OrganizationScope = Self.scope()) throws -> [ModelKey] {
        try (0..<count).map { ModelKey(try Self.version($0), in: organization) }
    }

    private static func scope() -> OrganizationScope {
        OrganizationScope(provenFor: ID(UUID()))
    }

    private static func version(_ number: Int) throws -> ModelVersion {
        let digits = String(number, radix: 16)
        return try #require(ModelVersion(hash: String(repeating: "0", count: 64 - digits.count) + digits))
    }

    @Test func `rows of one model that wait go together, up to a batch, in their order`() throws {
        let key = try keys(1)[0]
        var queue = Queue(limits: BatchLimits())
        for number in 0..<70 { try queue.add(number, rowCount: 1, of: key, .live, at: start) }
        #expect(queue.next(at: start)?.items == Array(0..<64))
        #expect(queue.next(at: start) == nil)  // One batch of a model at a time.
        queue.finish(key)
        #expect(queue.next(at: start)?.items == Array(64..<70))
        #expect(queue.rowCount == 0)
    }

    @Test func `a lone row goes at once, and where the wait is set, when it is over or a batch is full`() throws {
        let key = try keys(1)[0]
        var prompt = Queue(limits: BatchLimits())
        try prompt.add(1, rowCount: 1, of: key, .live, at: start)
        #expect(prompt.next(at: start)?.items == [1])

        var patient = Queue(limits: BatchLimits(batchSize: 4, maxWaitTime: .milliseconds(10)))
        try patient.add(1, rowCount: 1, of: key, .live, at: start)
        #expect(patient.next(at: start + .milliseconds(9)) == nil)
        #expect(patient.readyAt == start + .milliseconds(10))
        #expect(patient.next(at: start + .milliseconds(10))?.items == [1])
        patient.finish(key)
        for number in 2...5 { try patient.add(number, rowCount: 1, of: key, .live, at: start) }
        #expect(patient.next(at: start)?.items == [2, 3, 4, 5])
        patient.finish(key)
        try patient.add(6, rowCount: 1, of: key, .live, at: start)
        patient.flush()
        #expect(patient.next(at: start)?.items == [6])
        patient.finish(key)
        try patient.add(7, rowCount: 1, of: key, .live, at: start)
        #expect(patient.next(at: start) == nil)  // A flush is for what waited then.
    }

    @Test func `live goes before people's questions, then late ones, challengers, and history`() throws {
        let key = try keys(1)[0]
        var queue = Queue(limits: BatchLimits())
        for priority in PredictionPriority.allCases.reversed() {
            try queue.add(priority.rawValue, rowCount: 1, of: key, priority, at: start)
        }
        var order: [Int] = []
        while let batch = queue.next(at: start) {
            order += batch.items
            queue.finish(key)
        }
        #expect(order == [0, 1, 2, 3, 4])
    }

    @Test func `models take turns, whoever has more rows`() throws {
        let (flood, others) = (try keys(1)[0], try (0..<3).map { _ in try keys(1, in: Self.scope())[0] })
        var queue = Queue(limits: BatchLimits(batchSize: 1))
        for number in 0..<20 { try queue.add(number, rowCount: 1, of: flood, .live, at: start) }
        for other in others { try queue.add(100, rowCount: 1, of: other, .live, at: start) }
        var order: [ModelKey] = []
        for _ in 0..<5 {
            let next = queue.next(at: start)
            let batch = try #require(next)
            order.append(batch.key)
            queue.finish(batch.key)
        }
        #expect(order == [flood] + others + [flood])
    }

    @Test func `organizations take turns, whoever has more models`() throws {
        let (flood, others) = (try keys(100), try (0..<3).map { _ in try keys(1, in: Self.scope())[0] })
        var queue = Queue(limits: BatchLimits())
        for key in flood { try queue.add(0, rowCount: 1, of: key, .asked, at: start) }
        for other in others { try queue.add(0, rowCount: 1, of: other, .asked, at: start) }
        var order: [ModelKey] = []
        for _ in 0..<6 {
            let next = queue.next(at: start)
            order.append(try #require(next).key)
        }
        #expect(order == [flood[0]] + others + [flood[1], flood[2]])
    }

    @Test func `a lane's rows find room whatever people ask, and people's questions beside history`() throws {
        let key = try keys(1)[0]
        var queue = Queue(limits: BatchLimits(batchSize: 10, waitingRowsMax: 100))
        try queue.add(0, rowCount: 50, of: key, .backtest, at: start)
        #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 1, of: key, .challenger, at: start) }
        try queue.add(0, rowCount: 25, of: key, .asked, at: start)
        #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 1, of: key, .asked, at: start) }
        try queue.add(0, rowCount: 20, of: key, .live, at: start)
        try queue.add(0, rowCount: 5, of: key, .late, at: start)
        #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 1, of: key, .live, at: start) }
        // However few may wait, a batch of the lane's is among them.
        #expect(BatchLimits(batchSize: 64, waitingRowsMax: 128).waitingRowsMax(for: .asked) == 64)
    }

    @Test(arguments: [(0, 1), (3_200, 4), (600_000, 60)])
    func `who is refused is to come back after as long as its first row has waited`(
        milliseconds: Int,
        seconds: Int
    ) throws {
        let (key, other) = (try keys(1)[0], try keys(1, in: Self.scope())[0])
        var queue = Queue(limits: BatchLimits(waitingRowsMax: 10))
        try queue.add(0, rowCount: 1, of: other, .live, at: start - .seconds(30))
        try queue.add(0, rowCount: 10, of: key, .live, at: start)
        let now = start + .milliseconds(milliseconds)
        let refusal = #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 1, of: key, .live, at: now) }
        #expect(refusal?.retryAfterSeconds == seconds)
    }

    @Test func `one organization's rows fill its own bound and nobody else's`() throws {
        let (flood, other) = (try keys(2), try keys(1, in: Self.scope())[0])
        var queue = Queue(limits: BatchLimits(waitingRowsMax: 10, allWaitingRowsMax: 15))
        // History fills half of it at most: what has just come finds room.
        #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 6, of: flood[1], .backtest, at: start) }
        try queue.add(0, rowCount: 4, of: flood[1], .backtest, at: start)
        try queue.add(0, rowCount: 6, of: flood[0], .live, at: start)
        #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 1, of: flood[0], .live, at: start) }
        try queue.add(0, rowCount: 5, of: other, .live, at: start)
        #expect(throws: TooManyRows.self) { try queue.add(0, rowCount: 1, of: other, .live, at: start) }
        #expect(queue.rowCount == 15)
        _ = queue.next(at: start)
        try queue.add(0, rowCount: 6, of: flood[0], .live, at: start)
    }

    @Test func `what nobody waits for is forgotten, and the rest keeps its place`() throws {
        let key = try keys(1)[0]
        var queue = Queue(limits: BatchLimits())
        for number in 0..<6 { try queue.add(number, rowCount: 2, of: key, number < 3 ? .live : .late, at: start) }
        #expect(queue.drop(from: key) { $0 < 3 || $0 == 4 } == [0, 1, 2, 4])
        #expect(queue.rowCount == 4)
        #expect(queue.next(at: start)?.items == [3, 5])
        #expect(queue.next(at: start) == nil)
    }

    /// Against a plain list: nothing is lost, nothing comes twice, and order within a model and priority holds.
    @Test func `whatever comes and goes, every row goes once and in order`() throws {
        for seed in 1...50 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let keys = try (0..<4).map { _ in try self.keys(2) }.flatMap(\.self)
            var queue = Queue(limits: BatchLimits(batchSize: 8, waitingRowsMax: 40, allWaitingRowsMax: 100))
            var waiting: [ModelKey: [[(number: Int, rows: Int)]]] = [:]
            var busy: Set<ModelKey> = []
            for number in 0..<400 {
                let key = try #require(keys.randomElement(using: &generator))
                switch Int.random(in: 0..<5, using: &generator) {
                case 0, 1:
                    let priority = try #require(PredictionPriority.allCases.randomElement(using: &generator))
                    let rows = Int.random(in: 1...8, using: &generator)
                    do throws(TooManyRows) {
                        try queue.add(number, rowCount: rows, of: key, priority, at: start)
                        let none = PredictionPriority.allCases.map { _ in [(number: Int, rows: Int)]() }
                        waiting[key, default: none][priority.rawValue].append((number, rows))
                    } catch {
                        let own = keys.filter { $0.organization == key.organization }
                        let ownRows = own.flatMap { (waiting[$0] ?? []).joined() }.reduce(0) { $0 + $1.rows }
                        let allRows = waiting.values.joined().joined().reduce(0) { $0 + $1.rows }
                        let ownMax = queue.limits.waitingRowsMax(for: priority)
                        let allMax = queue.limits.allWaitingRowsMax(for: priority)
                        #expect(ownRows + rows > ownMax || allRows + rows > allMax, "seed \(seed)")
                    }
                case 2, 3:
                    guard let batch = queue.next(at: start) else {
                        #expect(waiting.allSatisfy { busy.contains($0.key) || $0.value.allSatisfy(\.isEmpty) })
                        continue
                    }
                    #expect(busy.insert(batch.key).inserted, "seed \(seed)")
                    let free = waiting.filter { $0.key == batch.key || !busy.contains($0.key) }
                    let first = free.values.compactMap { $0.firstIndex { !$0.isEmpty } }.min()
                    let lines = try #require(waiting[batch.key])
                    let priority = try #require(lines.firstIndex { !$0.isEmpty })
                    #expect(priority == first, "seed \(seed)")
                    let taken = lines[priority].prefix(batch.items.count)
                    #expect(taken.map(\.number) == batch.items, "seed \(seed)")
                    #expect(taken.reduce(0) { $0 + $1.rows } <= 8)
                    waiting[batch.key]?[priority].removeFirst(batch.items.count)
                default:
                    if busy.remove(key) != nil { queue.finish(key) }
                }
                #expect(queue.rowCount == waiting.values.joined().joined().reduce(0) { $0 + $1.rows }, "seed \(seed)")
            }
        }
    }
}
