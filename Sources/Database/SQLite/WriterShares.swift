import struct FoundationEssentials.UUID

/// How much of the writer's time each tenant took lately, and who took more than the others.
struct WriterShares: Sendable {
    private struct Span: Sendable {
        var costs: [UUID: Duration] = [:]
        var whole = Duration.zero

        mutating func charge(_ tenant: UUID, _ cost: Duration) {
            costs[tenant, default: .zero] += cost
            whole += cost
        }
    }

    private static let length = Duration.seconds(1)
    /// Less than this of a span is nobody's flood.
    private static let costMin = Duration.milliseconds(10)
    /// So many times what the others take on average is one.
    private static let factor = 2

    private var current = Span()
    private var former = Span()
    private var startedAt: ContinuousClock.Instant?

    mutating func charge(_ tenant: UUID, _ cost: Duration, at now: ContinuousClock.Instant) {
        turn(at: now)
        current.charge(tenant, cost)
    }

    /// Whether a tenant took far more than the others did, in this second or the one before.
    mutating func isAhead(_ tenant: UUID, at now: ContinuousClock.Instant) -> Bool {
        turn(at: now)
        return [current, former].contains { span in
            guard let cost = span.costs[tenant], cost >= Self.costMin, span.costs.count > 1 else { return false }
            return cost * (span.costs.count - 1) > (span.whole - cost) * Self.factor
        }
    }

    private mutating func turn(at now: ContinuousClock.Instant) {
        guard let startedAt else {
            self.startedAt = now
            return
        }
        let elapsed = now - startedAt
        guard elapsed >= Self.length else { return }
        former = elapsed < Self.length * 2 ? current : Span()
        current = Span()
        self.startedAt = now
    }
}
