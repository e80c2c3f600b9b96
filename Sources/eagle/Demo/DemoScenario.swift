import Alarms
import Connectors
import Models
import Plant
import ServiceLifecycle
import Serving
import Storage
import Synchronization

/// Plays the live part: writes the plants' rows to their SCADA databases as their time comes, and listens.
final class DemoScenario: Service {
    private let tenants: [DemoTenant]
    private let assembly: Assembly
    private let time: ScaledTime
    private let end: Instant
    private let exits: Bool
    private let heard = Mutex<[ID<Organization>: [Alert]]>([:])
    private let finished = Mutex<[DemoReport]>([])

    /// A scenario that leaves at its end, or else lets the server go on.
    init(tenants: [DemoTenant], assembly: Assembly, time: ScaledTime, end: Instant, exits: Bool) {
        self.tenants = tenants
        self.assembly = assembly
        self.time = time
        self.end = end
        self.exits = exits
    }

    /// One per organization, once the scenario has been played to its end.
    var reports: [DemoReport] { finished.withLock { $0 } }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup { listeners in
                for tenant in self.tenants { listeners.addTask { try await self.listen(to: tenant) } }
                try await self.play()
                try await self.drain()
                listeners.cancelAll()
            }
            for tenant in self.tenants {
                let heard = self.heard.withLock { $0[tenant.scope.id] ?? [] }
                let report = try await DemoReport(tenant, stores: self.assembly.stores, until: self.end, heard: heard)
                self.finished.withLock { $0.append(report) }
            }
            if !self.exits {
                Console.note("\nThe scenario is over; the server goes on until you press Ctrl-C.\n")
                for report in self.reports { Console.note(report.text) }
                try await Task.sleep(for: .seconds(86_400 * 365))
            }
        }
    }

    private func play() async throws {
        var written = Dictionary(
            uniqueKeysWithValues: tenants.map { ($0.scope.id, $0.demo.plant.liveStart) }
        )
        while true {
            let now = min(time.now, end)
            for tenant in tenants {
                let from = written[tenant.scope.id] ?? now
                guard from < now else { continue }
                try await tenant.scada.append(from: from, to: now)
                try await record(tenant.demo.plant.failures(from: from, to: now), at: now, in: tenant.scope)
                written[tenant.scope.id] = now
            }
            if now == end { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// As people would: what failed, when it did.
    private func record(_ failures: [FailureEvent], at now: Instant, in scope: OrganizationScope) async throws {
        guard !failures.isEmpty else { return }
        let known = failures.map { FailureEvent(asset: $0.asset, start: $0.start, component: $0.component) }
        _ = try await assembly.stores.failures.record(known, at: now, in: scope)
    }

    /// Waits until every lane is through with what its plant wrote.
    private func drain() async throws {
        var quiet = 0
        var before: [Int64] = []
        while quiet < 8 {
            try await Task.sleep(for: .milliseconds(250))
            var positions: [Int64] = []
            for tenant in tenants {
                let status = try await assembly.lanes.status(in: tenant.scope)
                positions.append(status.behind == 0 ? status.cursor : -status.behind)
            }
            quiet = positions == before && positions.allSatisfy { $0 > 0 } ? quiet + 1 : 0
            before = positions
        }
    }

    private func listen(to tenant: DemoTenant) async throws {
        do {
            for try await alert in assembly.hub.subscribe(in: tenant.scope) {
                heard.withLock { $0[tenant.scope.id, default: []].append(alert) }
                if alert.transition.annunciates, !exits {
                    Console.note("\(alert.transition.at)  \(tenant.demo.plant.organization): \(alert.headline)")
                }
            }
        } catch is AlertHub.Overflow {
            Console.note("warning: the demo's listener was too slow for \(tenant.demo.plant.organization)'s alerts")
        }
    }
}
