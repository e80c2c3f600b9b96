import Models
import Testing

@Suite struct PromotionPolicyTests {
    private func report(_ outcomes: [GateReport.Check.Name: GateReport.Outcome]) -> GateReport {
        GateReport(
            checks: GateReport.Check.Name.allCases.map {
                GateReport.Check($0, outcomes[$0] ?? .passed, "\($0) said so")
            },
            rival: nil
        )
    }

    @Test(arguments: [
        (PromotionPolicy.Aim.none, true, PromotionPolicy.Decision.registered),
        (.none, false, .registered), (.challenger, true, .challenger), (.challenger, false, .registered),
        (.champion, true, .champion), (.champion, false, .champion),
    ])
    func `a sound model becomes what the organization wants`(
        aim: PromotionPolicy.Aim,
        hasChampion: Bool,
        expected: PromotionPolicy.Decision
    ) {
        #expect(PromotionPolicy.decide(report([:]), aim: aim, hasChampion: hasChampion).0 == expected)
    }

    @Test(arguments: PromotionPolicy.Aim.allCases, [true, false])
    func `a model that knows the future, or is not what was trained, goes nowhere`(
        aim: PromotionPolicy.Aim,
        hasChampion: Bool
    ) {
        for name in [GateReport.Check.Name.leakage, .parity] {
            let (decision, reason) = PromotionPolicy.decide(
                report([name: .failed, .cost: .failed]),
                aim: aim,
                hasChampion: hasChampion
            )
            #expect(decision == .rejected)
            #expect(reason == "\(name) said so")
        }
    }

    @Test(arguments: PromotionPolicy.Aim.allCases, GateReport.Check.Name.allCases)
    func `a model that fails a check is never promoted`(aim: PromotionPolicy.Aim, name: GateReport.Check.Name) {
        let (decision, reason) = PromotionPolicy.decide(report([name: .failed]), aim: aim, hasChampion: true)
        #expect(decision == .registered || decision == .rejected)
        #expect(reason.contains("\(name) said so"))
    }

    @Test(arguments: GateReport.Check.Name.allCases)
    func `what can't be told never makes a champion, but may make a challenger, which harms nobody`(
        name: GateReport.Check.Name
    ) {
        let undetermined = report([name: .cannotDetermine])
        #expect(PromotionPolicy.decide(undetermined, aim: .champion, hasChampion: true).0 == .registered)
        #expect(PromotionPolicy.decide(undetermined, aim: .champion, hasChampion: false).0 == .registered)
        #expect(PromotionPolicy.decide(undetermined, aim: .challenger, hasChampion: true).0 == .challenger)
        #expect(PromotionPolicy.decide(undetermined, aim: .challenger, hasChampion: false).0 == .registered)
    }
}
