import Connectors
import Hummingbird
import Models
import Plant
import Serving
import Storage
import Trust

/// Failures that happened: what models learn from and are judged by.
enum FailureRoutes {
    private struct Failure: Decodable, Sendable {
        let asset: String
        let start: Instant
        let end: Instant?
        let component: String?

        /// What it says, if that can be, with names as a file's are read; it stands at that path of the body.
        func event(at path: [String]) throws(Problem) -> FailureEvent {
            let asset = String(asset.trimmingSpaces)
            let component = component.flatMap { FailuresFile.component($0) }
            guard (1...FailuresFile.nameByteCountMax).contains(asset.utf8.count) else {
                throw Self.problem(path, "asset", "must have 1 to 200 bytes")
            }
            if let end, end < start { throw Self.problem(path, "end", "is before the start") }
            if let component, component.utf8.count > FailuresFile.nameByteCountMax {
                throw Self.problem(path, "component", "must have 200 bytes at most")
            }
            return FailureEvent(asset: asset, start: start, end: end, component: component)
        }

        private static func problem(_ place: [String], _ key: String, _ message: String) -> Problem {
            let path = place + [key]
            return Problem(
                .invalid,
                "\(path.joined(separator: ".")) \(message).",
                errors: [Problem.Detail(path: path, message: message)]
            )
        }
    }

    private struct Failures: Decodable, Sendable {
        let failures: [Failure]
    }

    private struct Correction: Decodable, Sendable {
        let failure: Failure
        let reason: String
    }

    private struct Receipt: Encodable, Sendable {
        let received: Int
        let recorded: Int
    }

    static let all = [
        Route(.post, "/api/v1/failures", .organization(.recordFailures, post)),
        Route(.get, "/api/v1/failures", .organization(.readFailures, list)),
        Route(.put, "/api/v1/failures", .organization(.recordFailures, correct)),
        Route(.delete, "/api/v1/failures", .organization(.recordFailures, remove)),
        Route(.get, "/api/v1/failures/corrections", .organization(.readFailures, corrections)),
    ]

    // MARK: Recording

    private static func post(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let type = try call.requireMediaType([MediaTypes.json, MediaTypes.csv])
        let events = type == MediaTypes.csv ? try await rows(call, member) : try await documents(call)
        let recorded = try await call.context.stores.failures.record(
            events,
            by: try await call.author(member),
            at: call.context.plantTime.now,
            in: member.scope
        )
        return try .json(Receipt(received: events.count, recorded: recorded))
    }

    private static func documents(_ call: Call) async throws -> [FailureEvent] {
        var events: [FailureEvent] = []
        for (index, failure) in try await call.json(Failures.self).failures.enumerated() {
            events.append(try failure.event(at: ["failures", String(index)]))
        }
        return events
    }

    /// The rows of a CSV body, whose times are the schema's zone's where they name none.
    private static func rows(_ call: Call, _ member: Member) async throws -> [FailureEvent] {
        guard let schema = try await call.currentSchema(in: member.scope)?.schema else {
            throw Problem(.schemaMissing, "Say first whose clocks the rows go by: PUT /api/v1/schema.")
        }
        let body = try await call.body(upTo: call.context.limits.readingsByteCountMax)
        return try FailuresFile.read(Array(body.readableBytesView), name: "body", schema: schema)
    }

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "limit", "after")
        let page = try await call.context.stores.failures.page(
            asset: call.query.text("asset"),
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(page.elements.map { FailureDocument($0) }, next: page.next))
    }

    // MARK: Correcting

    private static func correct(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "start", "component")
        let place = try place(call.query)
        let correction = try await call.json(Correction.self)
        let event = try correction.failure.event(at: ["failure"])
        return try await keep(place, event, because: correction.reason, call, member)
    }

    private static func remove(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "asset", "start", "component", "reason")
        return try await keep(try place(call.query), nil, because: call.query.text("reason") ?? "", call, member)
    }

    private static func keep(
        _ place: FailurePlace,
        _ event: FailureEvent?,
        because reason: String,
        _ call: Call,
        _ member: Member
    ) async throws -> Response {
        let reason = String(reason.trimmed)
        guard (1...2_000).contains(reason.utf8.count) else {
            throw Problem.invalid("reason", "says why, in 2000 bytes at most")
        }
        let correction = try await call.context.stores.failures.correct(
            place,
            to: event,
            because: reason,
            by: try await call.author(member),
            at: call.context.plantTime.now,
            in: member.scope
        )
        return try .json(FailureCorrectionDocument(correction))
    }

    private static func place(_ query: Query) throws(Problem) -> FailurePlace {
        guard let asset = query.text("asset"), let start = try query.instant("start") else {
            throw Problem(
                .badRequest,
                "Name the failure: ?asset=<name>&start=<time>, and &component=<name> if it has one."
            )
        }
        return FailurePlace(asset: asset, start: start, component: query.text("component"))
    }

    private static func corrections(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let page = try await call.context.stores.failures.corrections(
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(page.elements.map { FailureCorrectionDocument($0) }, next: page.next))
    }
}
