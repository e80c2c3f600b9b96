import FoundationEssentials
import Hummingbird
import Models
import Plant
import Serving
import Storage
import Trust

/// How an organization's lane, model and source are doing.
enum SystemRoutes {
    /// One line for people: what, how, and whether that is as it should be.
    private struct Fact: Encodable, Sendable {
        let name: String
        let value: String
        let isGood: Bool
    }

    private struct System: Encodable, Sendable {
        let version = ServerVersion.text
        let now: Instant
        let lane: LaneStatus
        let model: ModelVersion?
        let predictionEnabled: Bool
        let source: SourceRoutes.Status
        let streamSubscribers: Int
        let alertSequence: Int64
        let summary: [Fact]
    }

    static let all = [Route(.get, "/api/v1/system", .organization(.readOrganization, system))]

    private static func system(_ call: Call, _ member: Member) async throws -> Response {
        try call.query.allow()
        let stores = call.context.stores
        let status = try await call.context.lanes.status(in: member.scope)
        let champion = try await stores.models.champion(in: member.scope)
        let organization = try await stores.organizations.organization(in: member.scope)
        let source = try await SourceRoutes.status(call, member.scope)
        let dead = try await stores.deliveries.count(of: .dead, in: member.scope)
        let pending = try await stores.deliveries.count(of: .pending, in: member.scope)
        return try .json(
            System(
                now: call.context.plantTime.now,
                lane: status,
                model: champion?.version,
                predictionEnabled: organization.predictionEnabled,
                source: source,
                streamSubscribers: call.context.crowd.count(in: member.scope),
                alertSequence: try await stores.alerts.lastSequence(in: member.scope),
                summary: facts(status, source, champion: champion?.version) + [notifications(dead, pending)]
            )
        )
    }

    /// In the largest unit that it fills twice.
    static func span(_ seconds: Double) -> String {
        for (length, unit) in [(86_400.0, "d"), (3_600, "h"), (60, "min")] where seconds >= 2 * length {
            return "\(Int(seconds / length)) \(unit)"
        }
        return "\(Int(seconds)) s"
    }

    private static func breaker(_ dependency: Dependency, _ report: BreakerReport) -> Fact {
        let isClosed = report.state == .closed
        let words =
            switch report.state {
            case .closed: "closed"
            case .open: "open after \(report.failureCount) failures"
            case .halfOpen: "half open: one try is out"
            }
        return Fact(name: "\(dependency.rawValue.capitalized) breaker", value: words, isGood: isClosed)
    }

    private static func notifications(_ deadCount: Int, _ pendingCount: Int) -> Fact {
        guard deadCount == 0 else {
            return Fact(name: "Notifications", value: "\(deadCount) given up", isGood: false)
        }
        let value = pendingCount == 0 ? "none waits" : "\(pendingCount) to be sent"
        return Fact(name: "Notifications", value: value, isGood: true)
    }

    private static func facts(_ lane: LaneStatus, _ source: SourceRoutes.Status, champion: ModelVersion?) -> [Fact] {
        let age = source.ageSeconds.map { "last reading \(Self.span($0)) ago" } ?? "no reading yet"
        return [
            Fact(
                name: "Source",
                value: source.problem ?? (source.isStale ? "silent: \(age)" : age),
                isGood: source.problem == nil && !source.isStale
            ),
            Fact(
                name: "Lane",
                value: lane.behind == 0 ? "up to date" : "\(lane.behind) readings behind",
                isGood: lane.behind < 10_000
            ),
            Fact(
                name: "Predictions",
                value: lane.reason ?? lane.note ?? lane.predictions.words,
                isGood: lane.predictions.isGood
            ),
            Fact(name: "Model", value: (lane.modelVersion ?? champion)?.description ?? "none", isGood: true),
        ] + Dependency.allCases.map { breaker($0, lane.breakers[$0]) }
    }
}

extension LaneStatus.PredictionState {
    fileprivate var words: String {
        switch self {
        case .off: "switched off"
        case .noModel: "no model deployed"
        case .warmingUp: "the model is warming up"
        case .on: "on"
        case .failing: "failing; rules go on alone"
        }
    }

    /// Off and not yet there are somebody's decision; failing is not.
    fileprivate var isGood: Bool {
        switch self {
        case .off, .noModel, .warmingUp, .on: true
        case .failing: false
        }
    }
}
