import Alarms
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// How right alarms were, and which asset wants to be looked at first.
enum AccuracyRoutes {
    static let all = [
        Route(.get, "/api/v1/accuracy", .organization(.readAlarms, accuracy)),
        Route(.get, "/api/v1/attention", .organization(.readPredictions, attention)),
    ]

    private static func accuracy(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "from", "to", "by", "limit", "after")
        let grouping = try call.query.choice("by", AccuracyGrouping.self)
        let limit = try call.query.limit()
        let (from, to) = (try call.query.instant("from"), try call.query.instant("to"))
        let reading = AccuracyReading(call.context.stores, in: member.scope, at: call.context.plantTime.now)
        let report = try await reading.report(from: from, to: to, by: grouping)
        return try .json(AccuracyDocument(report, by: grouping, after: call.query.text("after"), limit: limit))
    }

    private static func attention(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit")
        let limit = try call.query.limit()
        let now = call.context.plantTime.now
        let status = try await call.context.lanes.status(in: member.scope)
        let ranking = try await AttentionReading(call.context.stores, in: member.scope, at: now)
            .ranking(withoutPredictions: status.reason, predictEverySeconds: status.predictEverySeconds)
        return try .json(AttentionDocument(ranking, limit: limit, at: now))
    }
}
