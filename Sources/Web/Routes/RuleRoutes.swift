import Alarms
import Connectors
import FoundationEssentials
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// What rules would have done, and what they did.
enum RuleRoutes {
    private struct Rehearsal: Decodable, Sendable {
        let rules: [AlarmRule]?
        let schema: SchemaDocument?
        let from: Instant?
        let to: Instant?
    }

    private struct Versions: Encodable, Sendable {
        let items: [RuleVersionDocument]
        let next: String?
    }

    private struct Advice: Encodable, Sendable {
        let from: Instant
        let to: Instant
        let items: [RuleAdvice]
    }

    /// Of a stretch whose beginning nobody named.
    static let stretch = Duration.seconds(30 * 86_400)
    static let stretchMax = Duration.seconds(400 * 86_400)

    static let all = [
        Route(.get, "/api/v1/rules/versions", .organization(.readSchema, versions)),
        Route(.post, "/api/v1/rules/rehearsal", .organization(.writeSchema, rehearse), audited: .never),
        Route(.get, "/api/v1/alarm-quality", .organization(.readAlarms, quality)),
        Route(.get, "/api/v1/alarm-quality/suggestions", .organization(.writeSchema, suggestions)),
    ]

    private static func versions(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "after", "limit")
        let after = try call.query.integer("after", in: 1...Int64(Int32.max))
        let limit = try call.query.integer("limit", in: 1...200) ?? 20
        let (items, hasMore) = try await RuleVersionDocument.list(
            call.context.stores,
            before: after.map(Int.init),
            limit: Int(limit),
            in: member.scope
        )
        return try .json(Versions(items: items, next: hasMore ? items.last.map { "\($0.version)" } : nil))
    }

    private static func rehearse(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let wish = try await call.json(Rehearsal.self)
        guard let current = try await call.currentSchema(in: member.scope) else { throw Problem.notFound("schema") }
        let proposed: SchemaDocument
        switch (wish.rules, wish.schema) {
        case (let rules?, nil):
            proposed = try SchemaDocument(
                schema: current.schema,
                rules: rules,
                parentAssets: current.document.parentAssets
            )
        case (nil, let document?): proposed = document
        case (nil, nil), (.some, .some):
            throw Problem.invalid("rules", "or else schema: send one of them, the rules alone or a whole document")
        }
        guard proposed.schema.organization == current.schema.organization else {
            throw Problem.invalid(
                "schema.organization",
                "is '\(proposed.schema.organization)', but this is '\(current.schema.organization)'"
            )
        }
        let (from, to) = try stretch(from: wish.from, to: wish.to, call)
        return try .json(
            try await call.context.history.rehearse(
                proposed,
                present: current.document,
                from: from,
                to: to,
                in: member.scope
            )
        )
    }

    private static func quality(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "from", "to", "operators")
        let (from, to) = try stretch(from: call.query.instant("from"), to: call.query.instant("to"), call)
        let asked = try call.query.integer("operators", in: 1...1_000)
        return try .json(
            try await call.context.history.quality(
                from: from,
                to: to,
                operators: asked.map(Int.init),
                in: member.scope
            )
        )
    }

    private static func suggestions(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "from", "to")
        let (from, to) = try stretch(from: call.query.instant("from"), to: call.query.instant("to"), call)
        guard let current = try await call.currentSchema(in: member.scope) else { throw Problem.notFound("schema") }
        let advice = try await call.context.history.advice(on: current.document, from: from, to: to, in: member.scope)
        return try .json(Advice(from: from, to: to, items: advice))
    }

    /// A month up to now, where nothing else is said; never beyond now.
    private static func stretch(
        from: Instant?,
        to: Instant?,
        _ call: Call
    ) throws(Problem) -> (from: Instant, to: Instant) {
        // What is told at this very moment belongs to it.
        let now = call.context.plantTime.now + .microseconds(1)
        let end = min(to ?? now, now)
        let start = from ?? end - stretch
        guard start < end else { throw Problem.invalid("from", "must lie before to, and before now") }
        guard end - start <= stretchMax else { throw Problem.invalid("from", "lies over 400 days before to") }
        return (start, end)
    }
}
