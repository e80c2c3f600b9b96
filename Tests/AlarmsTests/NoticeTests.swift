import Alarms
import Foundation
import Models
import Plant
import Testing

@Suite struct NoticeTests {
    private static func alarm(_ message: String = "hz1pv 871.2 is 11.2 above 860", asset: String = "furnace-1") -> Alarm
    {
        Alarm(
            id: ID(UUID()),
            asset: asset,
            condition: .component("heater"),
            type: .critical,
            state: .unacknowledged,
            raisedAt: Instant(seconds: 1_769_839_200),
            causes: [AlarmCause(source: .rule("hz1"), type: .critical, since: .t0, message: message)]
        )
    }

    private static func notice(_ reason: Notice.Reason) -> Notice {
        let sender = Notice.Sender(slug: "northwind", name: "Northwind")
        return Notice(key: "k:1", organization: sender, reason: reason, link: "https://e/")
    }

    private static func alert(_ alarm: Alarm = alarm(), _ change: AlarmTransition.Change = .raised) -> Alert {
        Alert(sequence: 1, transition: AlarmTransition(alarm: alarm, change: change, at: alarm.raisedAt))
    }

    @Test func `a message says what, where and since when`() throws {
        let notice = Self.notice(.alert(Self.alert()))
        #expect(notice.title == "CRITICAL furnace-1: heater")
        #expect(
            notice.lines == [
                "CRITICAL furnace-1: hz1pv 871.2 is 11.2 above 860", "Component: heater",
                "Since: 2026-01-31 06:00 UTC", "Organization: Northwind",
            ]
        )
    }

    @Test func `of a prediction it says how probable, how sure and how soon, as far as that is known`() throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play("0 furnace-1 predicts 0.83 heater")
        let raised = try #require(script.transitions.first)
        let lines = Self.notice(.alert(Alert(sequence: 1, transition: raised))).lines
        #expect(lines.contains { $0.hasPrefix("Probability of a failure: 83 %") })
        let metadata = try #require(raised.alarm.activeCauses.first?.metadata)
        #expect(lines.contains { $0.contains("P10") } == (metadata.p10Minutes != nil))
        #expect(lines.contains { $0.hasPrefix("Time to failure: ") } == (metadata.timeToFailureMinutes != nil))
        #expect(lines.contains { $0.contains("confidence") } == (metadata.confidence != nil))
    }

    @Test(arguments: [0, 1])
    func `how soon stands beside when it was said, for a notice may be read hours later`(step: Int) throws {
        var script = try AlarmScript(rules: "[]")
        _ = try script.play("72000 furnace-1 predicts 0.83 heater")
        let alert = Alert(sequence: 1, transition: try #require(script.transitions.first))
        let headline = "PREDICTIVE furnace-1: heater likely to fail in about 9 h (83 %), as of 2026-01-01 20:00 UTC"
        let lines = Self.notice(step == 0 ? .alert(alert) : .escalation(alert, step: step)).lines
        #expect(lines.first == headline)
        #expect(lines.contains("Time to failure: about 9 h, as of 2026-01-01 20:00 UTC"))
        let digested = Notice.Digested(key: "k:1", step: step, alert: alert)
        let digest = Self.notice(.digest([digested], count: 1)).lines
        #expect(digest.contains((step > 0 ? "Not acknowledged in time: " : "") + headline))
        // For machines, which read the instant beside it, the headline is what it was.
        #expect(alert.headline == "PREDICTIVE furnace-1: heater likely to fail in about 9 h (83 %)")
    }

    @Test(arguments: [
        (AlarmTransition.Change.raised, "CRITICAL furnace-1: heater", AlarmType.critical as AlarmType?),
        (.closed, "Over: CRITICAL furnace-1: heater", nil),
        (.acknowledged, "Acknowledged: CRITICAL furnace-1: heater", nil),
        (.causeCleared, "Still: CRITICAL furnace-1: heater", .critical),
    ])
    func `what has become of the alarm is in the title, and only what wants somebody is urgent`(
        change: AlarmTransition.Change,
        title: String,
        urgency: AlarmType?
    ) {
        let notice = Self.notice(.alert(Self.alert(Self.alarm(), change)))
        #expect(notice.title == title)
        #expect(notice.urgency == urgency)
        #expect(notice.isOver == (change == .closed))
    }

    @Test(arguments: ["https://e.example", "https://e.example/"])
    func `a link leads to the alarm, and of what is about several to the console`(console: String) {
        let alert = Self.alert()
        let place = "https://e.example/#alarm/\(alert.transition.alarm.id)"
        #expect(Notice.link(to: .alert(alert), in: console) == place)
        #expect(Notice.link(to: .escalation(alert, step: 1), in: console) == place)
        #expect(Notice.link(to: .digest([], count: 2), in: console) == console)
    }

    @Test func `an escalation and a test say what they are`() {
        let escalation = Self.notice(.escalation(Self.alert(), step: 2))
        #expect(escalation.title == "Not acknowledged: CRITICAL furnace-1: heater")
        #expect(escalation.lines.contains("Step 2 of the escalation: nobody has acknowledged it yet"))
        let test = Self.notice(.test(at: Instant(seconds: 1_769_839_200), by: "asha"))
        #expect(test.alert == nil)
        #expect(test.urgency == nil)
        #expect(test.lines[1] == "Sent: 2026-01-31 06:00 UTC, by asha")
    }

    @Test(arguments: [
        Notice.Reason.alert(alert()), .escalation(alert(), step: 3), .test(at: .t0, by: "asha"),
        .test(at: .t0, by: nil),
    ])
    func `a notice that was kept is the same notice`(reason: Notice.Reason) throws {
        let notice = Self.notice(reason)
        let kept = try JSONDecoder().decode(Notice.self, from: JSONEncoder().encode(notice))
        #expect(kept == notice)
    }

    @Test func `no text breaks a line or turns the writing round, and none is too long`() {
        let asset = "a\r\nBcc: x\u{2028}y\u{202E}z" + String(repeating: "\u{1F525}", count: 200)
        let notice = Self.notice(.alert(Self.alert(Self.alarm(String(repeating: "m\n", count: 2_000), asset: asset))))
        #expect(notice.title.unicodeScalars.count == 80)
        #expect(notice.title.hasPrefix("CRITICAL a  Bcc: x y z"))
        #expect(notice.text.split(separator: "\n").count == notice.lines.count)
        #expect(notice.text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= 500 })
    }

    @Test func `messages of one alarm have a thread of their own`() {
        let (one, other) = (Self.alarm(), Self.alarm())
        let threads = [Self.alert(one), Self.alert(one, .closed), Self.alert(other)].map {
            Self.notice(.alert($0)).thread
        }
        #expect(threads[0] == threads[1])
        #expect(threads[0] != threads[2])
    }
}
