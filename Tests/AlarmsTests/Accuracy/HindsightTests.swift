import Alarms
import FoundationEssentials
import Models
import Plant
import Testing

/// What is known only afterwards counts for no figure.
@Suite struct HindsightTests {
    /// An hour of the story: the span is hours 0 to 1000, the horizon 24, now is hour 1000.
    private func hour(_ hour: Double) -> Instant { Instant(seconds: 1_767_225_600) + .seconds(Int64(hour * 3_600)) }

    private func figures(
        raises: [(at: Double, toldAt: Double)],
        words: [Bool] = [],
        failures: [FailureEvent],
        hasRecord: Bool = false,
        horizonHours: Int64 = 24
    ) throws -> AccuracyFigures {
        let terms = AlarmAccuracy.Terms(
            span: hour(0)..<hour(1_000),
            now: hour(1_000),
            horizon: .seconds(horizonHours * 3_600),
            latestRows: ["pump": hour(1_000)],
            hasRecord: hasRecord
        )
        let version = try #require(ModelVersion(hash: String(repeating: "a", count: 64)))
        let id = ID<Alarm>(UUID())
        let alarm = ForetoldAlarm(
            id: id,
            asset: "pump",
            raises: raises.map {
                ForetoldAlarm.Raise(at: hour($0.at), toldAt: hour($0.toldAt), version: version, component: "belt")
            },
            words: words.map { Feedback(id: ID(UUID()), alarm: id, isAccurate: $0, by: "ann", at: hour(999)) }
        )
        var accuracy = AlarmAccuracy(terms, failures: failures)
        accuracy.add(try #require(alarm))
        for failure in accuracy.counted { accuracy.add(failure, predictedBy: version) }
        return accuracy.total
    }

    @Test func `what was history when it was decided is in no figure, whatever is said of it`() throws {
        let failure = FailureEvent(asset: "pump", start: hour(110), component: "belt")
        for words in [[], [true], [false]] {
            let history = try figures(raises: [(100, 124)], words: words, failures: [failure])
            #expect(history.alarms == 0 && history.followed == 0 && history.notFollowed == 0)
            #expect(history.componentKnown == 0 && history.failures == 1 && history.announced == 0)
        }
        // What comes only after it was told, and while it stands, it announced.
        let ahead = try figures(
            raises: [(100, 124)],
            failures: [FailureEvent(asset: "pump", start: hour(130))],
            horizonHours: 72
        )
        #expect(ahead.failures == 1 && ahead.announced == 1 && ahead.alarms == 0)
        let late = try figures(raises: [(200, 223.9)], failures: [failure])
        #expect(late.alarms == 1 && late.notFollowed == 1)
        // What is raised anew, live, counts as ever.
        let again = try figures(raises: [(100, 900), (950, 950)], words: [true], failures: [failure])
        #expect(again.alarms == 1 && again.right == 1)
    }

    @Test(arguments: [(109.9, 1), (110, 0), (115, 0)] as [(Double, Int)])
    func `no failure follows an alarm that was told once it had begun`(toldAt: Double, followed: Int) throws {
        let failure = FailureEvent(asset: "pump", start: hour(110), component: "belt")
        let figures = try figures(raises: [(100, toldAt)], failures: [failure])
        #expect(figures.recorded == 1 && figures.followed == followed && figures.notFollowed == 0)
        #expect(figures.componentKnown == followed)
    }

    @Test func `where failures are recorded, be it long ago, alarms that none followed are told`() throws {
        let raises = (0..<40).map { (at: Double($0) * 20, toldAt: Double($0) * 20) }
        #expect(try figures(raises: raises, failures: []).precisionByRecord == Proportion(0, of: 0))
        #expect(try figures(raises: raises, failures: [], hasRecord: true).precisionByRecord == Proportion(0, of: 40))
    }

    // MARK: Marked and recorded

    private func failure(_ start: Double, _ end: Double, _ component: String? = nil, asset: String = "pump")
        -> FailureEvent
    {
        FailureEvent(asset: asset, start: hour(start), end: hour(end), component: component)
    }

    private func episodes(_ recorded: [FailureEvent], _ marked: [FailureEvent]) -> [FailureHistory.Episode] {
        FailureHistory(failures: recorded.joined(byMarked: marked), latestRow: hour(1_000)).allEpisodes
    }

    @Test func `a failure that is recorded and marked is one, from the earlier start to the later end`() throws {
        for (mark, start, end) in [
            (failure(10.05, 11.9), 10.0, 12.0), (failure(9.5, 10), 9.5, 12), (failure(11, 13, "seal"), 10, 13),
        ] {
            let one = episodes([failure(10, 12, "seal")], [mark])
            #expect(one.map(\.start) == [hour(start)] && one.map(\.end) == [hour(end)])
            #expect(one.map(\.components) == [["seal"]])
        }
        // Of two components at once it stays one; and what is named by one alone is known.
        let both = episodes([failure(10, 12, "seal"), failure(10, 11, "belt")], [failure(9, 10.5, "belt")])
        #expect(both.map(\.start) == [hour(9)] && both.map(\.components) == [["seal", "belt"]])
        #expect(episodes([failure(10, 12)], [failure(10, 11, "belt")]).map(\.components) == [["belt"]])
        #expect(episodes([failure(10, 12)], [failure(10, 10.5), failure(11, 11.5)]).count == 1)
    }

    @Test func `what does not overlap, or is another asset's or another component's, is another failure`() {
        let recorded = [failure(10, 12, "seal"), failure(20, 22, "seal")]
        for mark in [
            failure(12.1, 13), failure(9, 9.9), failure(10, 12, "belt"), failure(10, 12, asset: "fan"),
        ] {
            #expect(recorded.joined(byMarked: [mark]).count == 3)
            #expect(recorded.joined(byMarked: [mark]).contains(mark))
        }
        // Who recorded two meant two, though the readings mark one.
        #expect(episodes(recorded, [failure(10, 22)]).count == 2)
        #expect(recorded.joined(byMarked: []) == recorded)
    }
}
