import Alarms
import Delivery
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// Where an organization's alerts go.
///
/// What lets one in there comes in, and never goes out again.
enum TargetRoutes {
    static let all = [
        Route(.get, "/api/v1/delivery-targets", .organization(.readDelivery, list)),
        Route(.post, "/api/v1/delivery-targets", .organization(.manageDelivery, create)),
        Route(.get, "/api/v1/delivery-targets/{id}", .organization(.readDelivery, one)),
        Route(.put, "/api/v1/delivery-targets/{id}", .organization(.manageDelivery, replace)),
        Route(.delete, "/api/v1/delivery-targets/{id}", .organization(.manageDelivery, remove)),
        Route(.post, "/api/v1/delivery-targets/{id}/test", .organization(.manageDelivery, test)),
    ]

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let targets = try await call.context.stores.deliveryTargets.list(in: member.scope)
        return try .json(PageDocument(targets.map { document($0, call, member) }))
    }

    private static func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try .json(document(try await target(call, member), call, member))
    }

    private static func create(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        var draft = try await draft(call)
        var generator = SystemRandomNumberGenerator()
        draft.complete(using: &generator)
        let target = DeliveryTarget(id: .random(using: &generator), name: draft.name, channel: draft.channel)
        let stored = try await put(target, secret: draft.secret, call, member)
        // The receiver must know it to check signatures: told here, and never again.
        var response = try Response.json(
            TargetDocument(stored, signingKey: draft.secret.signingKeys.first),
            status: .created
        )
        response.headers[.location] = "/api/v1/delivery-targets/\(target.id)"
        return response
    }

    private static func replace(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let former = try await target(call, member)
        let (id, name) = (former.target.id, former.target.name)
        var draft = try await draft(call)
        if draft.name != name { try await refuseIfRouted(name, "be renamed", call, member) }
        var kept: DeliverySecret?
        // What is left out stays, but is never shown to another server than it was given for.
        if draft.leavesSecretOut, draft.channel.isSameDestination(as: former.target.channel) {
            let secret = try await call.context.stores.deliveryTargets.secret(of: id, in: member.scope)
            draft.keep(secret)
            kept = secret
        }
        var generator = SystemRandomNumberGenerator()
        draft.complete(using: &generator)
        let target = DeliveryTarget(id: id, name: draft.name, channel: draft.channel)
        let replaced = kept == nil ? nil : former
        let stored = try await put(target, secret: draft.secret, replacing: replaced, call, member)
        try await call.context.courier.changed(id, in: member.scope)
        if target.name != name { try await call.context.courier.retired(former.target, in: member.scope) }
        let isKeyKept = kept?.signingKeys.isEmpty == false
        return try .json(TargetDocument(stored, signingKey: isKeyKept ? nil : draft.secret.signingKeys.first))
    }

    private static func remove(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let stored = try await target(call, member)
        try await refuseIfRouted(stored.target.name, "be removed", call, member)
        let isRemoved = try await call.context.stores.deliveryTargets.remove(
            stored.target.id,
            at: call.context.plantTime.now,
            in: member.scope
        )
        guard isRemoved else { throw Problem.notFound("target") }
        try await call.context.courier.retired(stored.target, in: member.scope)
        return Response(status: .noContent)
    }

    /// Sends a message now; that the target does not take it is an answer, not a failure of ours.
    private static func test(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let stored = try await target(call, member)
        do {
            let author = try await call.author(member)
            let receipt = try await call.context.courier.test(stored.target.id, by: author, in: member.scope)
            return try .json(TestDocument(receipt))
        } catch let error as DeliveryError {
            return try .json(TestDocument(error))
        }
    }

    // MARK: - Parts

    private static func target(_ call: Call, _ member: Member) async throws -> StoredTarget {
        let id: ID<DeliveryTarget> = try call.id("target")
        guard let stored = try await call.context.stores.deliveryTargets.byID(id, in: member.scope) else {
            throw Problem.notFound("target")
        }
        return stored
    }

    private static func draft(_ call: Call) async throws -> DeliveryTargetDraft {
        let draft = try await call.document(DeliveryTargetDraft.self)
        if let problem = draft.problems().first { throw Problem.invalid(problem.path, problem.message) }
        // Routes could not mean it by its name.
        guard case .name = TargetReference(draft.name) else {
            throw Problem.invalid(["name"], "'\(draft.name)' has a meaning of its own in routes: use another name")
        }
        return draft
    }

    private static func put(
        _ target: DeliveryTarget,
        secret: DeliverySecret,
        replacing former: StoredTarget? = nil,
        _ call: Call,
        _ member: Member
    ) async throws -> StoredTarget {
        try await call.context.stores.deliveryTargets.put(
            target,
            secret: secret,
            replacing: former,
            by: try await call.author(member),
            at: call.now,
            countMax: try await call.context.lanes.quotas.limits(in: member.scope)[.deliveryTargets],
            in: member.scope
        )
        guard let stored = try await call.context.stores.deliveryTargets.byID(target.id, in: member.scope) else {
            throw Problem.notFound("target")
        }
        return stored
    }

    /// - Throws: ``Problem`` where the policy names the target.
    static func refuseIfRouted(
        _ name: String,
        _ act: String,
        _ call: Call,
        _ member: Member
    ) async throws {
        let policy = try await call.context.stores.deliveryPolicies.current(in: member.scope).policy
        guard let (_, path) = policy.targetNames.first(where: { $0.name == name }) else { return }
        throw Problem(
            .conflict,
            "The delivery policy names '\(name)' at \(path.joined(separator: ".")): it can't \(act) before that changes."
        )
    }

    private static func document(_ stored: StoredTarget, _ call: Call, _ member: Member) -> TargetDocument {
        let health = call.context.courier.health(of: stored.target.id, in: member.scope)
        return TargetDocument(stored, failureCount: health.failureCount, probesAt: health.probesAt)
    }
}
