import Alarms
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// How alarms are kept silent for a while, or let go: what operators do beside acknowledging.
enum SuppressionRoutes {
    private struct Shelve: Decodable, Sendable {
        let minutes: Int
        let reason: String
    }

    private struct Order: Decodable, Sendable {
        let asset: String?
        let condition: String?
        let kind: Suppression.Kind
        let minutes: Int?
        let reason: String
    }

    private struct OrderDocument: Encodable, Sendable {
        let asset: String?
        let condition: String?
        let kind: Suppression.Kind
        let by: String?
        let reason: String?
        let since: Instant?
        let until: Instant?

        init(_ place: SuppressionBook.Place, _ suppression: Suppression) {
            asset = place.asset
            condition = place.condition?.key
            kind = suppression.kind
            by = suppression.by
            reason = suppression.reason
            since = suppression.since
            until = suppression.until
        }
    }

    /// A shift and a half: what an operator silences comes back while somebody remembers it (ISA-18.2-2016, clause 10).
    static let operatorMinutesMax = 12 * 60
    static let adminMinutesMax = 31 * 24 * 60

    static let all = [
        Route(.post, "/api/v1/alarms/{id}/reset", .organization(.acknowledgeAlarms, reset)),
        Route(.post, "/api/v1/alarms/{id}/shelve", .organization(.shelveAlarms, shelve)),
        Route(.post, "/api/v1/alarms/{id}/unshelve", .organization(.shelveAlarms, unshelve)),
        Route(.get, "/api/v1/suppressions", .organization(.readAlarms, list)),
        Route(.put, "/api/v1/suppressions", .organization(.suppressAlarms, put)),
        Route(.delete, "/api/v1/suppressions", .organization(.suppressAlarms, remove)),
        Route(.delete, "/api/v1/suppressions/shelved", .organization(.shelveAlarms, endShelf)),
    ]

    // MARK: - One alarm

    private static func reset(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let alarm = try await AlarmRoutes.alarm(call, member)
        let by = try await call.author(member)
        return try .json(AlarmDocument(try await call.context.lanes.reset(alarm.id, by: by, in: member.scope)))
    }

    private static func shelve(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let wish = try await call.json(Shelve.self)
        let limit = member.maySuppress ? adminMinutesMax : operatorMinutesMax
        guard (1...limit).contains(wish.minutes) else {
            throw Problem.invalid("minutes", "must be from 1 to \(limit): an alarm is shelved for a while")
        }
        let alarm = try await AlarmRoutes.alarm(call, member)
        try await silence(
            SuppressionBook.Place(asset: alarm.asset, condition: alarm.condition),
            .shelved,
            minutes: wish.minutes,
            reason: wish.reason,
            call,
            member
        )
        return try .json(AlarmDocument(try await AlarmRoutes.current(call, member)))
    }

    private static func unshelve(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let alarm = try await AlarmRoutes.alarm(call, member)
        let place = SuppressionBook.Place(asset: alarm.asset, condition: alarm.condition)
        try await call.context.lanes.unsuppress(
            place,
            by: try await call.author(member),
            mayOverride: member.maySuppress,
            in: member.scope
        )
        return try .json(AlarmDocument(try await AlarmRoutes.current(call, member)))
    }

