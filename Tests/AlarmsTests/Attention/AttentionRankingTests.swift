import Alarms
import FoundationEssentials
import Models
import Plant
import Testing

@Suite struct AttentionRankingTests {
    private let costs = EpisodeEvaluation.Costs(missedFailure: 50, falseAlarm: 1)
    private let now = Instant(seconds: 72_000)

    private func prediction(
        _ asset: String,
        _ probability: Double,
        kind: ModelKind = .failure,
        component: String? = nil
    ) throws -> Prediction {
        Prediction(
            asset: asset,
            instant: Instant(seconds: 0),
            kind: kind,
            probability: probability,
            component: component,
            modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        )
    }

    private func asset(
        _ name: String,
        _ probability: Double,
        kind: ModelKind = .failure,
        component: String? = nil,
        staleness: String? = nil,
        alarms: [Alarm] = [],
        outOfService: Suppression? = nil
    ) throws -> AttentionRanking.Asset {
        let prediction = try prediction(name, probability, kind: kind, component: component)
        return AttentionRanking.Asset(
            name: name,
            prediction: prediction,
            staleness: staleness,
            alarms: alarms,
            outOfService: outOfService
        )
    }

    private func alarm(
        _ asset: String,
        _ type: AlarmType,
        priority: Int? = nil,
        suppression: Suppression = .none
    ) -> Alarm {
        Alarm(
            id: ID(UUID()),
            asset: asset,
            condition: .rule("hot"),
            type: type,
            state: .unacknowledged,
            suppression: suppression,
            raisedAt: Instant(seconds: 0),
            causes: [
                AlarmCause(
                    source: .rule("hot"),
                    type: type,
                    priority: priority,
                    since: Instant(seconds: 0),
                    message: "temp is 9 above 3"
                )
            ]
        )
    }

    private func names(_ assets: [AttentionRanking.Asset], weights: CostWeights = CostWeights()) -> [String] {
        AttentionRanking(assets, costs: costs, weights: weights, at: now).entries.map(\.asset.name)
    }

    @Test func `what is dearest to miss comes first`() throws {
        let assets = [try asset("a", 0.1), try asset("b", 0.9), try asset("c", 0.4)]
        let entries = AttentionRanking(assets, costs: costs, at: now).entries
        #expect(entries.map(\.asset.name) == ["b", "c", "a"])
        #expect(entries.map(\.expectedCost) == [45, 20, 5])
        #expect(entries[2].expectedSaving.map { abs($0 - (5 - 0.9)) < 1e-12 } == true)
    }

    @Test func `an asset or component that costs more weighs more`() throws {
        let assets = [try asset("a", 0.2, component: "seal"), try asset("b", 0.3), try asset("c", 0.25)]
        #expect(names(assets) == ["b", "c", "a"])
        #expect(names(assets, weights: CostWeights(components: ["seal": 2])) == ["a", "b", "c"])
        #expect(names(assets, weights: CostWeights(assets: ["c": 5], components: ["seal": 2])) == ["c", "a", "b"])
    }

    @Test func `a prediction that does not stand for the present is unknown, never zero`() throws {
        let assets = [
            try asset("a", 0.99, staleness: "the last prediction is 3 h old"), try asset("b", 0),
            AttentionRanking.Asset(name: "c", prediction: nil, staleness: "there is no prediction yet"),
        ]
        let entries = AttentionRanking(assets, costs: costs, at: now).entries
        #expect(entries.map(\.asset.name) == ["b", "a", "c"])
        #expect(entries.map(\.rank) == [.predicted, .unknown, .unknown])
        #expect(entries[0].expectedCost == 0)
        #expect(entries[1].expectedCost == nil && entries[1].prediction == nil)
        #expect(entries[1].why == "the last prediction is 3 h old")
    }

    @Test func `an anomaly score makes no cost`() throws {
        let assets = [try asset("a", 0.7, kind: .anomaly), try asset("b", 0.9, kind: .anomaly), try asset("c", 0.01)]
        let entries = AttentionRanking(assets, costs: costs, at: now).entries
        #expect(entries.map(\.asset.name) == ["c", "b", "a"])
        #expect(entries[1].rank == .unusual && entries[1].expectedCost == nil)
    }

