import Database
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Plant
import Storage
import Synchronization
import Trust

/// Writes down what is asked of the server.
///
/// One rule: what may change something is written down before it is done, and is not done where that fails (503). What
/// became of it follows as an entry of its own, with the same request id; where that one is missing, the server or
/// its store failed in between.
final class AuditTrail: Sendable {
    /// Whoever reads, again and again, what is to be written down once in a while.
    struct Reader: Hashable, Sendable {
        let chain: AuditChain
        let actor: Actor
        let action: AuditAction
        /// What he reads, where that makes a difference.
        let route: String
    }

    /// Whoever was refused, and the chain in which that belongs.
    struct Asker: Hashable, Sendable {
        let place: AuditPlace
        let actor: Actor
    }

    struct State: Sendable {
        var reads: [Reader: Instant] = [:]
        var denials = AuditTally<Asker>()
        var refusedLogins = AuditTally<RefusedLogin>()
        var unknownLogins = AuditTally<UnknownLogin>()
        var refusedArrivals = AuditTally<RefusedArrival>()
    }

    /// Reads are written down once for so long.
    static let readingSpan = Duration.seconds(900)
    private static let readerCountMax = 10_000

    let stores: Stores
    let logger: Logger
    let now: @Sendable () -> Instant
    let state = Mutex(State())

    init(stores: Stores, logger: Logger, now: @escaping @Sendable () -> Instant) {
        self.stores = stores
        self.logger = logger
        self.now = now
    }

    /// - Throws: ``Problem``: `.unavailable` or `.storageFull`, for whatever keeps the entry from being kept.
    func append(_ event: AuditEvent, in place: AuditPlace) async throws {
        do {
            try await stores.audit.append(event, at: now(), in: place)
        } catch let error as DatabaseError where error.isTransient {
            throw error
        } catch {
            throw Problem(
                .unavailable,
                "It can't be written into the audit chain, so it was not done. Try again.",
                retryAfterSeconds: 5,
                cause: error
            )
        }
    }

    // MARK: - Calls

    /// Carries a call out, and writes down what the route says: before it acts, and what became of it.
    ///
    /// What whoever runs the server changes within an organization is an ACCESS first, and so is what he reads.
    func carryOut(
        _ call: Call,
        _ route: Route,
        by principal: Principal,
        in place: AuditPlace,
        _ act: () async throws -> Response
    ) async throws -> Response {
        let action = route.auditAction
        let isVisit = principal.role == .superAdmin && place.chain != .server
        if isVisit, !route.isChange {
            try await visit(by: principal, to: call.request.uri.path, Self.metadata(call, route), in: place)
        }
        if let first = isVisit && route.isChange ? .access : action {
            try await append(Self.event(first, call, route, principal, ["stage": "asked"]), in: place)
        }
        guard let action, route.isChange else { return try await act() }
        do {
            let response = try await act()
            await conclude(Self.event(action, call, route, principal, status: response.status), in: place)
            return response
        } catch {
            let status = ErrorMiddleware.problem(of: error).code.status
            await conclude(Self.event(action, call, route, principal, status: status), in: place)
            throw error
        }
    }

    /// What became of a call; that it was made is on record already.
    private func conclude(_ event: AuditEvent, in place: AuditPlace) async {
        do { try await append(event, in: place) } catch {
            logger.error(
                "what became of a call can't be written into the audit chain",
                metadata: ["chain": "\(place.chain.text)", "resource": "\(event.resource)", "error": "\(error)"]
            )
        }
    }

    /// Writes down that whoever runs the server reads within an organization, once for ``readingSpan``.
    func visit(
        by principal: Principal,
        to resource: String,
        _ metadata: [String: String],
        in place: AuditPlace
    ) async throws {
        let reader = Reader(chain: place.chain, actor: principal.actor, action: .access, route: "")
        try await once(reader, on: resource, metadata, in: place)
    }

