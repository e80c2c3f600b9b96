import Alarms
import Plant
import Testing

@Suite struct StormGuardTests {
    private let start = DeliveryPlanTests.start

    @Test func `a few go one by one, a flood ends in one for all`() {
        var guardian = StormGuard()
        #expect(guardian.action(waitingCount: 3, perMinuteMax: 3, at: start) == .each(3))
        #expect(guardian.action(waitingCount: 9, perMinuteMax: 3, at: start) == .each(2))
        guardian.sent(at: start)
        guardian.sent(at: start)
        #expect(guardian.action(waitingCount: 1, perMinuteMax: 3, at: start) == .each(1))
        #expect(guardian.action(waitingCount: 7, perMinuteMax: 3, at: start) == .digest)
        guardian.sent(at: start + .seconds(1))
        #expect(
            guardian.action(waitingCount: 1, perMinuteMax: 3, at: start + .seconds(2))
                == .wait(until: start + .seconds(60))
        )
        #expect(guardian.action(waitingCount: 1, perMinuteMax: 3, at: start + .seconds(60)) == .each(1))
    }

    @Test func `no minute has more than its notices, however many wait`() {
        var generator = SplitMix64(seed: 11)
        for _ in 0..<50 {
            let most = Int.random(in: 1...8, using: &generator)
            var guardian = StormGuard()
            var waiting = 0
            var sent: [Instant] = []
            for second in 0..<600 {
                let now = start + .seconds(second)
                waiting += Int.random(in: 0...3, using: &generator)
                while waiting > 0 {
                    let action = guardian.action(waitingCount: waiting, perMinuteMax: most, at: now)
                    switch action {
                    case .each: waiting -= 1
                    case .digest: waiting = 0
                    case .wait(let until): #expect(until > now)
                    }
                    if case .wait = action { break }
                    guardian.sent(at: now)
                    sent.append(now)
                    let recent = sent.count { now - $0 < .seconds(60) }
                    #expect(recent <= most)
                    if recent > most { return }
                }
            }
        }
    }

    @Test func `what a clock that was set back left in the future holds nothing up`() {
        var guardian = StormGuard()
        for _ in 0..<3 { guardian.sent(at: start + .seconds(3_600)) }
        #expect(guardian.action(waitingCount: 3, perMinuteMax: 3, at: start) == .each(3))
        guardian.sent(at: start)
        #expect(guardian.action(waitingCount: 3, perMinuteMax: 3, at: start + .seconds(3_600)) == .each(3))
    }

    @Test(arguments: [(1, 2.5, 5.0), (2, 5, 10), (4, 20, 40), (12, 900, 1_800), (40, 900, 1_800)])
    func `retries rest twice as long each time, up to half an hour`(attempts: Int, least: Double, most: Double) {
        for (chance, seconds) in [(0.0, least), (1, most)] {
            let retry = DeliveryRetry(
                attempts: attempts,
                triedSince: start,
                isTransient: true,
                retryAfter: nil,
                at: start,
                chance: chance
            )
            #expect(retry == .again(at: start + .milliseconds(Int64(seconds * 1_000))))
        }
    }

    @Test func `a retry waits as long as the target asks, and ends after a day or where it can't help`() {
        func retry(_ attempts: Int = 1, after hours: Int = 0, transient: Bool = true, wait: Int? = nil) -> DeliveryRetry
        {
            DeliveryRetry(
                attempts: attempts,
                triedSince: start,
                isTransient: transient,
                retryAfter: wait.map { .seconds($0) },
                at: start + .seconds(hours * 3_600),
                chance: 1
            )
        }
        #expect(retry(wait: 120) == .again(at: start + .seconds(120)))
        #expect(retry(transient: false) == .giveUp)
        #expect(retry(after: 24) == .giveUp)
        #expect(retry(DeliveryRetry.attemptsMax) == .giveUp)
        #expect(retry(20, after: 23, wait: 9_999) == .again(at: start + .seconds(24 * 3_600)))
    }
}
