import Alarms
import Plant
import Serving
import Workload

extension River {
    /// Every organization posts all rows that come before the pace, each post as soon as the last is acknowledged.
    ///
    /// `keep` returns when the readings are on disk; the time is until the last acknowledgement.
    func fill(
        _ plan: LoadPlan,
        through keep: @escaping @Sendable ([Reading], Tenant) async throws -> Void
    ) async throws -> Duration {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { senders in
            for tenant in tenants {
                senders.addTask {
                    for first in stride(from: 0, to: plan.rowsBefore, by: plan.rowsPerPost) {
                        let rows = first..<min(first + plan.rowsPerPost, plan.rowsBefore)
                        try await keep(tenant.readings(rows: rows), tenant)
                    }
                }
            }
            try await senders.waitForAll()
        }
        return ContinuousClock.now - start
    }

    /// Every organization posts one reading at a time, at the turn's pace and evenly apart.
    ///
    /// A reading counts as posted when it is due, or when its sender woke up for it: one that has to wait for the
    /// acknowledgement before it has waited since it was due (no coordinated omission).
    /// - Returns: From the first post to the last acknowledgement.
    func play(_ turn: LoadTurn) async throws -> Duration {
        let start = ContinuousClock.now + .milliseconds(100)
        let subscriptions = tenants.map { ($0, hub.subscribe(in: $0.scope)) }
        return try await withThrowingTaskGroup(of: Void.self) { listeners in
            for (tenant, alerts) in subscriptions {
                listeners.addTask {
                    for try await alert in alerts { tenant.book.told(alert, at: ContinuousClock.now) }
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { senders in
                for (number, (tenant, part)) in zip(tenants, turn.parts).enumerated() {
                    let first = start + part.interval / tenants.count * number
                    senders.addTask { try await send(part, of: tenant, from: first) }
                }
                try await senders.waitForAll()
            }
            let elapsed = ContinuousClock.now - start
            try await waitUntilDrained()
            try await waitUntilTold(turn)
            listeners.cancelAll()
            return elapsed
        }
    }

    private func send(_ part: LoadTurn.Part, of tenant: Tenant, from first: ContinuousClock.Instant) async throws {
        let clock = ContinuousClock()
        for (wait, reading) in zip(part.dues(machines: tenant.machines), tenant.readings(rows: part.rows)) {
            let due = first + wait
            var posted = due
            if clock.now < due {
                try await clock.sleep(until: due, tolerance: .zero)
                posted = clock.now
            }
            tenant.book.posted(reading, at: posted)
            _ = try await lanes.ingest([reading], schemaVersion: tenant.schemaVersion, in: tenant.scope)
            tenant.book.acknowledged(reading, at: clock.now)
        }
    }

    /// Each crossing of the limit is told once: a figure over fewer alerts would be none.
    private func waitUntilTold(_ turn: LoadTurn) async throws {
        for (tenant, part) in zip(tenants, turn.parts) {
            let expected = (0..<tenant.machines).reduce(0) {
                $0 + tenant.plant.limitCrossings(of: $1, in: part.rows)
            }
            try await wait(for: "\(expected) alerts of \(tenant.plant.organization)") {
                tenant.book.waits.ruleAlerts.count >= expected
            }
            guard tenant.book.waits.ruleAlerts.count == expected else {
                throw LoadFault(description: "\(tenant.plant.organization) was told more than \(expected) alerts")
            }
        }
    }
}