    /// Writes down that somebody takes data out by a route, once for ``readingSpan``.
    func export(_ call: Call, _ member: Member, as type: String) async throws {
        let path = call.request.uri.path
        let place = AuditPlace.organization(member.scope)
        let reader = Reader(chain: place.chain, actor: member.principal.actor, action: .export, route: path)
        try await once(reader, on: path, ["method": "GET", "request": call.requestID, "type": type], in: place)
    }

    private func once(
        _ reader: Reader,
        on resource: String,
        _ metadata: [String: String],
        in place: AuditPlace
    ) async throws {
        let now = now()
        let isKnown = state.withLock { state in
            state.reads[reader].map { $0 <= now && now < $0 + Self.readingSpan } ?? false
        }
        guard !isKnown else { return }
        let more = ["stage": "reading", "seconds": String(Self.readingSpan.components.seconds)]
        let metadata = metadata.merging(more) { _, new in new }
        try await append(AuditEvent(reader.action, by: reader.actor, on: resource, metadata), in: place)
        state.withLock { state in
            if state.reads.count >= Self.readerCountMax { state.reads.removeAll() }
            state.reads[reader] = now
        }
    }

    private static func event(
        _ action: AuditAction,
        _ call: Call,
        _ route: Route,
        _ principal: Principal,
        _ more: [String: String]
    ) -> AuditEvent {
        AuditEvent(
            action,
            by: principal.actor,
            on: resource(call, route),
            metadata(call, route).merging(more) { _, new in new }
        )
    }

    private static func event(
        _ action: AuditAction,
        _ call: Call,
        _ route: Route,
        _ principal: Principal,
        status: HTTPResponse.Status
    ) -> AuditEvent {
        let end = ["stage": "answered", "status": String(status.code)]
        return event(action, call, route, principal, call.notes.all.merging(end) { _, end in end })
    }

    /// Never a body, a query or a header, but for the request's own name; of the path its ids alone.
    private static func metadata(_ call: Call, _ route: Route) -> [String: String] {
        call.parameters.mapValues { isName($0) ? $0 : "no id" }.merging(
            ["method": route.method.rawValue, "route": route.path, "request": call.requestID]
        ) { _, new in new }
    }

    /// The path, with the ids that stand in it; whatever else stands there may be anything, a secret too.
    private static func resource(_ call: Call, _ route: Route) -> String {
        call.parameters.reduce(route.path) { path, parameter in
            isName(parameter.value) ? path.replacing("{\(parameter.key)}", with: parameter.value) : path
        }
    }

    /// Whether a text names something here: an id, a hash, a number.
    private static func isName(_ text: String) -> Bool {
        ID<Organization>(text) != nil || Int64(text) != nil
            || (text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) })
    }

    // MARK: - Refusals

    /// Counts a refusal, if that is what the error is: one for want of permission, or of another organization's things.
    func noteDenial(_ error: any Error, of call: Call, _ route: Route, to principal: Principal) {
        noteDenial(error, to: principal, Self.metadata(call, route))
    }

    func noteDenial(_ error: any Error, to principal: Principal, _ metadata: [String: String]) {
        let code: String
        switch error {
        case let error as AuthorizationError where error.code != .organizationRequired: code = error.code.rawValue
        case let problem as Problem where problem.code == .forbidden: code = problem.code.rawValue
        default: return
        }
        guard let place = try? Authorizer(principal).ownPlace() else { return }
        var detail = metadata
        detail["code"] = code
        detail["permission"] = (error as? AuthorizationError)?.permission?.rawValue
        let now = now()
        state.withLock { [detail] state in
            _ = state.denials.add(Asker(place: place, actor: principal.actor), at: now, detail)
        }
    }
}

extension Authorizer {
    /// The chain of whoever asks: his organization's, or the server's own for those who have none.
    func ownPlace() throws(AuthorizationError) -> AuditPlace {
        principal.organization == nil ? .server(try systemScope(.readSystem)) : .organization(try ownScope())
    }
}
