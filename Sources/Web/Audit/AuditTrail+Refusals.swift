import Logging
import Plant
import Storage
import Synchronization
import Trust

/// Why somebody was not signed in.
enum LoginRefusal: String, Hashable, Sendable {
    case wrongPassword, wrongSecondFactor, throttled
}

/// Tries to sign in as one account that were refused for one reason.
struct RefusedLogin: Hashable, Sendable {
    /// As it was typed; whose it is, is found out when it is written down.
    let account: String
    let reason: LoginRefusal
}

/// Tries to sign in that are counted for no account.
struct UnknownLogin: Hashable, Sendable {
    enum Cause: String, Hashable, Sendable {
        case unknownAccount
        /// More accounts were tried at once than are counted one by one.
        case manyAccounts
    }

    let cause: Cause
    let reason: LoginRefusal
}

/// Those who came back from an issuer, or could not go there, and were not signed in, for one reason.
struct RefusedArrival: Hashable, Sendable {
    /// The chain of the organization whose provider it is.
    let place: AuditPlace
    let provider: String
    let reason: String
}

/// What is counted, and written down by a task of its own: whoever is refused waits no longer, and no shorter, for it.
extension AuditTrail {
    /// Counts a refused login; whether there is such an account makes no difference to how long that takes.
    func noteRefusedLogin(account: String, _ reason: LoginRefusal, from address: String) {
        let refused = RefusedLogin(account: String(account.prefix(320)), reason: reason)
        let now = now()
        state.withLock { state in
            guard !state.refusedLogins.add(refused, at: now, ["address": address]) else { return }
            let crowd = UnknownLogin(cause: .manyAccounts, reason: reason)
            state.unknownLogins.add(crowd, at: now, ["address": address])
        }
    }

    /// Counts somebody whom an issuer did not sign in; who he is, nobody has said.
    func noteRefusedArrival(_ refused: RefusedArrival, from address: String) {
        let now = now()
        _ = state.withLock { $0.refusedArrivals.add(refused, at: now, ["address": address]) }
    }

    /// Writes down what was counted; with `isLast` all of it.
    func writeRefusals(isLast: Bool = false, in scope: SystemScope) async {
        let now = now()
        let (denials, lostCount, logins) = state.withLock { state in
            (
                state.denials.take(at: now, isLast: isLast), state.denials.takeLost(),
                state.refusedLogins.take(at: now, isLast: isLast)
            )
        }
        if lostCount > 0 {
            logger.error("refusals are missing in the audit chains", metadata: ["count": "\(lostCount)"])
        }
        for count in denials { await write(count, in: scope) }
        for count in logins { await write(count, at: now, in: scope) }
        let arrivals = state.withLock { $0.refusedArrivals.take(at: now, isLast: isLast) }
        for count in arrivals { await write(count, in: scope) }
        let unknown = state.withLock { $0.unknownLogins.take(at: now, isLast: isLast) }
        for count in unknown { await write(count, in: scope) }
    }

    private func write(_ count: AuditTally<Asker>.Count, in scope: SystemScope) async {
        let metadata = Self.metadata(count.count, since: count.since, count.detail)
        let event = AuditEvent(.accessDenied, by: count.key.actor, on: count.detail["route"] ?? "", metadata)
        do { try await append(event, in: count.key.place) } catch {
            // What can never be written down is not tried every second from now on.
            if await isGone(count.key.place, in: scope) { return }
            report(error)
            state.withLock { $0.denials.putBack(count) }
        }
    }

    /// Whether the chain's organization has been erased.
    private func isGone(_ place: AuditPlace, in scope: SystemScope) async -> Bool {
        guard case .organization(let organization) = place else { return false }
        do { return try await stores.organizations.byID(organization.id, in: scope) == nil } catch { return false }
    }

    /// In the account's own chain; those of accounts that are not there are counted together.
    private func write(_ count: AuditTally<RefusedLogin>.Count, at now: Instant, in scope: SystemScope) async {
        let reason = count.key.reason
        do {
            guard let user = try await stores.users.byEmail(count.key.account, in: scope)?.user else {
                let unknown = UnknownLogin(cause: .unknownAccount, reason: reason)
                state.withLock { _ = $0.unknownLogins.add(unknown, count: count.count, at: now, count.detail) }
                return
            }
            var metadata = Self.metadata(count.count, since: count.since, count.detail)
            metadata["outcome"] = "refused"
            metadata["reason"] = reason.rawValue
            // It was somebody who said that he was this user.
            let event = AuditEvent(.login, by: .server, on: "accounts/\(user.id)", metadata)
            let place: AuditPlace =
                user.organization == nil ? .server(scope) : .organization(try Authorizer(user.principal).ownScope())
            try await append(event, in: place)
        } catch {
            report(error)
            state.withLock { $0.refusedLogins.putBack(count) }
        }
    }

    private func write(_ count: AuditTally<RefusedArrival>.Count, in scope: SystemScope) async {
        var metadata = Self.metadata(count.count, since: count.since, count.detail)
        metadata["outcome"] = "refused"
        metadata["reason"] = count.key.reason
        metadata["means"] = "provider \(count.key.provider)"
        do { try await append(AuditEvent(.login, by: .server, on: "accounts", metadata), in: count.key.place) } catch {
            if await isGone(count.key.place, in: scope) { return }
            report(error)
            state.withLock { $0.refusedArrivals.putBack(count) }
        }
    }

    private func write(_ count: AuditTally<UnknownLogin>.Count, in scope: SystemScope) async {
        var metadata = Self.metadata(count.count, since: count.since, count.detail)
        metadata["outcome"] = "refused"
        metadata["reason"] = count.key.cause.rawValue
        metadata["answer"] = count.key.reason.rawValue
        do { try await append(AuditEvent(.login, by: .server, on: "accounts", metadata), in: .server(scope)) } catch {
            report(error)
            state.withLock { $0.unknownLogins.putBack(count) }
        }
    }

    private static func metadata(_ count: Int, since: Instant, _ detail: [String: String]) -> [String: String] {
        detail.merging(["count": String(count), "since": since.description]) { _, new in new }
    }

    private func report(_ error: any Error) {
        logger.error("refusals can't be written into the audit chain yet", metadata: ["error": "\(error)"])
    }
}
