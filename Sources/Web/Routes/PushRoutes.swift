import Alarms
import Delivery
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// Alerts on the very device that one looks at: a browser's subscription, which is its user's own to make and to end.
enum PushRoutes {
    static let workerPath = "/push-worker.js"

    static let all = [
        Route(.get, workerPath, .open(worker)),
        Route(.get, "/api/v1/push-key", .organization(.readDelivery, key)),
        Route(.post, "/api/v1/push-subscriptions", .organization(.readDelivery, subscribe)),
        Route(.delete, "/api/v1/push-subscriptions/{id}", .organization(.readDelivery, unsubscribe)),
    ]

    private static let perUserMax = 10

    private struct Key: Encodable, Sendable {
        let publicKey: String
    }

    /// Shows what comes while no page is open; it asks for nothing itself.
    private static func worker(_ call: Call) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/javascript; charset=utf-8",
                .cacheControl: "no-cache",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.push_worker_js))
        )
    }

    private static func key(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let key = call.context.pushKey else { throw Problem.notFound("key: this server sends no push messages") }
        return try .json(Key(publicKey: key))
    }

    /// The same subscription again is the same target.
    private static func subscribe(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let subscription = try await call.document(PushSubscription.self)
        let author = try await owner(call, member)
        let targets = call.context.stores.deliveryTargets
        let own = try await targets.list(in: member.scope).filter { $0.isBrowser(of: author) }
        for stored in own
        where try await targets.secret(of: stored.target.id, in: member.scope).url == subscription.draft.secret.url {
            return try .json(TargetDocument(stored))
        }
        guard own.count < perUserMax else {
            throw Problem(.conflict, "You have subscribed \(own.count) browsers already: end one of them first.")
        }
        var generator = SystemRandomNumberGenerator()
        let id = ID<DeliveryTarget>.random(using: &generator)
        var draft = subscription.draft
        draft.name = "browser of \(author) (\(id.description.prefix(4)))".singleLine(countMax: 100)
        if let problem = draft.problems().first { throw Problem.invalid(problem.path, problem.message) }
        try await targets.put(
            DeliveryTarget(id: id, name: draft.name, channel: draft.channel),
            secret: draft.secret,
            by: author,
            at: call.now,
            countMax: try await call.context.lanes.quotas.limits(in: member.scope)[.deliveryTargets],
            in: member.scope
        )
        guard let stored = try await targets.byID(id, in: member.scope) else { throw Problem.notFound("target") }
        return try .json(TargetDocument(stored), status: .created)
    }

    /// By whose name a browser is kept: those who run the server have one for all they do, but each has browsers of his
    /// own, which are taken away with him.
    private static func owner(_ call: Call, _ member: Member) async throws -> String {
        guard member.principal.role == .superAdmin, let user = member.principal.user else {
            return try await call.author(member)
        }
        return UserStore.browserOwner(superAdmin: user)
    }

    private static func unsubscribe(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<DeliveryTarget> = try call.id("subscription")
        let author = try await owner(call, member)
        let targets = call.context.stores.deliveryTargets
        guard let stored = try await targets.byID(id, in: member.scope), stored.isBrowser(of: author) else {
            throw Problem.notFound("subscription")
        }
        try await TargetRoutes.refuseIfRouted(stored.target.name, "be ended", call, member)
        guard try await targets.remove(id, at: call.context.plantTime.now, in: member.scope) else {
            throw Problem.notFound("subscription")
        }
        try await call.context.courier.retired(stored.target, in: member.scope)
        return Response(status: .noContent)
    }
}

/// A browser's subscription, as `PushSubscription.toJSON()` gives it.
private struct PushSubscription: Decodable, Sendable {
    let draft: DeliveryTargetDraft

    private struct Parts: Decodable {
        struct Keys: Decodable {
            let p256dh: String
            let auth: String
        }

        let endpoint: String
        let keys: Keys
    }

    init(from decoder: any Decoder) throws {
        let parts = try Parts(from: decoder)
        let host = (try? WebAddress(parts.endpoint))?.host ?? ""
        draft = DeliveryTargetDraft(
            name: "browser",
            channel: .webPush(host: host, p256dh: parts.keys.p256dh),
            secret: DeliverySecret(url: parts.endpoint, auth: parts.keys.auth)
        )
    }
}

extension StoredTarget {
    /// Whether it is a browser that this person subscribed.
    fileprivate func isBrowser(of author: String) -> Bool {
        target.channel.kind == .webPush && createdBy == author
    }
}
