import Models
import Plant
import TestSupport
import Testing

@testable import Training

@Suite struct RowJudgementTests {
    private func reading(_ second: Int, failing: String? = nil) -> Reading {
        Reading(asset: "p", instant: .t0 + .seconds(second), values: [1], failing: failing)
    }

    @Test func `rates are of the rows that are sound, and of those that are faulty`() {
        var rows = RowJudgement()
        #expect(rows.falseAlarmRate == nil && rows.missedAlarmRate == nil)
        for number in 0..<10 { rows.judge(isFaulty: false, isAlarmed: number < 1) }
        for number in 0..<4 { rows.judge(isFaulty: true, isAlarmed: number < 3) }
        #expect(rows.falseAlarmRate == 0.1 && rows.missedAlarmRate == 0.25)
        #expect((rows + rows).faulty == 8 && (rows + rows).missed == 2)
    }

    @Test func `of rows that the model has not scored yet only the rules are judged`() {
        var rows = RowJudgements()
        rows.judge(isFaulty: true, isRuled: false, isUnusual: nil)
        rows.judge(isFaulty: false, isRuled: true, isUnusual: nil)
        #expect(rows.together.missedAlarmRate == nil && rows.model.falseAlarmRate == nil && rows.unscored == 2)
        #expect(rows.rules.missed == 1 && rows.rules.falselyAlarmed == 1)
        rows.judge(isFaulty: true, isRuled: false, isUnusual: true)
        rows.judge(isFaulty: true, isRuled: true, isUnusual: false)
        #expect(rows.together.missedAlarmRate == 0 && rows.model.missedAlarmRate == 0.5 && rows.unscored == 2)
        #expect((rows + rows).unscored == 4 && (rows + rows).rules.faulty == 6)
    }

    @Test func `rows are labelled by a target column or by failures that last, else not at all`() throws {
        let lasting = FailureEvent(asset: "p", start: .t0, end: .t0 + .seconds(5))
        let instant = FailureEvent(asset: "p", start: .t0 + .seconds(20))
        #expect(RowLabels(hasTarget: false, failures: []) == nil)
        #expect(RowLabels(hasTarget: false, failures: [lasting, instant]) == nil)
        let spans = try #require(RowLabels(hasTarget: false, failures: [lasting]))
        #expect([-1, 0, 5, 6].map { spans.isFaulty(reading($0)) } == [false, true, true, false])
        let target = try #require(RowLabels(hasTarget: true, failures: []))
        #expect(target.isFaulty(reading(0, failing: "")) && !target.isFaulty(reading(0)))
    }
}
