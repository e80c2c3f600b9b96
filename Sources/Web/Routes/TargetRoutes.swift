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
        let former = try await target(call, member).target
        var draft = try await draft(call)
        if draft.name != former.name { try await refuseIfRouted(former.name, "be renamed", call, member) }
        // The one that it has stays, but is never shown to another server than it was given for.
        let isSecretKept = draft.secret == .none && draft.channel.isSameDestination(as: former.channel)
        if !isSecretKept {
            var generator = SystemRandomNumberGenerator()
            draft.complete(using: &generator)
        }
        let secret: DeliverySecret? = isSecretKept ? nil : draft.secret
        let target = DeliveryTarget(id: former.id, name: draft.name, channel: draft.channel)
        let stored = try await put(target, secret: secret, call, member)
        call.context.courier.changed(target.id, in: member.scope)
        if target.name != former.name { try await call.context.courier.retired(former, in: member.scope) }
        return try .json(TargetDocument(stored, signingKey: secret?.signingKeys.first))
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
        secret: DeliverySecret?,
        _ call: Call,
        _ member: Member
    ) async throws -> StoredTarget {
        try await call.context.stores.deliveryTargets.put(
            target,
            secret: secret,
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
