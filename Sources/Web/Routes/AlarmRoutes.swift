import Alarms
import Foundation
import HTTPTypes
import Hummingbird
import Plant
import Serving
import Storage
import Trust

/// Alarms and the alerts that tell of them.
enum AlarmRoutes {
    private struct Alerts: Encodable, Sendable {
        let items: [AlertDocument]
        let next: String?
        let lastSequence: Int64
    }

    private struct Acknowledge: Decodable, Sendable {
        let note: String?
    }

    private struct Word: Decodable, Sendable {
        let isAccurate: Bool
        let reason: String?
        let component: String?
    }

    private struct FeedbackDocument: Encodable, Sendable {
        let id: ID<Feedback>
        let isAccurate: Bool
        let reason: String?
        let component: String?
        let by: String
        let at: Instant

        init(_ feedback: Feedback) {
            id = feedback.id
            isAccurate = feedback.isAccurate
            reason = feedback.reason
            component = feedback.component
            by = feedback.by
            at = feedback.at
        }
    }

    static let all = [
        Route(.get, "/api/v1/alarms", .organization(.readAlarms, list)),
        Route(.get, "/api/v1/alarms/{id}", .organization(.readAlarms, one)),
        Route(.post, "/api/v1/alarms/{id}/acknowledge", .organization(.acknowledgeAlarms, acknowledge)),
        Route(.get, "/api/v1/alarms/{id}/feedback", .organization(.readAlarms, feedback)),
        Route(.post, "/api/v1/alarms/{id}/feedback", .organization(.giveFeedback, giveFeedback)),
        Route(.get, "/api/v1/alerts", .organization(.readAlarms, alerts)),
    ]

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: AlarmFilter.queryNames + ["limit", "after"])
        let page = try await call.context.stores.alarms.page(
            try AlarmFilter(call.query),
            after: call.query.text("after"),
            limit: try call.query.limit(max: 200),
            in: member.scope
        )
        let documents = try await AlarmDocument.documents(page.elements, call.context.stores, in: member.scope)
        return try .json(PageDocument(documents, next: page.next))
    }

    private static func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let limit = try call.query.integer("limit", in: 1...Int64(AlarmStore.historyMax)).map { Int($0) }
        let alarm = try await current(call, member)
        let history = try await call.context.stores.alarms.transitions(
            of: alarm.id,
            after: call.query.text("after"),
            limit: limit ?? AlarmStore.historyMax,
            in: member.scope
        )
        let sentences = try await call.context.stores.explanations.sentences(of: [alarm.id], in: member.scope)
        return try .json(AlarmHistoryDocument(alarm, history: history, explanation: sentences[alarm.id]))
    }

    private static func acknowledge(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let note = try await call.json(Acknowledge.self).note
        guard note?.utf8.count ?? 0 <= 2_000 else { throw Problem.invalid("note", "may have 2000 bytes at most") }
        let alarm = try await alarm(call, member)
        let acknowledged = try await call.context.lanes.acknowledge(
            alarm.id,
            by: try await call.author(member),
            note: note,
            in: member.scope
        )
        return try .json(AlarmDocument(acknowledged))
    }

    private static func feedback(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let alarm = try await alarm(call, member)
        let words = try await call.context.stores.feedback.list(of: alarm.id, in: member.scope)
        return try .json(PageDocument(words.map { FeedbackDocument($0) }))
    }

    private static func giveFeedback(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let word = try await call.json(Word.self)
        let component = word.component.map { String($0.trimmed) }.flatMap { $0.isEmpty ? nil : $0 }
        let reason = word.reason.map { String($0.trimmed) }.flatMap { $0.isEmpty ? nil : $0 }
        guard reason?.utf8.count ?? 0 <= 2_000 else { throw Problem.invalid("reason", "may have 2000 bytes at most") }
        guard component?.utf8.count ?? 0 <= 200, component?.utf8.contains(0) != true else {
            throw Problem.invalid("component", "must be a component's name of 200 bytes at most")
        }
        guard word.isAccurate || component == nil else {
            throw Problem.invalid("component", "can't have failed where nothing was wrong: leave it out")
        }
        let alarm = try await alarm(call, member)
        let feedback = Feedback(
            id: ID(UUID()),
            alarm: alarm.id,
            isAccurate: word.isAccurate,
            reason: reason,
            component: component,
            by: try await call.author(member),
            at: call.context.plantTime.now
        )
        try await call.context.stores.feedback.give(feedback, in: member.scope)
        var response = try Response.json(FeedbackDocument(feedback))
        response.status = .created
        return response
    }

    static func alarm(_ call: Call, _ member: Member) async throws -> Alarm {
        let id: ID<Alarm> = try call.id("alarm")
        guard let alarm = try await call.context.stores.alarms.byID(id, in: member.scope) else {
            throw Problem.notFound("alarm")
        }
        return alarm
    }

    /// With what the model says by now.
    static func current(_ call: Call, _ member: Member) async throws -> Alarm {
        let alarm = try await alarm(call, member)
        return try await call.context.stores.predictions.current([alarm], in: member.scope)[0]
    }

    private static func alerts(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "after", "limit")
        let after = try call.query.integer("after", in: 0...Int64.max) ?? 0
        let limit = try call.query.limit()
        let last = try await call.context.stores.alerts.lastSequence(in: member.scope)
        let alerts = try await call.context.stores.alerts.after(after, limit: limit + 1, in: member.scope)
        let page = PageDocument(alerts, limit: limit, key: { String($0.sequence) }, item: { AlertDocument($0) })
        return try .json(Alerts(items: page.items, next: page.next, lastSequence: last))
    }
}
