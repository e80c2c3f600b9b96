import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct AlarmRestartTests {
    /// What a store keeps: each asset's memory, and each open alarm as its last transition had it.
    private struct Store {
        var memories: [String: Data] = [:]
        var alarms: [ID<Alarm>: Data] = [:]

        mutating func commit(_ transitions: [AlarmTransition], memories of: AlarmEngine) throws {
            for transition in transitions {
                let alarm = transition.alarm
                alarms[alarm.id] = alarm.isOpen ? try JSONEncoder().encode(alarm) : nil
            }
            for asset in ["m1", "m2", "m3"] { memories[asset] = try JSONEncoder().encode(of.memory(of: asset)) }
        }

        func engine(_ book: SuppressionBook) throws -> AlarmEngine {
            var engine = try AlarmEngine(rules: AlarmScript.rules(RandomPlant.rules), tags: AlarmScript.tags)
            let open = try alarms.values.map { try JSONDecoder().decode(Alarm.self, from: $0) }
            for (asset, memory) in memories {
                engine.restore(
                    asset: asset,
                    memory: try JSONDecoder().decode(AssetAlarmMemory.self, from: memory),
                    openAlarms: open.filter { $0.asset == asset }
                )
            }
            #expect(engine.replace(book, at: .t0).isEmpty)
            return engine
        }
    }

    @Test(arguments: [11, 12, 13])
    func `an engine restored at any moment goes on as if it had never stopped`(seed: UInt64) throws {
        var lasting = try AlarmEngine(rules: AlarmScript.rules(RandomPlant.rules), tags: AlarmScript.tags)
        var restarted = lasting
        var store = Store()
        var plant = RandomPlant(seed: seed)
        var (lastingGenerator, restartedGenerator) = (SplitMix64(seed: seed), SplitMix64(seed: seed))
        var moments = SplitMix64(seed: seed + 1)
        var told: Set<AlarmTransition.Change> = []
        var batch: [AlarmTransition] = []
        var restarts = 0
        for _ in 0..<4_000 {
            let event = plant.next()
            let expected = try lasting.take(event, generator: &lastingGenerator)
            let transitions = try restarted.take(event, generator: &restartedGenerator)
            try #require(transitions == expected)
            told.formUnion(transitions.map(\.change))
            batch += transitions
            guard Int.random(in: 0..<12, using: &moments) == 0 else { continue }
            try store.commit(batch, memories: restarted)
            batch = []
            restarted = try store.engine(lasting.book)
            try #require(restarted.openAlarms == lasting.openAlarms)
            for asset in ["m1", "m2", "m3"] {
                try #require(restarted.memory(of: asset) == lasting.memory(of: asset))
            }
            restarts += 1
        }
        #expect(told == Set(AlarmTransition.Change.allCases))
        #expect(restarts > 200)
    }

    @Test func `a delay that runs survives a restart`() throws {
        var script = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "onDelaySeconds": 30}]"#
        )
        _ = try script.play("0 m1 t=81")
        let memory = script.engine.memory(of: "m1")
        var again = try AlarmScript(
            rules: #"[{"id": "oil", "kind": "limit", "tag": "t", "high": 80, "onDelaySeconds": 30}]"#
        )
        again.engine.restore(asset: "m1", memory: memory, openAlarms: [])
        let disagreements = try again.play(
            """
            29  tick
            30  tick -> raised WARNING rule:oil unacknowledged
            """
        )
        #expect(disagreements.isEmpty)
        #expect(again.transitions.first?.headline == "WARNING m1: t 81 is 1 above 80")
    }

    @Test func `a quiet asset's memory is small`() throws {
        var script = try AlarmScript(rules: AcknowledgementTests.oil)
        _ = try script.play(
            """
            0   m1 t=70 sp=100 p=0 b=0 c=0
            0   m1 predicts 0.1
            """
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(script.engine.memory(of: "m1")), as: UTF8.self)
        #expect(
            text == """
                {"heard":["b","c","p","sp","t"],"newestPrediction":"2026-01-01T00:00:00Z",\
                "newestSample":"2026-01-01T00:00:00Z","rules":{},"run":0,"runBefore":0}
                """
        )
        #expect(script.engine.memory(of: "nobody") == AssetAlarmMemory())
    }
}
