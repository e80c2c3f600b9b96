import FoundationEssentials
import Hummingbird
import Models
import NIOCore
import Plant
import Serving
import Storage
import Trust

/// How an organization's models are trained: by what configuration, when, and what became of it.
enum TrainingRoutes {
    static let all = [
        Route(.get, "/api/v1/training-runs", .organization(.readModels, list)),
        Route(.post, "/api/v1/training-runs", .organization(.runTraining, start)),
        Route(.get, "/api/v1/training-runs/{id}", .organization(.readModels, one)),
        Route(.post, "/api/v1/training-runs/{id}/cancel", .organization(.runTraining, cancel)),
        Route(.get, "/api/v1/training-configuration", .organization(.readModels, configuration)),
        Route(.put, "/api/v1/training-configuration", .organization(.runTraining, configure)),
        Route(.get, "/api/v1/schedule", .organization(.readModels, schedule)),
        Route(.put, "/api/v1/schedule", .organization(.runTraining, setSchedule)),
        Route(.delete, "/api/v1/schedule", .organization(.runTraining, endSchedule)),
    ]

    // MARK: - Runs

    private static func list(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow(only: "limit", "after")
        let page = try await call.context.stores.trainingLogs.page(
            after: call.query.text("after"),
            limit: try call.query.limit(),
            in: member.scope
        )
        return try .json(PageDocument(page.elements.map { TrainingRunDocument($0) }, next: page.next))
    }

    /// The configuration that a run is to have instead of the organization's own.
    private struct Start: Decodable {
        let configuration: TrainingConfiguration?
    }

    private static func start(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let given = try await decoded(Start.self, call).configuration
        let configuration: TrainingConfiguration
        if let given {
            configuration = given
        } else {
            configuration = try await call.context.stores.trainingPlans.configuration(in: member.scope)
        }
        try await check(configuration, call, member)
        var generator = SystemRandomNumberGenerator()
        var log = TrainingLog(
            id: .random(using: &generator),
            cause: .request,
            requestedBy: try await call.author(member),
            queuedAt: call.context.plantTime.now
        )
        log.parameters = String(buffer: try JSONText.encode(configuration))
        try await call.context.stores.trainingLogs.enqueue(
            log,
            perDayMax: try await call.context.lanes.quotas.trainingRunsPerDayMax(in: member.scope),
            in: member.scope
        )
        var response = try Response.json(TrainingRunDocument(log, isWhole: true))
        response.status = .created
        response.headers[.location] = "/api/v1/training-runs/\(log.id)"
        return response
    }

    private static func one(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let log = try await call.context.stores.trainingLogs.byID(try call.id("training run"), in: member.scope)
        else { throw Problem.notFound("training run") }
        return try .json(TrainingRunDocument(log, isWhole: true))
    }

    private static func cancel(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let id: ID<TrainingLog> = try call.id("training run")
        guard try await call.context.stores.trainingLogs.byID(id, in: member.scope) != nil else {
            throw Problem.notFound("training run")
        }
        let log = try await call.context.stores.trainingLogs.cancel(
            id,
            by: try await call.author(member),
            at: call.context.plantTime.now,
            in: member.scope
        )
        return try .json(TrainingRunDocument(log, isWhole: true))
    }

    // MARK: - Configuration

    private static func configuration(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        return try .json(try await call.context.stores.trainingPlans.configuration(in: member.scope))
    }

    private static func configure(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let configuration = try await decoded(TrainingConfiguration.self, call)
        try await check(configuration, call, member)
        try await call.context.stores.trainingPlans.put(
            configuration,
            by: try await call.author(member),
            at: call.now,
            in: member.scope
        )
        return try .json(configuration)
    }

    private static func check(_ configuration: TrainingConfiguration, _ call: Call, _ member: Member) async throws {
        guard let schema = try await call.currentSchema(in: member.scope)?.schema else {
            throw Problem(.schemaMissing, "Put a schema first: it says what there is to learn from.")
        }
        let problems = configuration.problems(for: schema)
        guard let first = problems.first else { return }
        throw Problem(
            .invalid,
            "\(first.description).",
            errors: problems.map { Problem.Detail(path: $0.path, message: $0.message) }
        )
    }

    private static func decoded<Value: Decodable & Sendable>(_ type: Value.Type, _ call: Call) async throws -> Value {
        do {
            return try await call.json(type)
        } catch let problem as SchemaProblem {
            throw Problem(
                .invalid,
                "\(problem.description).",
                errors: [Problem.Detail(path: problem.path, message: problem.message)]
            )
        }
    }

    // MARK: - Schedule

    private static func schedule(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        guard let schedule = try await call.context.stores.trainingPlans.schedule(in: member.scope) else {
            throw Problem.notFound("schedule")
        }
        let drift = try await call.context.stores.trainingPlans.drift(in: member.scope)
        return try .json(ScheduleDocument(schedule, drift: drift))
    }

    private static func setSchedule(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let asked = try await call.json(ScheduleDocument.self)
        let schedule: TrainingSchedule
        do throws(SchemaProblem) {
            schedule = try SchedulePlan.schedule(
                cron: asked.cron,
                timeZone: asked.timeZone,
                jitterSeconds: asked.jitterSeconds ?? 0,
                onDrift: asked.onDrift ?? false,
                feedbackCount: asked.feedbackCount,
                at: call.context.plantTime.now,
                in: member.scope
            )
        } catch {
            throw Problem(
                .invalid,
                "\(error.description).",
                errors: [Problem.Detail(path: error.path, message: error.message)]
            )
        }
        try await call.context.stores.trainingPlans.put(
            schedule,
            by: try await call.author(member),
            at: call.now,
            in: member.scope
        )
        return try .json(ScheduleDocument(schedule))
    }

    private static func endSchedule(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        try await call.context.stores.trainingPlans.put(
            nil,
            by: try await call.author(member),
            at: call.now,
            in: member.scope
        )
        return Response(status: .noContent)
    }
}