    @Test func `a critical alarm comes before all predictions, unless it is kept silent`() throws {
        let shelved = Suppression(kind: .shelved, by: "ann", reason: "known")
        let assets = [
            try asset("a", 0.1, staleness: "old", alarms: [alarm("a", .critical)]), try asset("b", 0.9),
            try asset("c", 0.2, alarms: [alarm("c", .critical, suppression: shelved)]),
        ]
        let entries = AttentionRanking(assets, costs: costs, at: now).entries
        #expect(entries.map(\.asset.name) == ["a", "b", "c"])
        #expect(entries[0].rank == .critical)
        #expect(entries[0].why == "alarm: temp is 9 above 3; old")
    }

    @Test func `of unknown assets those with an alarm come first`() throws {
        let assets = [
            try asset("a", 0.1, staleness: "old"),
            try asset("b", 0.1, staleness: "old", alarms: [alarm("b", .warning)]),
        ]
        #expect(names(assets) == ["b", "a"])
    }

    @Test func `of critical ones the more urgent comes first, and the unknown is not taken for the sounder`() throws {
        let assets = [
            try asset("a", 0.0001, alarms: [alarm("a", .critical, priority: 2)]),
            try asset("b", 0.9, staleness: "old", alarms: [alarm("b", .critical, priority: 2)]),
            try asset("c", 0.9, staleness: "old", alarms: [alarm("c", .critical, priority: 1)]),
            try asset("d", 0.5, alarms: [alarm("d", .critical, priority: 2)]),
        ]
        #expect(names(assets) == ["c", "b", "d", "a"])
    }

    @Test func `what is out of service comes behind all that is in service, and says so`() throws {
        let order = Suppression(kind: .outOfService, by: "ann", reason: "overhaul")
        let assets = [
            try asset("a", 0.95, outOfService: order), try asset("b", 0.001), try asset("c", 0, staleness: "old"),
            try asset("d", 0.1, outOfService: Suppression(kind: .outOfService)),
        ]
        let entries = AttentionRanking(assets, costs: costs, at: now).entries
        #expect(entries.map(\.asset.name) == ["b", "c", "a", "d"])
        #expect(entries[2].why.hasPrefix("out of service by ann (overhaul); failure likely (95 %)"))
        #expect(entries[3].why.hasPrefix("out of service; "))
        #expect(entries[2].expectedCost == 47.5)
    }

    @Test func `what was predicted says how long ago, whether it stands or not`() throws {
        let said = Prediction(
            asset: "a",
            instant: Instant(seconds: 0),
            probability: 0.83,
            component: "heater",
            timeToFailureMinutes: 540,
            modelVersion: try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        )
        let foretold = Alarm(
            id: ID(UUID()),
            asset: "a",
            condition: .component("heater"),
            type: .predictive,
            state: .unacknowledged,
            raisedAt: said.instant,
            causes: [
                AlarmCause(
                    source: .prediction,
                    type: .predictive,
                    since: said.instant,
                    message: "heater likely to fail in about 9 h (83 %)",
                    metadata: AlertMetadata(said, features: nil)
                )
            ]
        )
        let sentence = "heater likely to fail in about 9 h (83 %), predicted 20 h ago"
        for (staleness, why) in [(nil, sentence), ("no model is live", "alarm: \(sentence); no model is live")] {
            let asset = AttentionRanking.Asset(name: "a", prediction: said, staleness: staleness, alarms: [foretold])
            let entry = AttentionRanking([asset], costs: costs, at: now).entries[0]
            #expect(entry.why == why)
            #expect(!entry.isUnknown)
        }
        let silent = AttentionRanking.Asset(name: "a", prediction: nil, staleness: "there is no prediction yet")
        #expect(AttentionRanking([silent], costs: costs, at: now).entries[0].isUnknown)
    }

    @Test(arguments: [
        (0.004, "0.004"), (47.5, "47.5"), (0, "0"), (12_345.6, "12346"), (2e16, "20000000000000000"),
    ])
    func `a cost is written out, however small or large`(cost: Double, text: String) {
        #expect(OperatorText.figure(cost) == text)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the order is the same whatever order assets come in`(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let assets = try (0..<60).map { index in
            try asset(
                "asset-\(index)",
                Double(Int.random(in: 0...4, using: &generator)) / 4,
                kind: Bool.random(using: &generator) ? .failure : .anomaly,
                staleness: Bool.random(using: &generator) ? "old" : nil,
                alarms: Bool.random(using: &generator)
                    ? [alarm("asset-\(index)", AlarmType.allCases.randomElement(using: &generator) ?? .warning)] : []
            )
        }
        let order = names(assets)
        #expect(Set(order).count == 60)
        for _ in 0..<5 { #expect(names(assets.shuffled(using: &generator)) == order) }
    }
}
