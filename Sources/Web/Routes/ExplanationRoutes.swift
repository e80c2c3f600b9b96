import Alarms
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// Why alarms were raised.
enum ExplanationRoutes {
    static let all = [
        Route(.get, "/api/v1/alarms/{id}/explanation", .organization(.readAlarms, one))
    ]

    /// The model's part as it was kept, and the rules' made from what the alarm keeps; 202 while the model's is made.
    private static func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let alarm = try await AlarmRoutes.alarm(call, member)
        let stored = try await call.context.stores.explanations.latest(of: alarm.id, in: member.scope)
        let rules = try await ruleParts(of: alarm, call, member)
        let document = ExplanationDocument(alarm, stored, rules: rules)
        var response = try Response.json(document)
        if document.state == .pending { response.status = .accepted }
        return response
    }

    /// So many of an alarm's rules are told with a trend; few alarms have two.
    private static let trendCountMax = 4

    private static func ruleParts(
        of alarm: Alarm,
        _ call: Call,
        _ member: Member
    ) async throws -> [ExplanationDocument.RulePart] {
        let stores = call.context.stores
        let found: [(id: String, cause: AlarmCause)] = alarm.causes.compactMap { cause in
            guard case .rule(let id) = cause.source else { return nil }
            return (id: id, cause: cause)
        }
        guard !found.isEmpty else { return [] }
        // A rule of the same name may be of another tag by now: what it was when it found the cause counts.
        var rules: [Int: [AlarmRule]] = [:]
        for version in Set(found.compactMap { $0.cause.ruleVersion }) {
            guard let stored = try await stores.schemas.version(version, in: member.scope) else { continue }
            rules[version] = try SchemaText.document(stored.document).rules
        }
        let history = TagHistory(
            stores: stores,
            schemaTags: SchemaTags(stores.schemas, scope: member.scope),
            scope: member.scope
        )
        var parts: [ExplanationDocument.RulePart] = []
        for (id, cause) in found {
            let rule = cause.ruleVersion.flatMap { rules[$0] }?.first { $0.id == id }
            var trend: Trend?
            if let rule, parts.count < trendCountMax {
                trend = try await history.trend(
                    of: rule.tag,
                    asset: alarm.asset,
                    around: cause.since,
                    until: cause.clearedAt
                )
            }
            parts.append(ExplanationDocument.RulePart(cause, rule: id, as: rule, trend: trend))
        }
        return parts
    }
}
