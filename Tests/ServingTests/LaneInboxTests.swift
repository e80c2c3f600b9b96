import Alarms
import Foundation
import Plant
import TestSupport
import Testing

@testable import Serving

@Suite struct LaneInboxTests {
    private func acknowledge(_ inbox: LaneInbox) async throws {
        try await withCheckedThrowingContinuation { (reply: CheckedContinuation<Void, any Error>) in
            let act = OperatorAct(deed: .acknowledge(ID(UUID()), note: nil), by: "olga", reply: reply)
            do throws(LaneError) { try inbox.offer(.act(act)) } catch { reply.resume(throwing: error) }
        }
    }

    @Test func `a sign to look in the store waits once, and is never dropped`() async {
        let inbox = LaneInbox()
        for _ in 1...10_000 {
            for event in [LaneEvent.committed, .tick, .configurationChanged] { inbox.notify(event) }
        }
        var kinds: [String] = []
        for _ in 1...3 {
            switch await inbox.next() {
            case .committed: kinds.append("committed")
            case .tick: kinds.append("tick")
            case .configurationChanged: kinds.append("changed")
            case .act, .preview, .warmed, .condemned, nil: kinds.append("other")
            }
        }
        #expect(kinds == ["committed", "tick", "changed"])
        inbox.notify(.configurationChanged)
        guard case .configurationChanged = await inbox.next() else {
            Issue.record("a change that came after the first was read must be told")
            return
        }
    }

    @Test func `commands that wait, and those that come, are answered while they are refused`() async {
        let inbox = LaneInbox()
        let waiting = Task { try await acknowledge(inbox) }
        await Task.yield()
        inbox.refuseCommands(because: LaneError(.storeFailing))
        await #expect(throws: LaneError(.storeFailing)) { try await waiting.value }
        await #expect(throws: LaneError(.storeFailing)) { try await acknowledge(inbox) }
        inbox.close()
        await #expect(throws: LaneError(.stopped)) { try await acknowledge(inbox) }
    }

    @Test func `commands that still wait when the lane ends are answered`() async {
        let inbox = LaneInbox()
        let waiting = Task { try await acknowledge(inbox) }
        await Task.yield()
        inbox.close()
        await #expect(throws: LaneError(.stopped)) { try await waiting.value }
        if await inbox.next() != nil { Issue.record("a closed inbox has nothing more") }
    }
}
