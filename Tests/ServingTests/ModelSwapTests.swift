import Alarms
import Foundation
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// Models that come, fail, come back and go.
@Suite struct ModelSwapTests {
    let live = SmallPlant.readings(days: 40..<48)

    func predictions(_ harness: Harness, _ scope: OrganizationScope) async throws -> [Prediction] {
        var all: [Prediction] = []
        for pump in SmallPlant.pumps {
            all += try await harness.stores.predictions.page(asset: pump, limit: 1_000, in: scope)
                .elements.map(\.prediction)
        }
        return all
    }

    @Test func `a model whose file is damaged is not deployed, and the one before stays`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let first = try await harness.stores.models.champion(in: scope)?.version
        let second = try await harness.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        try harness.corrupt(second, in: scope)
        await #expect(throws: ModelError.self) {
            try await harness.registry.deploy(second, by: "test", reason: "newer", in: scope)
        }
        #expect(try await harness.stores.models.champion(in: scope)?.version == first)
        #expect(try await harness.stores.models.ledger(in: scope).count == 1)
    }

    @Test func `a champion that can't be served leaves the one before serving, also after a restart`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let first = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let second = try await harness.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        let parts = [Array(live[..<100]), Array(live[100..<200]), Array(live[200..<300])]
        try await harness.running { lanes in
            try await lanes.push(parts[0], in: scope)
            try await lanes.settle(in: scope)
            try harness.corrupt(second, in: scope)
            _ = try await harness.stores.models.move(
                [AliasMove(.champion, to: second)],
                because: AliasReason(by: "test", reason: "test"),
                at: harness.time.now,
                in: scope
            )
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .failing)
            try await lanes.push(parts[1], in: scope)
            try await lanes.settle(in: scope, on: .failing)
            let status = try await lanes.status(in: scope)
            #expect(status.reason == nil && status.note?.contains("the model before it goes on") == true)
        }
        try await harness.running { lanes in
            // A busy machine may take longer to load it than a lane waits at its start: it comes with time then.
            try await harness.timePassing { try await lanes.settle(in: scope, on: .failing, version: first) }
            try await lanes.push(parts[2], in: scope)
            try await lanes.settle(in: scope, on: .failing, version: first)
        }
        let said = try await predictions(harness, scope)
        #expect(said.count == 300)
        #expect(said.allSatisfy { $0.modelVersion == first })
    }

    @Test func `going back to the model that serves ends the alarm of the one that could not`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let first = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let second = try await harness.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<100]), in: scope)
            try await lanes.settle(in: scope)
            try harness.corrupt(second, in: scope)
            _ = try await harness.stores.models.move(
                [AliasMove(.champion, to: second)],
                because: AliasReason(by: "test", reason: "test"),
                at: harness.time.now,
                in: scope
            )
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .failing)
            let told = try await harness.stores.systemAlarms.newest(limit: 9, in: scope)
            #expect(told.map(\.subject) == [second.hash] && told.allSatisfy { $0.clearedAt == nil })
            // The model before goes on, and its breaker is its own.
            #expect(try await lanes.status(in: scope).breakers[.model].state == .closed)
            #expect(try await lanes.status(in: scope).takenOut == second)
            _ = try await harness.registry.rollback(by: "test", reason: "it can't be served", in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .on, version: first)
            let cleared = try await harness.stores.systemAlarms.newest(limit: 9, in: scope)
            #expect(cleared.count == 1 && cleared.allSatisfy { $0.clearedAt != nil })
        }
    }

    @Test func `without a model that can serve, alarms that only a model could clear are cleared`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        // Up to where the first pump is about to fail.
        let until = try #require(SmallPlant.failures(days: 41..<48).map(\.start).min())
        let rows = live.filter { $0.instant < until }
        try await harness.running { lanes in
            try await lanes.push(rows, in: scope)
            try await lanes.settle(in: scope)
        }
        func predictiveCauses() async throws -> Int {
            try await harness.stores.alarms.open(in: scope).count { $0.cause(from: .prediction)?.isActive ?? false }
        }
        #expect(try await predictiveCauses() == 1)
        try harness.corrupt(version, in: scope)
        try await harness.running { lanes in try await lanes.settle(in: scope, on: .failing) }
        #expect(try await predictiveCauses() == 0)
    }

    @Test func `a model that was mended serves again by itself after a while`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let version = try #require(try await harness.stores.models.champion(in: scope)?.version)
        try harness.corrupt(version, in: scope)
        let live = live
        try await harness.running { lanes in
            try await lanes.push(Array(live[..<50]), in: scope)
            try await lanes.settle(in: scope, on: .failing)
            try harness.corrupt(version, in: scope)  // The same byte again: it is whole.
            harness.time.advance(by: .seconds(59))
            try await lanes.settle(in: scope, on: .failing)
            try await harness.ticking(lanes, in: scope, by: .seconds(2)) {
                try await lanes.status(in: scope).predictions == .on
            }
            try await lanes.settle(in: scope)
        }
    }

    @Test func `a model of the same view goes on with the features of the one before`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let (past, future) = (Array(live[..<200]), Array(live[200..<300]))
        let second = try await harness.running { lanes in
            try await lanes.push(past, in: scope)
            try await lanes.settle(in: scope)
            let second = try await harness.deployModel(SmallPlant.otherArtifact, in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope, on: .on, version: second)
            try await lanes.push(future, in: scope)
            try await lanes.settle(in: scope)
            return second
        }
        let always = try await Harness()
        let alwaysScope = try await always.organization(withModel: false)
        try await always.deployModel(SmallPlant.otherArtifact, in: alwaysScope)
        try await always.running { lanes in
            try await lanes.push(past + future, in: alwaysScope)
            try await lanes.settle(in: alwaysScope)
        }
        let since = future.map(\.instant).min() ?? .distantPast
        let expected = try await predictions(always, alwaysScope).filter { $0.instant >= since }
        let found = try await predictions(harness, scope).filter { $0.instant >= since }
        #expect(found == expected)
        #expect(found.allSatisfy { $0.modelVersion == second })
    }

    @Test func `an asset that was silent since the model came is caught up with after a restart`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        let past = Array(live[..<200])
        let onePump = live[200..<300].filter { $0.asset == "p1" }
        let future = Array(live[300..<400])
        try await harness.running { lanes in
            try await lanes.push(past, in: scope)
            try await lanes.settle(in: scope, serving: false)
            try await harness.deployModel(in: scope)
            lanes.configurationChanged(in: scope)
            try await lanes.settle(in: scope)
            try await lanes.push(onePump, in: scope)
            try await lanes.settle(in: scope)
        }
        try await harness.running { lanes in
            try await lanes.settle(in: scope)
            try await lanes.push(future, in: scope)
            try await lanes.settle(in: scope)
        }
        try await always.running { lanes in
            for part in [past, onePump, future] {
                try await lanes.push(part, in: alwaysScope)
                try await lanes.settle(in: alwaysScope)
            }
        }
        let since = future.map(\.instant).min() ?? .distantPast
        let expected = try await predictions(always, alwaysScope).filter { $0.instant >= since }
        #expect(try await predictions(harness, scope).filter { $0.instant >= since } == expected)
    }

    @Test func `another lateness makes the features anew, and they are those of one that always had it`() async throws {
        let rows = live.prefix(240).filter { $0.asset == "p1" }
        let late = rows[60]
        let (past, future) = (rows[..<68].filter { $0 != late }, rows[68...])
        func played(_ first: String, then second: String) async throws -> [Prediction] {
            let harness = try await Harness()
            let scope = try await harness.organization()
            try await harness.running { lanes in
                func put(_ text: String) async throws {
                    let version = try await harness.stores.schemas.current(in: scope)?.version ?? 0
                    _ = try await harness.stores.schemas.put(text, by: nil, at: harness.time.now, in: scope)
                    lanes.configurationChanged(in: scope)
                    try await lanes.settle(in: scope, serving: version > 1)
                }
                try await put(first)
                try await lanes.push(past, in: scope)
                try await lanes.settle(in: scope)
                try await put(second)
                // An alarm's acknowledgement comes after the change in the lane's stream: the change has been read.
                await #expect(throws: AlarmError.self) {
                    try await lanes.acknowledge(ID(UUID()), by: "test", note: nil, in: scope)
                }
                try await lanes.settle(in: scope)
                try await lanes.push([late], in: scope)
                try await lanes.settle(in: scope)
                try await lanes.push(Array(future), in: scope)
                try await lanes.settle(in: scope)
            }
            return try await predictions(harness, scope)
        }
        let short = try SmallPlant.text()
        let long = try SmallPlant.text(allowedLatenessSeconds: 6 * 3_600)
        let changed = try await played(short, then: long)
        #expect(changed.count(where: \.isCorrected) == 7)
        #expect(changed == (try await played(long, then: long)))
        #expect(try await played(long, then: short).allSatisfy { !$0.isCorrected })
    }

    @Test func `a rollback goes one move further back each time, and a new deployment is what the next takes back`()
        async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let registry = harness.registry
        let first = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let second = try await harness.deployModel(SmallPlant.otherArtifact, in: scope)
        let third = try await harness.deployModel(SmallPlant.thirdArtifact, in: scope)
        func rollback() async throws -> ModelVersion? {
            try await registry.rollback(by: "test", reason: "worse", in: scope).to
        }
        #expect(try await rollback() == second)
        #expect(try await rollback() == first)
        await #expect(throws: ModelError.self) { try await rollback() }
        _ = try await registry.deploy(third, by: "test", reason: "after all", in: scope)
        #expect(try await rollback() == first)
        await #expect(throws: ModelError.self) { try await rollback() }
    }

    /// What a model says of all rows where it alone serves, by asset and instant.
    private func saidAlone(_ artifact: Result<ModelArtifact, any Error>) async throws -> [String: Prediction] {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        try await harness.deployModel(artifact, in: scope)
        let live = live
        try await harness.running { lanes in
            for start in stride(from: 0, to: live.count, by: 64) {
                try await lanes.push(Array(live[start..<min(start + 64, live.count)]), in: scope)
                try await lanes.settle(in: scope)
            }
        }
        let said = try await predictions(harness, scope)
        return Dictionary(uniqueKeysWithValues: said.map { ("\($0.asset) \($0.instant)", $0) })
    }

    @Test func `under load no row goes without a prediction while models are deployed and taken back`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let first = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let second = try await harness.registry.register(SmallPlant.otherArtifact.get().bytes(), in: scope).version
        let live = live
        let swaps = 12
        try await harness.running { lanes in
            for swap in 0..<swaps {
                let rows = live[live.count * swap / swaps..<live.count * (swap + 1) / swaps]
                async let pushed: Void = {
                    for start in stride(from: rows.startIndex, to: rows.endIndex, by: 8) {
                        try await lanes.push(Array(rows[start..<min(start + 8, rows.endIndex)]), in: scope)
                    }
                }()
                harness.time.advance(by: .seconds(1))
                if swap.isMultiple(of: 2) {
                    _ = try await harness.registry.deploy(second, by: "ann", reason: "swap \(swap)", in: scope)
                } else {
                    _ = try await harness.registry.rollback(by: "ann", reason: "swap \(swap)", in: scope)
                }
                lanes.configurationChanged(in: scope)
                let wanted = swap.isMultiple(of: 2) ? second : first
                try await pushed
                try await lanes.settle(in: scope, on: .on, version: wanted)
            }
        }
        let said = try await predictions(harness, scope)
        // One for each row, and each names the bytes that said it.
        #expect(Set(said.map { "\($0.asset) \($0.instant)" }).count == live.count)
        #expect(said.count == live.count)
        #expect(Set(said.map(\.modelVersion)) == [first, second])
        // Each number is that of the version it names, and of no other.
        let alone = [
            first: try await saidAlone(SmallPlant.artifact), second: try await saidAlone(SmallPlant.otherArtifact),
        ]
        var differing = 0
        for prediction in said {
            let row = "\(prediction.asset) \(prediction.instant)"
            let own = try #require(alone[prediction.modelVersion]?[row])
            #expect(own.modelVersion == prediction.modelVersion)
            #expect(abs(prediction.probability - own.probability) < 1e-6, "\(row) by \(prediction.modelVersion)")
            let other = alone[prediction.modelVersion == first ? second : first]?[row]
            if other.map({ abs($0.probability - own.probability) > 1e-5 }) ?? false { differing += 1 }
        }
        #expect(differing > 0, "two models that say the same prove nothing")
        let saidBy = Set(said.map { "\($0.asset) \($0.instant) \($0.modelVersion)" })
        let alerts = try await harness.stores.alerts.after(0, limit: 100_000, in: scope)
        let told = alerts.map(\.transition.alarm).compactMap { alarm in
            alarm.cause(from: .prediction)?.metadata.map { "\(alarm.asset) \($0.instant) \($0.modelVersion)" }
        }
        #expect(!told.isEmpty)
        #expect(told.allSatisfy { saidBy.contains($0) })
        #expect(try ModelArtifact.version(of: SmallPlant.artifact.get().bytes()) == first)

        let ledger = try await harness.stores.models.ledger(of: .champion, in: scope)
        #expect(ledger.count == swaps + 1)
        for entry in ledger {
            let live = try await harness.stores.models.entry(
                of: .champion,
                at: entry.at + .milliseconds(500),
                in: scope
            )
            #expect(live?.to == entry.to)
            #expect(live?.reason == entry.reason)
            #expect(live?.by == entry.by)
        }
        #expect(try await harness.stores.models.entry(of: .champion, at: .t0, in: scope) == nil)
    }
}
