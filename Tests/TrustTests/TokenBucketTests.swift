import Plant
import Testing
import Trust

@Suite struct TokenBucketTests {
    private static let start = Instant(seconds: 1_767_225_600)

    private func bucket(_ perSecond: Int, burst: Int) -> TokenBucket {
        TokenBucket(TokenBucket.Rate(perSecond: perSecond, burst: burst), at: Self.start)
    }

    @Test func `a full bucket gives its burst at once, and then its rate`() {
        var bucket = bucket(10, burst: 30)
        let burst = bucket.take(30, at: Self.start)
        #expect(burst == .taken)
        let more = bucket.take(1, at: Self.start)
        #expect(more == .wait(.milliseconds(100)))
        let early = bucket.take(1, at: Self.start + .microseconds(99_999))
        #expect(early == .wait(.microseconds(1)))
        let late = bucket.take(1, at: Self.start + .milliseconds(100))
        #expect(late == .taken)
        #expect(bucket.left(at: Self.start + .seconds(60)) == 30)
    }

    @Test(arguments: [(3, 10), (7, 1), (1_000_000, 3), (10_000_000, 1_000_000_000)])
    func `the whole burst is to be had, whatever the rate`(perSecond: Int, burst: Int) {
        var bucket = bucket(perSecond, burst: burst)
        #expect(bucket.left(at: Self.start) == burst)
        let decision = bucket.take(burst, at: Self.start)
        #expect(decision == .taken)
        #expect(bucket.left(at: Self.start) == 0)
    }

    @Test func `what is more than a burst never comes, and costs nothing`() {
        var bucket = bucket(10, burst: 30)
        let decision = bucket.take(31, at: Self.start)
        #expect(decision == .never)
        #expect(bucket.left(at: Self.start) == 30)
    }

    @Test func `a refusal takes nothing, and its wait is exactly long enough`() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let rate = Int.random(in: 1...1_000, using: &generator)
            let burst = Int.random(in: 1...1_000, using: &generator)
            var bucket = bucket(rate, burst: burst)
            var now = Self.start
            for _ in 0..<5 {
                let count = Int.random(in: 1...burst, using: &generator)
                guard case .wait(let duration) = bucket.take(count, at: now) else { continue }
                var earlier = bucket
                let early = earlier.take(count, at: now + duration - .microseconds(1))
                #expect(early != .taken, "\(rate)/s, \(burst) at once")
                now = now + duration
                let after = bucket.take(count, at: now)
                #expect(after == .taken, "\(rate)/s, \(burst) at once")
            }
        }
    }

    /// Takes at random, at random times, and compares each stretch between two of them with what it may bring.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `no stretch of time brings more than the burst and the rate times the time`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rate = Int.random(in: 1...500, using: &generator)
        let burst = Int.random(in: 1...300, using: &generator)
        var bucket = bucket(rate, burst: burst)
        var now = Self.start
        var taken: [(at: Instant, count: Int)] = []
        for _ in 0..<400 {
            now = now + .microseconds(Int64.random(in: 0...200_000, using: &generator))
            let count = Int.random(in: 1...max(1, burst / 2), using: &generator)
            if bucket.take(count, at: now) == .taken { taken.append((now, count)) }
        }
        for first in taken.indices {
            var sum = 0
            for last in first..<taken.count {
                sum += taken[last].count
                // In millionths, so that nothing is rounded.
                let allowed =
                    Int64(burst) * 1_000_000 + Int64(rate) * (taken[last].at - taken[first].at).microseconds
                #expect(Int64(sum) * 1_000_000 <= allowed, "\(sum) from \(first) to \(last) at \(rate)/s")
            }
        }
    }

    /// All that is not taken comes back: whoever takes one as soon as he may gets the rate.
    @Test func `an eager taker gets the rate, and no less`() {
        var bucket = bucket(7, burst: 3)
        var now = Self.start
        var count = 0
        while now < Self.start + .seconds(100) {
            switch bucket.take(1, at: now) {
            case .taken: count += 1
            case .wait(let duration): now = now + duration
            case .never: Issue.record("one is never too many")
            }
        }
        #expect((702...703).contains(count), "\(count)")
    }

    @Test(arguments: [Instant(microseconds: .min), .distantPast, Instant(seconds: 0), Instant(microseconds: .max)])
    func `no clock traps it, and one that is put back gives nothing`(other: Instant) {
        var bucket = bucket(10_000_000, burst: 1_000_000_000)
        let first = bucket.take(1_000_000_000, at: Self.start)
        #expect(first == .taken)
        let second = bucket.take(1_000_000_000, at: other)
        #expect((second == .taken) == (other > Self.start))
        bucket.change(to: TokenBucket.Rate(perSecond: .max, burst: .max), at: Self.start)
        bucket.change(to: TokenBucket.Rate(perSecond: .min, burst: .min), at: other)
        _ = bucket.take(.max, at: Instant(microseconds: .max))
        _ = bucket.take(.min, at: Instant(microseconds: .min))
        #expect(bucket.left(at: other) >= 0)
    }

    @Test func `another rate holds at once, and what was taken is not owed for longer than a burst`() {
        var bucket = bucket(1, burst: 100_000)
        let burst = bucket.take(100_000, at: Self.start)
        #expect(burst == .taken)
        let slow = bucket.take(1, at: Self.start)
        #expect(slow == .wait(.seconds(1)))
        bucket.change(to: TokenBucket.Rate(perSecond: 1_000, burst: 10), at: Self.start)
        let quick = bucket.take(1, at: Self.start + .milliseconds(1))
        #expect(quick == .taken)
        #expect(bucket.left(at: Self.start + .seconds(1)) == 10)
    }
}

