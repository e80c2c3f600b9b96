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
        #expect(PromotionPolicy.decide(report([:]), aim: aim, champion: hasChampion ? .failure : nil).0 == expected)
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
                champion: hasChampion ? .failure : nil
            )
            #expect(decision == .rejected)
            #expect(reason == "\(name) said so")
        }
    }

    @Test(arguments: PromotionPolicy.Aim.allCases, GateReport.Check.Name.allCases)
    func `a model that fails a check is never promoted`(aim: PromotionPolicy.Aim, name: GateReport.Check.Name) {
        let (decision, reason) = PromotionPolicy.decide(report([name: .failed]), aim: aim, champion: .failure)
        #expect(decision == .registered || decision == .rejected)
        #expect(reason.contains("\(name) said so"))
    }

    @Test(arguments: GateReport.Check.Name.allCases)
    func `what can't be told never makes a champion, but may make a challenger, which harms nobody`(
        name: GateReport.Check.Name
    ) {
        let undetermined = report([name: .cannotDetermine])
        #expect(PromotionPolicy.decide(undetermined, aim: .champion, champion: .failure).0 == .registered)
        #expect(PromotionPolicy.decide(undetermined, aim: .champion, champion: nil).0 == .registered)
        #expect(PromotionPolicy.decide(undetermined, aim: .challenger, champion: .failure).0 == .challenger)
        #expect(PromotionPolicy.decide(undetermined, aim: .challenger, champion: nil).0 == .registered)
    }

    @Test func `a baseline serves until a model of failures passes the gate, and never in its place`() {
        func become(_ kind: ModelKind, _ champion: ModelKind?, _ outcomes: [GateReport.Check.Name: GateReport.Outcome])
            -> PromotionPolicy.Decision
        {
            PromotionPolicy.decide(report(outcomes), kind: kind, aim: .challenger, champion: champion).0
        }
        #expect(become(.anomaly, nil, [:]) == .champion)
        #expect(become(.anomaly, .anomaly, [:]) == .champion)
        #expect(become(.anomaly, .failure, [:]) == .registered)
        #expect(become(.anomaly, nil, [.evidence: .cannotDetermine]) == .registered)
        #expect(become(.anomaly, nil, [.worth: .failed]) == .registered)
        #expect(become(.failure, .anomaly, [:]) == .champion)
        #expect(become(.failure, .anomaly, [.evidence: .cannotDetermine]) == .registered)
        #expect(PromotionPolicy.decide(report([:]), kind: .anomaly, aim: .none, champion: nil).0 == .registered)
    }
}
