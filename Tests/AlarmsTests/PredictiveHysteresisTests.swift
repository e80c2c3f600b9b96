import Alarms
import Testing

@Suite struct PredictiveHysteresisTests {
    private func changes(_ probabilities: [Double], _ policy: PredictivePolicy) -> String {
        var hysteresis = PredictiveHysteresis(policy: policy)
        return probabilities.map { probability in
            switch hysteresis.observe(probability) {
            case .raised?: "R"
            case .cleared?: "c"
            case nil: hysteresis.isActive ? "=" : "."
            }
        }
        .joined()
    }

    @Test(arguments: [
        (1, 0.5, [0.4, 0.5, 0.6, 0.25, 0.24, 0.9], ".R==cR"),
        (2, 0.5, [0.4, 0.5, 0.6, 0.25, 0.24, 0.9], "..R=c."),
        (3, 0.5, [0.5, 0.5, 0.4, 0.5, 0.5, 0.5], ".....R"),
        (1, 1.0, [0.4, 0.5, 0.5, 0.4, 0.6, 0.4], ".R=cRc"),
    ])
    func `raises at the threshold after enough rows, and clears below its share`(
        raiseAfter: Int,
        clearBelow: Double,
        probabilities: [Double],
        expected: String
    ) {
        let policy = PredictivePolicy(threshold: 0.5, clearBelow: clearBelow, raiseAfter: raiseAfter)
        #expect(changes(probabilities, policy) == expected)
    }

    @Test func `a probability that is not a number changes nothing`() {
        let policy = PredictivePolicy(threshold: 0.5, clearBelow: 0.5, raiseAfter: 2)
        #expect(changes([0.5, .nan, 0.5, .nan, 0.1], policy) == "..R=c")
    }

    @Test func `another model's threshold takes over between rows`() {
        var hysteresis = PredictiveHysteresis(policy: .init(threshold: 0.5, clearBelow: 0.5, raiseAfter: 1))
        #expect(hysteresis.observe(0.6) == .raised)
        hysteresis.policy = .init(threshold: 0.9, clearBelow: 0.5, raiseAfter: 1)
        #expect(hysteresis.observe(0.5) == nil)
        #expect(hysteresis.observe(0.44) == .cleared)
        #expect(hysteresis.observe(0.6) == nil)
    }
}
