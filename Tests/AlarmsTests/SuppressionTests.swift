import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct SuppressionTests {
    private static let rules =
        #"[{"id": "oil", "kind": "limit", "tag": "t", "highHigh": 90, "high": 80, "component": "pump"}]"#

    private var engine: AlarmEngine
    private var generator = SplitMix64(seed: 1)

    init() throws { engine = try AlarmEngine(rules: AlarmScript.rules(Self.rules), tags: AlarmScript.tags) }

    private mutating func observe(_ asset: String, _ value: Double, at second: Int) -> [AlarmTransition] {
        let sample = Sample(asset: asset, instant: .t0 + .seconds(second), values: [value, .nan, .nan, .nan, .nan])
        return engine.observe(sample, generator: &generator)
    }

    private func shelved(until second: Int) -> Suppression {
        Suppression(kind: .shelved, by: "asha", reason: "noise", since: .t0, until: .t0 + .seconds(second))
    }

    private let condition = SuppressionBook.Place(asset: "m1", condition: .component("pump"))

    @Test mutating func `a shelved alarm goes on in silence, and so does the next of its condition`() throws {
        let raised = observe("m1", 85, at: 0)
        #expect(raised.map(\.annunciates) == [true])
        let silenced = engine.suppress(condition, shelved(until: 100), at: .t0 + .seconds(1))
        #expect(silenced.map(\.change) == [.suppressed])
        #expect(silenced.first?.by == "asha")
        let worse = observe("m1", 95, at: 2)
        #expect(worse.map(\.change) == [.escalated] && worse.map(\.annunciates) == [false])
        _ = try engine.acknowledge(raised[0].alarm.id, by: "olga", at: .t0 + .seconds(3))
        #expect(observe("m1", 70, at: 4).map(\.change) == [.closed])
        let next = observe("m1", 85, at: 5)
        #expect(next.map(\.change) == [.raised] && next.map(\.annunciates) == [false])
        #expect(next[0].alarm.suppression.kind == .shelved && next[0].alarm.state == .unacknowledged)
        // Another asset's is heard.
        #expect(observe("m2", 85, at: 5).map(\.annunciates) == [true])
    }

    @Test mutating func `a shelf ends by itself, and what nobody knows of is heard then`() {
        _ = engine.suppress(condition, shelved(until: 100), at: .t0)
        _ = observe("m1", 85, at: 1)
        #expect(engine.endSuppressions(at: .t0 + .seconds(99)).places.isEmpty)
        let (places, transitions) = engine.endSuppressions(at: .t0 + .seconds(100))
        #expect(places == [condition])
        #expect(transitions.map(\.change) == [.unsuppressed] && transitions.map(\.annunciates) == [true])
        #expect(engine.endSuppressions(at: .t0 + .seconds(101)).transitions.isEmpty)
    }

    @Test mutating func `an alarm that is known is not annunciated again when its shelf ends`() throws {
        let raised = observe("m1", 85, at: 0)
        _ = try engine.acknowledge(raised[0].alarm.id, by: "olga", at: .t0 + .seconds(1))
        _ = engine.suppress(condition, shelved(until: 100), at: .t0 + .seconds(2))
        let back = engine.unsuppress(condition, by: "asha", at: .t0 + .seconds(3))
        #expect(back.map(\.change) == [.unsuppressed] && back.map(\.annunciates) == [false])
    }

    @Test mutating func `maintenance silences the whole organization, and an asset's order outlives it`() {
        let all = Suppression(kind: .outOfService, by: "admin", reason: "maintenance")
        _ = engine.suppress(SuppressionBook.Place(), all, at: .t0)
        _ = engine.suppress(SuppressionBook.Place(asset: "m1"), shelved(until: 100), at: .t0)
        let raised = observe("m1", 85, at: 1) + observe("m2", 85, at: 1)
        #expect(raised.map(\.alarm.suppression.kind) == [.outOfService, .outOfService])
        let back = engine.unsuppress(SuppressionBook.Place(), by: "admin", at: .t0 + .seconds(2))
        #expect(back.map(\.alarm.asset) == ["m1", "m2"])
        #expect(back.map(\.alarm.suppression.kind) == [.shelved, .none])
        #expect(back.map(\.annunciates) == [false, true])
    }

    @Test mutating func `a consequence of what is wrong above is silent, but for one that is more urgent`() {
        _ = engine.replace(SuppressionBook(parents: ["fan": "furnace", "belt": "fan"]), at: .t0)
        #expect(observe("belt", 85, at: 0).map(\.annunciates) == [true])
        let parent = observe("furnace", 85, at: 1)
        #expect(parent.map(\.change) == [.raised, .suppressed])
        #expect(parent[1].alarm.asset == "belt")
        #expect(parent[1].alarm.suppression.kind == .suppressedByDesign)
        #expect(parent[1].alarm.suppression.reason?.hasPrefix("furnace: ") == true)
        #expect(observe("fan", 85, at: 2).map(\.annunciates) == [false])
        // Critical beneath a warning is no mere consequence.
        let worse = observe("fan", 95, at: 3)
        #expect(worse.map(\.annunciates).first == true)
        #expect(worse[0].alarm.suppression == .none)
        let cleared = observe("furnace", 70, at: 4)
        // The belt's own parent is still wrong.
        #expect(cleared.map(\.change) == [.returned, .suppressed] || cleared.map(\.change) == [.returned])
        let over = observe("fan", 70, at: 5)
        #expect(over.contains { $0.alarm.asset == "belt" && $0.change == .unsuppressed && $0.annunciates })
    }

    @Test mutating func `what is below a silenced alarm is heard, for nobody hears what explains it`() {
        _ = engine.replace(SuppressionBook(parents: ["fan": "furnace"]), at: .t0)
        _ = observe("furnace", 95, at: 0)
        #expect(observe("fan", 95, at: 1).map(\.annunciates) == [false])
        let furnace = SuppressionBook.Place(asset: "furnace", condition: .component("pump"))
        let told = engine.suppress(furnace, shelved(until: 100), at: .t0 + .seconds(2))
        #expect(told.map(\.alarm.asset) == ["fan", "furnace"])
        #expect(told.map(\.change) == [.unsuppressed, .suppressed])
        #expect(told.map(\.annunciates) == [true, false])
    }

    @Test mutating func `an alarm that was restored as a consequence is heard where nothing is above it any more`() {
        _ = engine.replace(SuppressionBook(parents: ["fan": "furnace"]), at: .t0)
        _ = observe("furnace", 95, at: 0)
        _ = observe("fan", 95, at: 1)
        let open = engine.openAlarms(of: "fan")
        #expect(open.map(\.suppression.kind) == [.suppressedByDesign])
        engine.restore(asset: "furnace", memory: AssetAlarmMemory(), openAlarms: [])
        engine.restore(asset: "fan", memory: engine.memory(of: "fan"), openAlarms: open)
        let told = engine.replace(SuppressionBook(), at: .t0 + .seconds(2))
        #expect(told.map(\.change) == [.unsuppressed])
    }

    @Test func `parents that lead in a circle are refused`() throws {
        var document = #"{"organization": "o", "continuousColumns": ["t"], "parentAssets": {"a": "b", "b": "a"}}"#
        #expect(throws: SchemaProblem.self) {
            try JSONDecoder().decode(SchemaDocument.self, from: Data(document.utf8))
        }
        document = #"{"organization": "o", "continuousColumns": ["t"], "parentAssets": {"a": "b", "b": "c"}}"#
        let read = try JSONDecoder().decode(SchemaDocument.self, from: Data(document.utf8))
        #expect(read.parentAssets == ["a": "b", "b": "c"])
        let again = try JSONDecoder().decode(SchemaDocument.self, from: JSONEncoder().encode(read))
        #expect(again == read)
    }

    @Test func `a suppression that was written as a bare word is read`() throws {
        #expect(try JSONDecoder().decode(Suppression.self, from: Data(#""none""#.utf8)) == .none)
        let whole = shelved(until: 5)
        #expect(try JSONDecoder().decode(Suppression.self, from: JSONEncoder().encode(whole)) == whole)
    }
}
