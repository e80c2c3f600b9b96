import Alarms
import FoundationEssentials
import Plant
import Testing

/// Rules that come, go and change while the tag that they wait for is dead already.
extension RateAndStaleTests {
    private static let mute = #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30}]"#

    private func replace(_ rules: String, in script: inout AlarmScript, at second: Int) throws -> [String] {
        try script.engine.replace(
            rules: try AlarmScript.rules(rules),
            tags: AlarmScript.tags,
            at: .t0 + .seconds(second)
        )
        .map { "\($0.change) \($0.alarm.condition.key)" }
    }

    @Test func `a rule that comes when its sensor is dead waits from the plant's newest row on`() throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play(
            """
            0    m1 t=1 p=1
            0    m2 p=1
            60   m1 p=1
            100  m2 p=1
            """
        )
        // The server's clock is elsewhere.
        #expect(try replace(Self.mute, in: &script, at: 90_000).isEmpty)
        let disagreements = try script.play(
            """
            110  m1 p=1
            129  m1 p=1
            130  m1 p=1   -> raised WARNING rule:s unacknowledged
            140  m2 p=1
            150  m1 t=1   -> returned WARNING rule:s returnedUnacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test func `a tag that only a late row has ever brought was had`() throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play(
            """
            10  m1 p=1
            5   m1 t=1
            """
        )
        #expect(try replace(Self.mute, in: &script, at: 11).isEmpty)
        let disagreements = try script.play(
            """
            39  m1 p=1
            40  m1 p=1   -> raised WARNING rule:s unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test(arguments: [true, false])
    func `an alarm whose rule changed its component, or was away, comes back while the sensor is dead`(
        isAway: Bool
    ) throws {
        var script = try AlarmScript(rules: Self.mute)
        _ = try script.play(
            """
            0   m1 t=1 p=1
            40  m1 p=1
            """
        )
        #expect(script.engine.openAlarms.first?.state.isActive == true)
        let named = #"[{"id": "s", "kind": "stale", "tag": "t", "afterSeconds": 30, "component": "probe"}]"#
        #expect(try replace(isAway ? "[]" : named, in: &script, at: 41) == ["returned rule:s"])
        if isAway { #expect(try replace(Self.mute, in: &script, at: 42).isEmpty) }
        let told = isAway ? "reraised WARNING rule:s unacknowledged" : "raised WARNING component:probe unacknowledged"
        let disagreements = try script.play(
            """
            69  m1 p=1
            70  m1 p=1   -> \(told)
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }

    @Test(arguments: [true, false])
    func `which tags an asset had outlives a restart, and an old memory knows of none`(isOld: Bool) throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play(
            """
            0   m1 t=1 p=1
            40  m1 p=1
            """
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var text = String(decoding: try encoder.encode(script.engine.memory(of: "m1")), as: UTF8.self)
        let heard = #""heard":["p","t"],"#
        #expect(text.contains(heard))
        if isOld { text = text.replacing(heard, with: "") }
        let memory = try JSONDecoder().decode(AssetAlarmMemory.self, from: Data(text.utf8))
        var again = try AlarmScript(rules: Self.mute)
        again.engine.restore(asset: "m1", memory: memory, openAlarms: [])
        #expect(try replace(Self.mute, in: &again, at: 50).isEmpty)
        _ = try again.play(
            """
            60  m1 p=1
            70  m1 p=1
            """
        )
        #expect(again.transitions.map(\.at) == (isOld ? [] : [.t0 + .seconds(70)]))
        let disagreements = try again.play(
            """
            100  m1 t=1  \(isOld ? "" : "-> returned WARNING rule:s returnedUnacknowledged")
            130  m1 p=1  -> \(isOld ? "raised" : "reraised") WARNING rule:s unacknowledged
            """
        )
        #expect(disagreements.isEmpty, "\(disagreements)")
    }
}