@Suite struct QuotaSettingsTests {
    @Test func `an organization's own value goes before the server's, and that before the standard one`() throws {
        let server = try QuotaSettings([.models: 5, .users: 6])
        let own = try QuotaSettings([.models: 7])
        let limits = QuotaLimits(server: server, own: own)
        #expect(limits[.models] == 7)
        #expect(limits[.users] == 6)
        #expect(limits[.streams] == Quota.streams.standard)
        #expect(limits.isOwn(.models))
        #expect(!limits.isOwn(.users))
    }

    @Test func `every standard value is one that may be set`() {
        for quota in Quota.allCases { #expect(quota.range.contains(quota.standard), "\(quota)") }
    }

    @Test(arguments: Quota.allCases)
    func `a value out of its range is refused by name`(quota: Quota) {
        for value in [quota.range.lowerBound - 1, quota.range.upperBound + 1, .min, .max] {
            #expect { _ = try QuotaSettings([quota: value]) } throws: { error in
                (error as? SchemaProblem)?.path == [quota.rawValue]
            }
        }
    }

    @Test func `a change takes values away as well`() throws {
        let settings = try QuotaSettings([.models: 5, .users: 6]).changed(by: [.models: nil, .streams: 3])
        #expect(settings == (try QuotaSettings([.users: 6, .streams: 3])))
    }

    @Test func `a refusal names the quota, its use and its limit, and whom to ask`() {
        let text = QuotaExceeded(.models, use: 3, limit: 3).description
        #expect(text.contains("3 of 3 models"))
        #expect(text.contains("those who run the server"))
        #expect(QuotaExceeded(.models, use: 3, limit: 3).waitSeconds == nil)
        #expect(QuotaExceeded(.readingsPerSecond, limit: 3, wait: .microseconds(1)).waitSeconds == 1)
        #expect(QuotaExceeded(.readingsPerSecond, limit: 3, wait: .milliseconds(1_001)).waitSeconds == 2)
        #expect(QuotaExceeded(.trainingRunsPerDay, limit: 3, wait: .seconds(60)).waitSeconds == 60)
    }
}
