package import Logging
package import NIOSSL
package import Plant
import Synchronization

/// The server's certificate, read again when its files change, without anybody being cut off.
///
/// Connections go on with the one that they began with. A new pair that is no good, or not now, is not taken: the old
/// one goes on, and says why.
package final class ServerCertificate: Sendable {
    /// How it stands.
    package struct Status: Hashable, Sendable {
        /// When the one that serves ends.
        package let notAfter: Instant
        /// Why the files as they are now do not serve; nil where they do.
        package let trouble: String?
    }

    /// What looking at the files came to.
    package enum Outcome: Hashable, Sendable {
        case unchanged
        case renewed(notAfter: Instant)
        case refused(CertificateError)
    }

    private struct State {
        var pair: CertificatePair
        var stamp: CertificateFiles.Stamp?
        var trouble: CertificateError?
        /// When the files that were refused may serve.
        var retryAt: Instant?
        var warnedDays: Int?
    }

    package let files: CertificateFiles
    private let state: Mutex<State>

    /// - Throws: ``CertificateError`` for files that can't serve.
    package init(_ files: CertificateFiles) throws(CertificateError) {
        self.files = files
        // Before they are read: what changes in between is seen at the next look.
        let stamp = files.stamp
        state = Mutex(State(pair: try files.load(), stamp: stamp))
    }

    /// What new connections begin with.
    package var context: NIOSSLContext { state.withLock(\.pair.context) }

    package var status: Status {
        state.withLock { Status(notAfter: $0.pair.notAfter, trouble: $0.trouble?.message) }
    }

    /// Looks whether the files have changed, and takes what they hold now.
    ///
    /// - Parameters:
    ///   - isAsked: Whether somebody says that they have: they are read then whatever they look like.
    ///   - now: By which a pair has begun and not ended; one that begins later is taken then.
    /// - Returns: What it came to; `.refused` once for the same files.
    @discardableResult
    package func look(isAsked: Bool = false, at now: Instant) -> Outcome {
        let stamp = files.stamp
        let isDue = state.withLock { state in
            state.stamp != stamp || state.retryAt.map { $0 <= now } == true
        }
        guard isAsked || isDue else { return .unchanged }
        var retryAt: Instant?
        do throws(CertificateError) {
            let pair = try files.load()
            if now < pair.notBefore { retryAt = pair.notBefore }
            try pair.check(at: now, from: files)
            state.withLock { state in
                (state.pair, state.stamp, state.trouble, state.warnedDays) = (pair, stamp, nil, nil)
                state.retryAt = nil
            }
            return .renewed(notAfter: pair.notAfter)
        } catch {
            state.withLock { ($0.stamp, $0.trouble, $0.retryAt) = (stamp, error, retryAt) }
            return .refused(error)
        }
    }

    /// Looks, and tells the log of what changed, and day by day of an end that is near.
    package func look(isAsked: Bool, at now: Instant, logger: Logger) {
        switch look(isAsked: isAsked, at: now) {
        case .unchanged: break
        case .renewed(let notAfter): logger.notice("the certificate was renewed", metadata: ["until": "\(notAfter)"])
        case .refused(let error):
            logger.error("the certificate's files can't serve; the one before goes on", metadata: ["cause": "\(error)"])
        }
        let days = daysLeft(at: now)
        let isNew = state.withLock { state in
            guard days < Self.warningDays, state.warnedDays != days else { return false }
            state.warnedDays = days
            return true
        }
        guard isNew else { return }
        logger.warning(
            days < 0 ? "the certificate has expired" : "the certificate expires soon",
            metadata: ["days": "\(days)", "until": "\(status.notAfter)"]
        )
    }

    private static let warningDays = 14

    /// Whole days until the one that serves ends; negative once it has.
    package func daysLeft(at now: Instant) -> Int {
        let microseconds = (status.notAfter - now).microseconds
        let day: Int64 = 86_400_000_000
        return Int(microseconds >= 0 ? microseconds / day : (microseconds - day + 1) / day)
    }
}

extension ServerCertificate {
    func write(to text: inout MetricsText, at now: Instant) {
        text.add(
            "eagle_tls_certificate_days",
            .gauge,
            "Whole days until the certificate ends; negative once it has.",
            daysLeft(at: now)
        )
        text.add(
            "eagle_tls_certificate_refused",
            .gauge,
            "1 while the certificate's files hold what can't serve, and the one before goes on.",
            status.trouble == nil ? 0 : 1
        )
    }
}
