import Alarms
import FoundationEssentials
import Models
import Plant
import Serving
import Storage
import TestSupport
import Testing

/// Models that predict live rows beside the champion, and what comes of it.
@Suite(.timeLimit(.minutes(60))) struct RivalTests {
    private func place(
        _ artifact: Result<ModelArtifact, any Error>,
        as alias: ModelAlias,
        _ harness: Harness,
        in scope: OrganizationScope
    ) async throws -> ModelVersion {
        let version = try await harness.registry.register(artifact.get().bytes(), in: scope).version
        let champion = try await harness.stores.models.champion(in: scope)?.version
        _ = try await harness.registry.place(
            [AliasMove(alias, to: version)],
            expecting: champion,
            because: AliasReason(by: "test", reason: "test"),
            in: scope
        )
        return version
    }

    /// Days of the small plant, as they go by: readings come in time, failures are recorded when they are over.
    private func live(
        days: Range<Int>,
        _ harness: Harness,
        _ lanes: Lanes,
        in scope: OrganizationScope,
        each body: () async throws -> Bool = { true }
    ) async throws {
        for day in days {
            let end = Instant.t0 + .seconds((day + 1) * 86_400)
            if harness.time.now < end { harness.time.advance(by: end - harness.time.now) }
            _ = try await harness.stores.failures.record(
                SmallPlant.failures(days: day..<(day + 1)),
                at: harness.time.now,
                in: scope
            )
            try await lanes.push(SmallPlant.readings(days: day..<(day + 1)), in: scope)
            try await lanes.settle(in: scope)
            guard try await body() else { return }
        }
    }

    private func settled(
        _ rival: ModelVersion,
        _ harness: Harness,
        in scope: OrganizationScope
    ) async throws {
        while true {
            let standing = try await ModelAlias.rivals.asyncContains {
                try await harness.stores.models.model(as: $0, in: scope)?.version == rival
            }
            let sequence = try await harness.stores.readings.lastSequence(in: scope)
            let cursor = try await harness.stores.rivals.cursor(of: rival, in: scope) ?? 0
            if !standing || cursor >= sequence { return }
            await Task.yield()
        }
    }

    private func pairs(
        _ champion: ModelVersion,
        _ rival: ModelVersion,
        _ harness: Harness,
        in scope: OrganizationScope
    ) async throws -> [RivalStore.Pair] {
        var pairs: [RivalStore.Pair] = []
        for pump in SmallPlant.pumps {
            pairs += try await harness.stores.rivals.pairs(
                asset: pump,
                champion: champion,
                rival: rival,
                during: .distantPast..<(.distantFuture),
                in: scope
            )
        }
        return pairs
    }

    @Test func `a challenger predicts every live row, and is neither told nor alarms`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let champion = try #require(try await harness.stores.models.champion(in: scope)?.version)
        // It warns of sound pumps: were it heard, alarms would tell.
        let rival = try await place(SmallPlant.misledArtifact, as: .challenger, harness, in: scope)
        try await harness.running { lanes in
            while try await harness.stores.rivals.cursor(of: rival, in: scope) == nil { await Task.yield() }
            try await live(days: 60..<63, harness, lanes, in: scope)
            try await settled(rival, harness, in: scope)
        }
        let pairs = try await pairs(champion, rival, harness, in: scope)
        #expect(pairs.count == 3 * 96 && pairs.allSatisfy { $0.rival != nil })
        #expect(pairs.contains { $0.rival.map { $0 > 0.5 } ?? false })
        for pump in SmallPlant.pumps {
            let told = try await harness.stores.predictions.page(asset: pump, limit: 1_000, in: scope).elements
            #expect(told.allSatisfy { $0.prediction.modelVersion == champion })
        }
        let alone = try await Harness()
        let aloneScope = try await alone.organization()
        try await alone.running { lanes in try await live(days: 60..<63, alone, lanes, in: aloneScope) }
        let (with, without) = (
            try await harness.stores.alarms.page(limit: 100, in: scope).elements,
            try await alone.stores.alarms.page(limit: 100, in: aloneScope).elements
        )
        #expect(with.map(\.raisedAt) == without.map(\.raisedAt) && !with.isEmpty)
        for cause in with.flatMap(\.causes) where cause.source == .prediction {
            #expect(cause.metadata?.modelVersion == champion)
        }
    }

    @Test func `a challenger that proves better is promoted, with the evidence in the ledger and a guard`() async throws
    {
        let harness = try await Harness()
        let scope = try await harness.organization(withModel: false)
        let champion = try await harness.deployModel(SmallPlant.misledArtifact, in: scope)
        let rival = try await place(SmallPlant.artifact, as: .challenger, harness, in: scope)
        try await harness.running { lanes in
            try await live(days: 60..<160, harness, lanes, in: scope) {
                try await settled(rival, harness, in: scope)
                return try await harness.stores.models.champion(in: scope)?.version == champion
            }
            #expect(try await harness.stores.models.champion(in: scope)?.version == rival)
        }
        let entry = try #require(try await harness.stores.models.ledger(of: .champion, in: scope).first)
        #expect(entry.from == champion && entry.to == rival && entry.by == "live trial")
        let report = try JSONDecoder().decode(TrialReport.self, from: Data(try #require(entry.evidence).utf8))
        #expect(report.outcome == .rivalIsBetter && report.failures >= LiveTrial.failuresMin)
        #expect(try #require(report.rivalBrier) < #require(report.championBrier))
        #expect(try await harness.stores.models.model(as: .challenger, in: scope) == nil)
        #expect(try await harness.stores.models.model(as: .predecessor, in: scope)?.version == champion)
    }

    @Test func `a champion that turns out worse than the model before it is rolled back by itself`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let good = try #require(try await harness.stores.models.champion(in: scope)?.version)
        var configuration = TrainingConfiguration()
        configuration.guardDays = 90
        try await harness.stores.trainingPlans.put(configuration, by: "test", at: harness.time.now, in: scope)
        let bad = try await harness.registry.register(SmallPlant.misledArtifact.get().bytes(), in: scope).version
        _ = try await harness.registry.promote(
            bad,
            over: good,
            isGuarded: true,
            because: AliasReason(by: "training", reason: "it passed the gate"),
            in: scope
        )
        try await harness.running { lanes in
            lanes.configurationChanged(in: scope)
            try await live(days: 60..<150, harness, lanes, in: scope) {
                try await settled(good, harness, in: scope)
                return try await harness.stores.models.champion(in: scope)?.version == bad
            }
            #expect(try await harness.stores.models.champion(in: scope)?.version == good)
        }
        let moves = try await harness.stores.models.ledger(of: .champion, in: scope)
        #expect(
            moves.first?.to == good && moves.first?.by == "guard"
                && moves.first?.undoes == moves.dropFirst().first?.number
        )
        #expect(try await harness.stores.models.model(as: .predecessor, in: scope) == nil)
    }

    @Test func `a guard's time ends, and so does a challenger's that proves nothing`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        var configuration = TrainingConfiguration()
        (configuration.guardDays, configuration.challengeDays) = (3, 5)
        try await harness.stores.trainingPlans.put(configuration, by: "test", at: harness.time.now, in: scope)
        // The same forest but for its seed: nothing tells them apart in so few days.
        let guardian = try await place(SmallPlant.otherArtifact, as: .predecessor, harness, in: scope)
        let challenger = try await place(SmallPlant.thirdArtifact, as: .challenger, harness, in: scope)
        try await harness.running { lanes in
            try await live(days: 60..<68, harness, lanes, in: scope) {
                try await settled(guardian, harness, in: scope)
                try await settled(challenger, harness, in: scope)
                return true
            }
        }
        let entries = try await harness.stores.models.ledger(in: scope)
        #expect(try await harness.stores.models.model(as: .predecessor, in: scope) == nil)
        #expect(try await harness.stores.models.model(as: .challenger, in: scope) == nil)
        #expect(entries.contains { $0.alias == .predecessor && $0.to == nil && $0.reason.contains("3 days") })
        #expect(entries.contains { $0.alias == .challenger && $0.to == nil && $0.reason.contains("5 days") })
    }

    @Test func `a restart neither leaves a row out nor says it twice`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let champion = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let rival = try await place(SmallPlant.otherArtifact, as: .challenger, harness, in: scope)
        for days in [60..<61, 61..<62, 62..<64] {
            try await harness.running { lanes in
                try await live(days: days, harness, lanes, in: scope)
                try await settled(rival, harness, in: scope)
            }
        }
        let always = try await Harness()
        let alwaysScope = try await always.organization()
        _ = try await place(SmallPlant.otherArtifact, as: .challenger, always, in: alwaysScope)
        try await always.running { lanes in
            try await live(days: 60..<64, always, lanes, in: alwaysScope)
            try await settled(rival, always, in: alwaysScope)
        }
        let restarted = try await pairs(champion, rival, harness, in: scope)
        #expect(restarted == (try await pairs(champion, rival, always, in: alwaysScope)))
        #expect(restarted.count == 4 * 96)
    }

    @Test func `a rival that can't be loaded disturbs nobody`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let champion = try #require(try await harness.stores.models.champion(in: scope)?.version)
        let rival = try await place(SmallPlant.otherArtifact, as: .challenger, harness, in: scope)
        try harness.corrupt(rival, in: scope)
        try await harness.running { lanes in
            try await live(days: 60..<61, harness, lanes, in: scope)
            #expect(try await lanes.status(in: scope).modelVersion == champion)
        }
        #expect(try await harness.stores.rivals.cursor(of: rival, in: scope) == nil)
        #expect(try await harness.stores.predictions.latest(in: scope).count == 2)
    }

    @Test func `a rival of one organization says nothing in another`() async throws {
        let harness = try await Harness()
        let (north, south) = (
            try await harness.organization("north", withModel: false), try await harness.organization()
        )
        let champion = try #require(try await harness.stores.models.champion(in: south)?.version)
        let rival = try await place(SmallPlant.otherArtifact, as: .challenger, harness, in: south)
        try await harness.running { lanes in
            try await live(days: 60..<61, harness, lanes, in: south)
            try await settled(rival, harness, in: south)
            try await lanes.push(SmallPlant.readings(days: 59..<60), in: north)
            try await lanes.settle(in: north, serving: false)
        }
        #expect(try await pairs(champion, rival, harness, in: south).count == 96)
        #expect(try await pairs(champion, rival, harness, in: north).isEmpty)
        #expect(try await harness.stores.rivals.cursor(of: rival, in: north) == nil)
    }

    @Test func `a champion that a person deploys is watched by nobody, and is no rival of itself`() async throws {
        let harness = try await Harness()
        let scope = try await harness.organization()
        let challenger = try await place(SmallPlant.otherArtifact, as: .challenger, harness, in: scope)
        _ = try await place(SmallPlant.thirdArtifact, as: .predecessor, harness, in: scope)
        _ = try await harness.registry.deploy(challenger, by: "ann", reason: "I know better", in: scope)
        for alias in ModelAlias.rivals { #expect(try await harness.stores.models.model(as: alias, in: scope) == nil) }
    }
}

extension Sequence {
    fileprivate func asyncContains(_ predicate: (Element) async throws -> Bool) async rethrows -> Bool {
        for element in self where try await predicate(element) { return true }
        return false
    }
}
