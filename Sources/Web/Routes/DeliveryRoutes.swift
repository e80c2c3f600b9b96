import Alarms
import Delivery
import FoundationEssentials
import Hummingbird
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// Whom an organization's alerts are brought to, by which rules, and what became of them.
enum DeliveryRoutes {
    static let all = [
        Route(.get, "/api/v1/delivery-policy", .organization(.readDelivery, policy)),
        Route(.put, "/api/v1/delivery-policy", .organization(.manageDelivery, putPolicy)),
        Route(.get, "/api/v1/deliveries", .organization(.readDelivery, list)),
        Route(.post, "/api/v1/deliveries/{id}/retry", .organization(.manageDelivery, retry)),
    ]

    // MARK: - Policy

    private struct PolicyDocument: Encodable, Sendable {
        let version: Int
        let changedBy: String?
        let changedAt: Instant?
        let policy: DeliveryPolicy

        init(_ stored: StoredPolicy) {
            version = stored.version
            changedBy = stored.changedBy
            changedAt = stored.changedAt
            policy = stored.policy
        }
    }

    private static func policy(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try .json(PolicyDocument(try await call.context.stores.deliveryPolicies.current(in: member.scope)))
    }

    private static func putPolicy(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let policy = try await call.document(DeliveryPolicy.self)
        if let (name, path) = policy.timeZones.first(where: { DeliveryZones.named($0.name) == nil }) {
            throw Problem.invalid(
                path,
                "'\(name)' is no IANA time zone: use a name such as Asia/Kolkata, Europe/Berlin or UTC"
            )
        }
        if let problem = policy.targetProblem { throw Problem.invalid(problem.path, problem.message) }
        let targets = try await Set(call.context.stores.deliveryTargets.list(in: member.scope).map(\.target.name))
        if let (name, path) = policy.targetNames.first(where: { !targets.contains($0.name) }) {
            throw Problem.invalid(path, "'\(name)' is no target: use the name of one, * or channel:<kind>")
        }
        let (_, cleared) = try await call.context.stores.deliveryPolicies.put(
            policy,
            by: try await call.author(member),
            at: call.context.plantTime.now,
            in: member.scope
        )
        call.context.lanes.systemNews.publish(cleared, in: member.scope)
        return try .json(PolicyDocument(try await call.context.stores.deliveryPolicies.current(in: member.scope)))
    }

    // MARK: - Deliveries

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "state", "target", "limit", "after")
        let filter = DeliveryStore.Filter(
            state: try call.query.choice("state", DeliveryRecord.State.self),
            target: try call.query.id("target")
        )
        let page = try await call.context.stores.deliveries.page(
            filter,
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(page.elements.map { DeliveryDocument($0) }, next: page.next))
    }

    private static func retry(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<DeliveryRecord> = try call.id("delivery")
        let deliveries = call.context.stores.deliveries
        guard let isRetried = try await deliveries.retry(id, at: call.context.plantTime.now, in: member.scope),
            let record = try await deliveries.byID(id, in: member.scope)
        else { throw Problem.notFound("delivery") }
        guard isRetried else {
            let isDead = record.state == .dead
            throw Problem(
                .conflict,
                isDead ? "Its target was removed." : "It is \(record.state.rawValue): only dead letters are sent again."
            )
        }
        call.context.courier.retried(for: record.target, in: member.scope)
        return try .json(DeliveryDocument(record))
    }
}

extension Call {
    /// The JSON body as a document that says where it is wrong.
    func document<Value: Decodable & Sendable>(_ type: Value.Type) async throws -> Value {
        do {
            return try await json(type)
        } catch let problem as SchemaProblem {
            throw Problem.invalid(problem.path, problem.message)
        }
    }
}

extension Problem {
    /// What is wrong with a document, and where.
    static func invalid(_ path: [String], _ message: String) -> Problem {
        Problem(
            .invalid,
            "\(path.isEmpty ? "" : path.joined(separator: ".") + ": ")\(message).",
            errors: [Detail(path: path, message: message)]
        )
    }
}
