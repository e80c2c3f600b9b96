import Alarms
import FoundationEssentials
import Plant
import Testing

@Suite struct DigestNoticeTests {
    private let notice = Notice(
        key: "digest.1",
        organization: Notice.Sender(slug: "north", name: "North Works"),
        reason: .digest(
            [AlarmType.predictive, .warning].enumerated().map { index, type in
                Notice.Digested(
                    key: "k:\(index + 1)",
                    step: index,
                    alert: Alert(
                        sequence: Int64(index + 1),
                        transition: DeliveryPlanTests.transition(DeliveryPlanTests.alarm(type))
                    )
                )
            },
            count: 17
        )
    )

    @Test func `one notice for many says how many, names the first and is as urgent as the most urgent of them`() {
        #expect(notice.title == "17 more alarms at North Works")
        #expect(notice.lines.contains("PREDICTIVE furnace-1: x is 1 above 2"))
        #expect(notice.lines.contains("Not acknowledged in time: WARNING furnace-1: x is 1 above 2"))
        #expect(notice.lines.contains("and 15 more, in the list of alarms"))
        #expect(notice.urgency == .warning)
        #expect(notice.alert == nil)
        #expect(notice.thread == "digest-digest.1")
    }

    @Test func `it is read as it was written`() throws {
        let read = try JSONDecoder().decode(Notice.self, from: JSONEncoder().encode(notice))
        #expect(read == notice)
    }
}
