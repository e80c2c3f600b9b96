import Models
import Plant
import TestSupport
import Testing

/// Whether readings have moved away from what a model learned.
@Suite struct DriftCheckTests {
    /// Days of a tag that wanders slowly within each of them, as plants do.
    private func days(
        _ count: Int,
        assets: Int = 3,
        seed: UInt64,
        shift: (_ day: Int) -> Double = { _ in 0 }
    ) -> [(day: Int, asset: String, values: [Float])] {
        var chance = SeededGenerator(seed: seed)
        return (0..<count).flatMap { day in
            (0..<assets).map { asset in
                let mood = Double.random(in: -1...1, using: &chance)
                let values = (0..<96).map { _ in
                    Float(shift(day) + mood + Double.random(in: -1...1, using: &chance))
                }
                return (day, "p\(asset)", values)
            }
        }
    }

    private func finding(
        _ live: [(day: Int, asset: String, values: [Float])],
        learnedFrom seed: UInt64 = 99
    ) -> DriftFinding? {
        let learned = days(60, seed: seed).flatMap(\.values)
        var check = DriftCheck([TagDistribution(tag: "vibration", values: learned)])
        for (day, asset, values) in live {
            check.add(values, tag: 0, asset: asset, at: .t0 + .seconds(day * 86_400))
        }
        return check.findings.first
    }

    @Test func `days like those that were learned from are no drift, however they wander`() {
        let called = (0..<200).count { seed in finding(days(7, seed: UInt64(seed)))?.isDrift ?? true }
        #expect(called <= 4)
    }

    @Test func `a tag that moved by more than its spread is drift, and named`() {
        for seed in 0..<20 {
            let moved = finding(days(7, seed: UInt64(seed)) { _ in 2.5 })
            #expect(moved?.isDrift == true && moved?.tag == "vibration")
        }
    }

    @Test func `one odd day is no drift, though it alone would be`() {
        let odd = finding(days(7, seed: 3) { $0 == 4 ? 30 : 0 })
        #expect(odd?.isDrift == false)
    }

    @Test func `a sensor that went silent is drift too`() {
        let silent = days(7, seed: 4).map { ($0.day, $0.asset, $0.values.map { _ in Float.nan }) }
        #expect(finding(silent)?.isDrift == true)
    }

    @Test func `fewer than five days tell nothing`() {
        #expect(finding(days(4, seed: 5) { _ in 30 }) == nil)
        #expect(finding(days(5, seed: 5) { _ in 30 })?.isDrift == true)
    }

    @Test func `few draws need a larger move than many`() {
        let few = finding(days(7, assets: 1, seed: 6) { _ in 1 })
        let many = finding(days(7, assets: 30, seed: 6) { _ in 1 })
        #expect(few?.effect ?? 1 < many?.effect ?? 0)
    }

    private func finding(_ learned: [Float], _ live: [(asset: String, values: [Float])]) -> DriftFinding? {
        var check = DriftCheck([TagDistribution(tag: "t", values: learned)])
        for day in 0..<7 {
            for (asset, values) in live { check.add(values, tag: 0, asset: asset, at: .t0 + .seconds(day * 86_400)) }
        }
        return check.findings.first
    }

    @Test func `a tag that stood still while the model learned drifts when it stands elsewhere`() {
        let still = [Float](repeating: 7, count: 1_000)
        #expect(finding(still, [("p1", still)])?.isDrift == false)
        #expect(finding(still, [("p1", [Float](repeating: 9, count: 100))])?.isDrift == true)
        #expect(finding(still, [("p1", [Float](repeating: 5, count: 100))])?.isDrift == true)
    }

    @Test func `machines that are scanned more often weigh more, as they did when the model learned`() {
        let fast = [Float](repeating: 0, count: 1_440)
        let slow = [Float](repeating: 5, count: 144)
        #expect(finding(fast + slow, [("fast", fast), ("slow", slow)])?.isDrift == false)
        #expect(finding(fast + slow, [("fast", slow), ("slow", slow)])?.isDrift == true)
    }
}
