import Foundation
import Testing

@testable import Database

/// One tenant's flood, and what it does to the others' turns at the writer.
@Suite struct WriterSharesTests {
    private let flooding = UUID()
    private let others = (0..<9).map { _ in UUID() }
    private let start = ContinuousClock.now

    /// A queue in which one tenant took twenty times what each of the others did.
    private func queue() -> CommitQueue {
        var queue = CommitQueue(waitingCountMax: 1_000)
        queue.charge(flooding, .milliseconds(200), at: start)
        for other in others { queue.charge(other, .milliseconds(10), at: start) }
        return queue
    }

    /// The tenants that are ahead at a time, by a copy of the shares.
    private func ahead(_ shares: WriterShares, at time: ContinuousClock.Instant) -> [UUID] {
        var shares = shares
        return ([flooding] + others).filter { shares.isAhead($0, at: time) }
    }

    private func entry(of tenant: UUID?) -> WaitingTransaction { WaitingTransaction(of: tenant) }

    @Test func `who takes far more than the others is ahead, and nobody else`() {
        var shares = WriterShares()
        shares.charge(flooding, .milliseconds(200), at: start)
        for other in others { shares.charge(other, .milliseconds(10), at: start) }
        #expect(ahead(shares, at: start) == [flooding])
        // It is remembered for the second after, and no longer.
        #expect(ahead(shares, at: start + .milliseconds(1_500)) == [flooding])
        #expect(ahead(shares, at: start + .milliseconds(3_600)).isEmpty)
    }

    @Test func `who is alone, or little, or no more than twice as much as the others, is not ahead`() {
        var alone = WriterShares()
        alone.charge(flooding, .milliseconds(900), at: start)
        #expect(ahead(alone, at: start).isEmpty)
        var little = WriterShares()
        little.charge(flooding, .milliseconds(9), at: start)
        little.charge(others[0], .microseconds(1), at: start)
        #expect(ahead(little, at: start).isEmpty)
        var similar = WriterShares()
        similar.charge(flooding, .milliseconds(100), at: start)
        similar.charge(others[0], .milliseconds(50), at: start)
        #expect(ahead(similar, at: start).isEmpty)
    }

    @Test func `one tenant's backlog fills a quarter of the places, and the others find room`() {
        var queue = CommitQueue(waitingCountMax: 8)
        _ = queue.add(entry(of: others[0]), at: start)
        for _ in 0..<2 {
            let taken = queue.add(entry(of: flooding), at: start)
            #expect(taken == .wait)
        }
        let refused = queue.add(entry(of: flooding), at: start)
        #expect(refused == .refuse)
        let other = queue.add(entry(of: others[1]), at: start)
        #expect(other == .wait)
        #expect(queue.nextGroup(at: start).group.count == 4)
        let again = queue.add(entry(of: flooding), at: start)
        #expect(again != .refuse)
    }

    @Test func `a flood starts no flush of its own so soon, and goes with the next of somebody else`() {
        var queue = queue()
        let started = queue.add(entry(of: flooding), at: start)
        #expect(started == .drain)
        let first = queue.nextGroup(at: start)
        #expect(first.group.count == 1)
        let second = queue.nextGroup(at: start)
        #expect(second.next == .wait)
        let soon = start + .milliseconds(1)
        let resting = queue.add(entry(of: flooding), at: soon)
        #expect(resting == .rest(until: start + CommitQueue.rest))
        let added = queue.add(entry(of: flooding), at: soon)
        #expect(added == .wait)  // It rests already.
        let other = queue.add(entry(of: others[0]), at: soon)
        #expect(other == .drain)
        let joint = queue.nextGroup(at: soon)
        #expect(joint.group.map(\.tenant) == [flooding, flooding, others[0]])
    }

    @Test func `after its rest a flood goes alone`() {
        var queue = queue()
        _ = queue.add(entry(of: flooding), at: start)
        _ = queue.nextGroup(at: start)
        _ = queue.nextGroup(at: start)
        _ = queue.add(entry(of: flooding), at: start)
        let woken = queue.wake(at: start + CommitQueue.rest)
        #expect(woken == .drain)
        let alone = queue.nextGroup(at: start + CommitQueue.rest)
        #expect(alone.group.count == 1)
    }

    @Test func `a flood that wakes while somebody is written waits for that`() {
        var queue = queue()
        _ = queue.add(entry(of: others[0]), at: start)
        let behind = queue.add(entry(of: flooding), at: start)
        #expect(behind == .wait)
        let woken = queue.wake(at: start)
        #expect(woken == .wait)
    }

    @Test func `a flood has a few places in each flush, in its order, and all of it is written in the end`() {
        var queue = queue()
        var now = start
        _ = queue.add(entry(of: others[0]), at: now)
        for _ in 0..<30 { _ = queue.add(entry(of: flooding), at: now) }
        _ = queue.add(entry(of: nil), at: now)
        let first = queue.nextGroup(at: now).group
        #expect(first.count { $0.tenant == flooding } == CommitQueue.aheadCountMax)
        #expect(first.count { $0.tenant != flooding } == 2)
        #expect(queue.statistics.waitingCount == 26)
        var written = 4
        while written < 30 {
            switch queue.nextGroup(at: now) {
            case (_, .rest(let until)):
                now = until
                let woken = queue.wake(at: now)
                #expect(woken == .drain)
            case (let group, _):
                #expect(!group.isEmpty)
                written += group.count
            }
            guard now < start + .seconds(1) else { break }
        }
        #expect(written == 30)
        #expect(queue.statistics.waitingCount == 0)
    }

    @Test func `a real database writes a flood and everybody else's, each tenant's in order`() async throws {
        let database = try SQLiteDatabase(.memory)
        try await database.transaction { _ = try $0.execute("CREATE TABLE kept (tenant TEXT, number INTEGER)") }
        try await withThrowingDiscardingTaskGroup { group in
            for (index, tenant) in (others + [flooding]).enumerated() {
                group.addTask {
                    for number in 0..<(tenant == flooding ? 300 : 30) {
                        try await database.transaction(of: tenant) {
                            _ = try $0.execute("INSERT INTO kept VALUES (\("\(index)"), \(number))")
                        }
                    }
                }
            }
        }
        let rows = try await database.query("SELECT tenant, number FROM kept ORDER BY rowid")
        var next: [String: Int] = [:]
        for row in rows {
            let tenant: String = try row.decode("tenant")
            #expect(try row.decode("number") == next[tenant, default: 0])
            next[tenant, default: 0] += 1
        }
        #expect(rows.count == 570)
    }
}

extension WaitingTransaction {
    /// One that nobody awaits.
    fileprivate init(of tenant: UUID?) {
        self.init(tenant: tenant, run: { _ in Outcome(commit: {}, fail: { _ in }) }, fail: { _ in })
    }
}
