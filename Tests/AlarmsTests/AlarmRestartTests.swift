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

    /// What an engine tells when its rules change while it runs, and what another one that is restored with the changed
    /// rules does.
    private func replaced(
        _ before: String,
        by after: String,
        _ play: String
    ) throws -> (live: AlarmScript, restored: AlarmScript, told: [[AlarmTransition]]) {
        var live = try AlarmScript(rules: "[\(before)]")
        _ = try live.play(play)
        var restored = try AlarmScript(rules: "[\(after)]")
        restored.engine.restore(
            asset: "m1",
            memory: try JSONDecoder().decode(
                AssetAlarmMemory.self,
                from: try JSONEncoder().encode(live.engine.memory(of: "m1"))
            ),
            openAlarms: live.engine.openAlarms
        )
        let rules = try AlarmScript.rules("[\(after)]")
        let told = [
            try live.engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(60)),
            try restored.engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(60)),
        ]
        return (live, restored, told)
    }

    @Test(
        arguments: [
            (#""message": "Oil", "priority": 1"#, [.escalated]), (#""message": "Oil", "priority": 3"#, [.deescalated]),
            (#""message": "Oil hot", "priority": 2"#, [.causeAdded]), (#""priority": 2"#, [.causeAdded]),
            (#""message": "Oil", "priority": 2, "latching": true"#, [.causeAdded]),
            (#""message": "Oil", "priority": 2"#, []),
        ] as [(String, [AlarmTransition.Change])]
    )
    func `another priority, message or latch that was put in between is told after a restart`(
        words: String,
        expected: [AlarmTransition.Change]
    ) throws {
        let oil = #"{"id": "r", "kind": "limit", "tag": "t", "high": 90"#
        let (_, restored, told) = try replaced(
            #"\#(oil), "message": "Oil", "priority": 2}"#,
            by: "\(oil), \(words)}",
            "0 m1 t=95"
        )
        #expect(told[0] == told[1])
        #expect(told[1].map(\.change) == expected)
        var engine = restored.engine
        let rules = try AlarmScript.rules("[\(oil), \(words)}]")
        #expect(try engine.replace(rules: rules, tags: AlarmScript.tags, at: .t0 + .seconds(61)).isEmpty)
    }

    @Test(arguments: [
        #"{"id": "s", "kind": "limit", "tag": "t", "high": 80}"#,
        #"{"id": "s", "kind": "stale", "tag": "sp", "afterSeconds": 30}"#,
        #"{"id": "s", "kind": "rateOfChange", "tag": "t", "overSeconds": 60, "rise": 5}"#,
    ])
    func `a rule that was put in between under the id of another knows nothing of what that one saw`(
        rule: String
    ) throws {
        for second in [20, 40] {
            let (live, restored, told) = try replaced(
                #"{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30}"#,
                by: rule,
                "0 m1 t=1 p=1\n\(second) m1 p=1"
            )
            #expect(told[0] == told[1])
            #expect(told[1].map(\.change) == (second == 40 ? [.returned] : []))
            for var script in [live, restored] {
                let disagreements = try script.play(
                    """
                    70  m1 p=1
                    75  tick
                    80  m1 t=1 p=1
                    """
                )
                #expect(disagreements.isEmpty, "\(disagreements)")
            }
        }
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
