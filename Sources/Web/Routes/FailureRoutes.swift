import Hummingbird
import Models
import Plant
import Serving
import Storage
import Trust

/// Failures that happened: what models learn from and are judged by.
enum FailureRoutes {
    private struct Failure: Codable, Sendable {
        let asset: String
        let start: Instant
        let end: Instant?
        let component: String?

        func event(at index: Int) throws(Problem) -> FailureEvent {
            guard (1...200).contains(asset.utf8.count) else {
                throw Self.problem(index, "asset", "must have 1 to 200 bytes")
            }
            if let end, end < start { throw Self.problem(index, "end", "is before the start") }
            if let component, !(1...200).contains(component.utf8.count) {
                throw Self.problem(index, "component", "must have 1 to 200 bytes, or be left out")
            }
            return FailureEvent(asset: asset, start: start, end: end, component: component)
        }

        private static func problem(_ index: Int, _ key: String, _ message: String) -> Problem {
            let path = ["failures", String(index), key]
            return Problem(
                .invalid,
                "failures.\(index).\(key) \(message).",
                errors: [Problem.Detail(path: path, message: message)]
            )
        }
    }

    private struct Failures: Decodable, Sendable {
        let failures: [Failure]
    }

    private struct Receipt: Encodable, Sendable {
        let received: Int
        let recorded: Int
    }

    static let all = [
        Route(.post, "/api/v1/failures", .organization(.recordFailures, post)),
        Route(.get, "/api/v1/failures", .organization(.readFailures, list)),
    ]

    private static func post(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let failures = try await call.json(Failures.self).failures
        var events: [FailureEvent] = []
        for (index, failure) in failures.enumerated() { events.append(try failure.event(at: index)) }
        let recorded = try await call.context.stores.failures.record(
            events,
            by: try await call.author(member),
            at: call.context.plantTime.now,
            in: member.scope
        )
        return try .json(Receipt(received: events.count, recorded: recorded))
    }

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let page = try await call.context.stores.failures.page(
            asset: nil,
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        let items = page.elements.map {
            let event = $0.event
            return Failure(asset: event.asset, start: event.start, end: event.end, component: event.component)
        }
        return try .json(PageDocument(items, next: page.next))
    }
}