    // MARK: - Orders

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let now = call.context.plantTime.now
        let orders = try await call.context.stores.lane.suppressions(in: member.scope)
            .filter { $0.value.until.map { $0 > now } ?? true }
            .map { OrderDocument($0.key, $0.value) }
            .sorted { ($0.asset ?? "", $0.condition ?? "") < ($1.asset ?? "", $1.condition ?? "") }
        return try .json(PageDocument(orders))
    }

    private static func put(_ call: Call, _ member: Member) async throws -> Response {
        let order = try await call.json(Order.self)
        try call.query.allow()
        guard order.kind == .shelved || order.kind == .outOfService else {
            throw Problem.invalid("kind", "must be shelved or outOfService")
        }
        guard order.kind == .outOfService || order.minutes != nil else {
            throw Problem.invalid("minutes", "is missing: an alarm is shelved for a while")
        }
        if let minutes = order.minutes, !(1...adminMinutesMax).contains(minutes) {
            throw Problem.invalid("minutes", "must be from 1 to \(adminMinutesMax)")
        }
        let place = try await place(asset: order.asset, condition: order.condition, call, member)
        try await requireRule(at: place, call, member)
        let suppression = try await silence(
            place,
            order.kind,
            minutes: order.minutes,
            reason: order.reason,
            call,
            member
        )
        return try .json(OrderDocument(place, suppression))
    }

    private static func remove(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "condition")
        let place = try await place(
            asset: call.query.text("asset"),
            condition: call.query.text("condition"),
            call,
            member
        )
        try await call.context.lanes.unsuppress(
            place,
            by: try await call.author(member),
            mayOverride: member.maySuppress,
            in: member.scope
        )
        return Response(status: .noContent)
    }

    /// Of one condition, whether or not it has an alarm now: who shelved one that has closed since has its place alone.
    private static func endShelf(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "condition")
        guard let asset = call.query.text("asset") else { throw Problem.invalid("asset", "is missing") }
        guard let condition = call.query.text("condition") else { throw Problem.invalid("condition", "is missing") }
        try await call.context.lanes.unsuppress(
            try await place(asset: asset, condition: condition, call, member),
            by: try await call.author(member),
            // What is out of service is no shelf, whoever asks.
            mayOverride: false,
            in: member.scope
        )
        return Response(status: .noContent)
    }

    @discardableResult
    private static func silence(
        _ place: SuppressionBook.Place,
        _ kind: Suppression.Kind,
        minutes: Int?,
        reason: String,
        _ call: Call,
        _ member: Member
    ) async throws -> Suppression {
        let reason = String(reason.trimmed)
        guard (1...2_000).contains(reason.utf8.count) else {
            throw Problem.invalid("reason", "says why, in 2000 bytes at most")
        }
        let now = call.context.plantTime.now
        let by = try await call.author(member)
        let suppression = Suppression(
            kind: kind,
            by: by,
            reason: reason,
            since: now,
            until: minutes.map { now + .seconds($0 * 60) }
        )
        try await call.context.lanes.suppress(
            place,
            suppression,
            by: by,
            mayOverride: member.maySuppress,
            in: member.scope
        )
        return suppression
    }

    /// What an order speaks of, if it is there.
    private static func place(
        asset: String?,
        condition: String?,
        _ call: Call,
        _ member: Member
    ) async throws -> SuppressionBook.Place {
        guard let asset else {
            guard condition == nil else { throw Problem.invalid("asset", "is missing: a condition is an asset's") }
            return SuppressionBook.Place()
        }
        guard try await call.context.stores.assets.byName(asset, in: member.scope) != nil else {
            throw Problem.notFound("asset")
        }
        guard let condition else { return SuppressionBook.Place(asset: asset) }
        guard let condition = AlarmCondition(key: condition) else {
            throw Problem.invalid("condition", "is none such as component:heater, rule:hz1 or prediction")
        }
        return SuppressionBook.Place(asset: asset, condition: condition)
    }

    /// An order for a rule that is not there silences nothing, and somebody relies on it.
    ///
    /// A former rule's alarm and order stay what they are. Components are not held against anything: failures that are
    /// yet to be recorded name those of the next model.
    private static func requireRule(at place: SuppressionBook.Place, _ call: Call, _ member: Member) async throws {
        guard let asset = place.asset, case .rule(let id)? = place.condition else { return }
        let rules = try await call.currentSchema(in: member.scope)?.document.rules ?? []
        if rules.contains(where: { $0.condition == place.condition }) { return }
        if try await call.context.stores.lane.suppressions(in: member.scope)[place] != nil { return }
        let open = AlarmFilter(isOpen: true, asset: asset, condition: place.condition)
        if try await !call.context.stores.alarms.page(open, limit: 1, in: member.scope).elements.isEmpty { return }
        if let rule = rules.first(where: { $0.id == id }) {
            throw Problem.invalid("condition", "is no alarm's: the rule alarms as \(rule.condition.key)")
        }
        let near = NearMisses.of(id, among: rules.map(\.id), countMax: 1).first.flatMap { near in
            rules.first { $0.id == near }
        }
        throw Problem.invalid(
            "condition",
            "names a rule that is not in force" + (near.map { ": did you mean \($0.condition.key)?" } ?? "")
        )
    }
}

extension Member {
    fileprivate var maySuppress: Bool { principal.may(.suppressAlarms) }
}
