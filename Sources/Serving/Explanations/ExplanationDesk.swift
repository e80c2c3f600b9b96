package import Alarms
package import Plant
import Storage
import Synchronization

/// An explanation that is kept now: what streams are told of it.
package struct ExplanationNews: Sendable {
    package let alarm: ID<Alarm>
    /// Of the alert that told of the prediction.
    package let sequence: Int64
    package let sentence: String?
    package let madeAt: Instant
}

/// Where lanes leave word that there is something to explain, without waiting for anything.
final class ExplanationDesk: Sendable {
    private let turns = Mutex(FairTurns())
    /// Says that somebody may stand in line.
    let signs: AsyncStream<Void>
    private let sign: AsyncStream<Void>.Continuation
    /// Several threads, since one that hangs is not to be the last, though there is one explanation at a time.
    let work = BlockingWork(label: "eagle.explanations", threadCountMax: 4, answerLimit: .seconds(30))

    static let tryCountMax = 10

    init() {
        (signs, sign) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ scope: OrganizationScope) {
        turns.withLock { $0.add(scope) }
        sign.yield()
    }

    func next() -> OrganizationScope? { turns.withLock { $0.next() } }

    func rest(_ scope: OrganizationScope, until: Instant) { turns.withLock { $0.rest(scope, until: until) } }

    func wake(at now: Instant) {
        if turns.withLock({ $0.wake(at: now) }) { sign.yield() }
    }

    /// How long to rest before the next try: a minute, twice as long each time, an hour at most; nil gives it up.
    static func rest(afterTries count: Int) -> Duration? {
        guard count < tryCountMax else { return nil }
        return .seconds(min(3_600, 60 << min(count - 1, 6)))
    }
}
