import Alarms
import Foundation
import Models
import Plant
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite struct UnwellModelTests {
    @Test func `a model that says NaN is taken out and named, tells nobody so, and rules go on`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let version = try await harness.deployModel(UnwellModel.artifact, in: scope)
        let live = SmallPlant.readings(days: 40..<48)
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            let said = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
            #expect(!said.isEmpty)

            let newest = try #require(live[..<100].map(\.instant).max())
            let broken = Reading(asset: "p1", instant: newest + .seconds(1), values: [-2, 5, 0])
            try await lanes.push([broken], in: scope)
            try await lanes.settle(in: scope, on: .failing)
            let told = try await harness.stores.systemAlarms.newest(limit: 9, in: scope)
            #expect(told.map(\.kind) == [.modelUnwell])
            #expect(told.first?.subject == version.hash)
            #expect(told.first?.message.contains("is not between 0 and 1") == true)
            #expect(try await lanes.status(in: scope).reason?.contains("not between 0 and 1") == true)

            let before = try await harness.stores.alerts.lastSequence(in: scope)
            let leak = Reading(asset: "p1", instant: newest + .seconds(2), values: [2, 5, 1])
            try await lanes.push([leak], in: scope)
            try await lanes.settle(in: scope, on: .failing)
            #expect(try await harness.stores.alerts.lastSequence(in: scope) > before)
            let open = try await harness.stores.alarms.open(in: scope)
            #expect(open.contains { $0.condition == .component("seal") && $0.cause(from: .rule("leak")) != nil })
            // Nothing was kept of what it said.
            let kept = try await harness.stores.predictions.page(asset: "p1", limit: 999, in: scope).elements
            #expect(kept == said)
            #expect(try await harness.stores.systemAlarms.newest(limit: 9, in: scope).count == 1)
            // Nobody else is told what it says either.
            #expect(try await lanes.status(in: scope).takenOut == version)
            await #expect(throws: ModelUnwell.self) { try await lanes.outputs(for: [[0]], of: version, in: scope) }
            let tags = try SmallPlant.document().schema.tags
            await #expect(throws: ModelUnwell.self) { try await lanes.preview([leak], tags: tags, in: scope) }
        }
    }

    @Test func `a model that goes on saying NaN is one alarm, asked ever more rarely, until its rows are sound`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let version = try await harness.deployModel(UnwellModel.artifact, in: scope)
        let live = SmallPlant.readings(days: 40..<48)
        let newest = try #require(live[..<100].map(\.instant).max())
        let runtime = FaultyRuntime()
        @Sendable func alarms() async throws -> [SystemAlarm] {
            try await harness.stores.systemAlarms.newest(limit: 99, in: scope).filter { $0.kind == .modelUnwell }
        }
        try await harness.running(batcher: runtime.batcher()) { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            let callCount = runtime.rowCounts.count
            let start = harness.time.now
            var second = 0
            // As it says when it is asked first, and when it comes back from its first three rests.
            while runtime.rowCounts.count < callCount + 4 {
                second += 1
                harness.time.advance(by: .seconds(30))
                try await lanes.push(
                    [Reading(asset: "p1", instant: newest + .seconds(second), values: [-2, 5, 0])],
                    in: scope
                )
                try await lanes.settle(in: scope, serving: false)
            }
            while try await lanes.status(in: scope).takenOut == nil { await Task.yield() }
            #expect(harness.time.now - start >= .seconds(60 + 120 + 240))
            let told = try await alarms()
            #expect(told.map(\.subject) == [version.hash])
            #expect(told.first?.clearedAt == nil)
            let breaker = try await lanes.status(in: scope).breakers[.model]
            #expect(breaker.state == .open && breaker.failureCount == 4)
            #expect(try #require(breaker.probesAt) > harness.time.now + .seconds(240))

            // A look that finds it well lets it try at once, and does not end the alarm.
            #expect(try await lanes.validateHealth(of: version, in: scope).isHealthy)
            while try await lanes.status(in: scope).takenOut != nil { await Task.yield() }
            #expect(try await alarms().allSatisfy { $0.clearedAt == nil })
            while try await alarms().contains(where: { $0.clearedAt == nil }) {
                second += 1
                try await lanes.push(
                    [Reading(asset: "p1", instant: newest + .seconds(second), values: [2, 5, 0])],
                    in: scope
                )
                try await lanes.settle(in: scope)
                harness.time.advance(by: .seconds(30))
            }
            #expect(try await alarms().count == 1)
            try await lanes.settle(in: scope)
            #expect(try await lanes.status(in: scope).breakers[.model].state == .closed)
        }
    }

    @Test func `a model that does not give the numbers recorded with it serves nobody, and its admins hear of it once`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        // A whole file, sealed as any other, whose golden rows are another model's.
        let (own, other) = (try SmallPlant.artifact.get(), try SmallPlant.otherArtifact.get())
        let bytes = try ModelArtifact(
            manifest: own.manifest,
            schemaDocument: own.schemaDocument,
            onnx: own.onnx,
            boosters: own.boosters,
            golden: other.golden,
            report: own.report
        ).bytes()
        let version = ModelArtifact.version(of: bytes)
        let refused = await #expect(throws: ModelError.self) { try await harness.registry.register(bytes, in: scope) }
        #expect(refused?.code == .goldenVectorsMismatch)
        // It is champion all the same, as if its numbers had been right where it was deployed.
        try await harness.registry.keep(bytes, as: version, in: scope)
        let manifest = String(decoding: try JSONEncoder().encode(own.manifest), as: UTF8.self)
        let model = RegisteredModel(
            version: version,
            manifest: manifest,
            byteSize: bytes.count,
            path: "",
            registeredAt: harness.time.now
        )
        _ = try await harness.stores.models.register(model, in: scope)
        _ = try await harness.stores.models.move(
            [AliasMove(.champion, to: version)],
            because: AliasReason(by: "test", reason: "test"),
            at: harness.time.now,
            in: scope
        )
        try await harness.stores.organizations.setPredictionEnabled(true, in: scope)
        let live = SmallPlant.readings(days: 40..<48)
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<200]), in: scope)
            try await lanes.settle(in: scope, on: .failing)
            let status = try await lanes.status(in: scope)
            #expect(status.takenOut == version)
            #expect(status.reason?.contains("does not give the numbers recorded with it") == true)
            #expect(status.breakers[.model].state == .open)
            #expect(status.breakers[.model].lastFailure == harness.time.now)
            // Tried again each minute, in vain.
            let failureCount = status.breakers[.model].failureCount
            while try await lanes.status(in: scope).breakers[.model].failureCount < failureCount + 3 {
                harness.time.advance(by: .seconds(10))
                for _ in 0..<20 { await Task.yield() }
            }
            let told = try await harness.stores.systemAlarms.newest(limit: 99, in: scope)
                .filter { $0.kind == .modelUnwell }
            #expect(told.map(\.subject) == [version.hash])
            #expect(told.first?.clearedAt == nil)
            let health = try await lanes.validateHealth(of: version, in: scope)
            #expect(health.checks.first { $0.name == .file }?.isWell == true)
            #expect(health.checks.first { $0.name == .proof }?.isWell == false)
        }
        #expect(try await harness.stores.alerts.lastSequence(in: scope) > 0)
        #expect(try await harness.stores.predictions.page(asset: "p1", limit: 9, in: scope).elements.isEmpty)
    }

    @Test func `a doubted model is believed once it has been sound for as long as it had to rest`() throws {
        var doubted = DoubtedModel(try #require(ModelVersion(hash: String(repeating: "a", count: 64))))
        var rests: [Duration] = []
        for _ in 0..<9 {
            doubted.failed()
            let rest = try #require(doubted.rest)
            rests.append(rest)
            let early = [doubted.answered(at: .t0), doubted.answered(at: .t0 + rest - .seconds(1))]
            #expect(early == [false, false])
        }
        #expect(rests[0] >= .seconds(60) && rests[0] <= .seconds(120))
        #expect(rests[1] >= rests[0] && rests[8] >= .seconds(1_800) && rests[8] <= .seconds(3_600))
        doubted.failed()
        let rest = try #require(doubted.rest)
        // Instants are whole microseconds, and a rest need not be.
        let due = Instant.t0 + .seconds(9) + rest + .microseconds(1)
        let believed = [doubted.answered(at: .t0 + .seconds(9)), doubted.answered(at: due)]
        #expect(believed == [false, true])
    }

    @Test func `after a restart the first sound row ends what was told before`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let alarm = SystemAlarm(
            id: ID(UUID()),
            kind: .modelUnwell,
            subject: version.hash,
            message: "It said what can't be.",
            raisedAt: harness.time.now
        )
        #expect(try await harness.stores.systemAlarms.raise(alarm, in: scope))
        let live = SmallPlant.readings(days: 40..<48)
        try await harness.running { lanes in
            try await lanes.settle(in: scope, on: .on)
            #expect(try await harness.stores.systemAlarms.newest(limit: 9, in: scope).first?.clearedAt == nil)
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            #expect(try await harness.stores.systemAlarms.newest(limit: 9, in: scope).first?.clearedAt != nil)
        }
    }
}
