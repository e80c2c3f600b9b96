import Testing

@testable import Models

@Suite struct SplitThresholdTests {
    static let thresholds: [Double] = [
        0, -0.0, 1, -1, 0.1, -0.1, 850.05, 850.0499877929688, 1e300, -1e300, .infinity, -.infinity, 1e-35, -1e-35,
        Double(Float(1e-35)), -Double(Float(1e-35)), Double(Float(1e-35)).nextUp, Double(Float(1e-35)).nextDown,
        -Double(Float(1e-35)).nextUp, -Double(Float(1e-35)).nextDown, 1e-40, -1e-40, 1e-46, -1e-46, 1e-60, -1e-60,
        1.000_000_059_604_644_7, 16_777_217, -16_777_217, 3.402_823_5e38, 3.5e38, -3.5e38,
    ]

    /// Each threshold's neighbours among `Float32`, and what else may trip a comparison.
    private func values(near threshold: Double) -> [Float] {
        let near = Float(threshold)
        let zero = SplitThreshold.zeroMax
        return [
            near, near.nextUp, near.nextDown, near.nextUp.nextUp, near.nextDown.nextDown, 0, -0.0, zero, -zero,
            zero.nextUp, zero.nextDown, -zero.nextUp, -zero.nextDown, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ].filter { !$0.isNaN }
    }

    @Test(arguments: thresholds)
    func `floor32 decides as the double does`(threshold: Double) {
        let floor = SplitThreshold.floor32(threshold)
        #expect(Double(floor) <= threshold)
        for value in values(near: threshold) { #expect((Double(value) <= threshold) == (value <= floor)) }
    }

    /// LightGBM reads a value of at most 1e-35 in magnitude as 0, then compares doubles.
    @Test(arguments: thresholds)
    func `an exported threshold decides as LightGBM does`(threshold: Double) {
        let exported = SplitThreshold.exported(threshold)
        for value in values(near: threshold) {
            let read = abs(value) <= SplitThreshold.zeroMax ? 0 : Double(value)
            #expect((read <= threshold) == (value <= exported), "\(value) at \(threshold)")
        }
    }

    @Test(arguments: [
        (BoosterText.Missing.none, 0.0, false, true), (.none, -1e-30, true, false), (.none, 2, false, true),
        (.nan, 2, false, false), (.nan, -2, true, true), (.zero, 2, false, false), (.zero, -2, true, true),
    ])
    func `NaN goes by the default, or as 0 where a split knows no missing value`(
        missing: BoosterText.Missing,
        threshold: Double,
        isMissingLeft: Bool,
        expected: Bool
    ) {
        let split = BoosterText.Split(
            feature: 0,
            threshold: threshold,
            missing: missing,
            isMissingLeft: isMissingLeft,
            left: .leaf(0),
            right: .leaf(1)
        )
        #expect(SplitThreshold.isMissingLeft(split) == expected)
    }
}
