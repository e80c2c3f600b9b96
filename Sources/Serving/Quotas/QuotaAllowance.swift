import Plant
import Synchronization
package import Trust

/// What one organization may do at the moment.
package struct QuotaAllowance: Sendable {
    package let limits: QuotaLimits
    let desk: QuotaDesk
    let scope: OrganizationScope

    /// Takes that many pushed rows.
    ///
    /// - Throws: `QuotaExceeded`, with how long to wait; without where one request brings more than ever is allowed.
    package func takeReadings(_ count: Int) throws(QuotaExceeded) {
        try settle(decision(onReadings: count), .readingsPerSecond)
    }

    /// Refuses rows before they are read, where not even one may come.
    ///
    /// - Throws: `QuotaExceeded`, with how long to wait.
    package func requireReadings() throws(QuotaExceeded) {
        let decision = desk.withBook(limits, in: scope) { book, now in
            var trial = book.readings
            return trial.take(1, at: now)
        }
        try settle(decision, .readingsPerSecond)
    }

    /// - Throws: `QuotaExceeded`, with how long to wait.
    package func takeRequest() throws(QuotaExceeded) {
        try settle(desk.withBook(limits, in: scope) { $0.requests.take(1, at: $1) }, .requestsPerSecond)
    }

    /// A stream's place, until it is given back.
    ///
    /// - Throws: `QuotaExceeded` where all places are taken.
    package func openStream() throws(QuotaExceeded) -> StreamPlace {
        let limit = limits[.streams]
        let taken = desk.withBook(limits, in: scope) { book, _ -> Int? in
            guard book.streamCount < limit else { return book.streamCount }
            book.streamCount += 1
            return nil
        }
        guard let taken else { return StreamPlace(desk: desk, scope: scope) }
        desk.refused(.streams)
        throw QuotaExceeded(.streams, use: taken, limit: limit)
    }

    func decision(onReadings count: Int) -> TokenBucket.Decision {
        desk.withBook(limits, in: scope) { $0.readings.take(count, at: $1) }
    }

    private func settle(_ decision: TokenBucket.Decision, _ quota: Quota) throws(QuotaExceeded) {
        switch decision {
        case .taken: return
        case .wait(let duration):
            desk.refused(quota)
            throw QuotaExceeded(quota, limit: limits[quota], wait: duration)
        case .never:
            let burst = quota.burst ?? quota
            desk.refused(burst)
            throw QuotaExceeded(burst, limit: limits[burst])
        }
    }
}

/// The place that a stream takes among its organization's; given back once, by whoever is first, and at the latest when
/// nobody holds it any more.
package final class StreamPlace: Sendable {
    private let desk: QuotaDesk
    private let scope: OrganizationScope
    private let isTaken = Atomic(true)

    fileprivate init(desk: QuotaDesk, scope: OrganizationScope) {
        self.desk = desk
        self.scope = scope
    }

    deinit { release() }

    package func release() {
        guard isTaken.exchange(false, ordering: .relaxed) else { return }
        desk.closeStream(in: scope)
    }
}
