/// How probable it is that an asset has failed by then, given that it fails within the model's horizon.
package struct SurvivalCurve: Hashable, Sendable, Codable {
    /// One of the survival head's time bins.
    package struct Step: Hashable, Sendable, Codable {
        /// Minutes from the row.
        package let fromMinutes: Double
        package let toMinutes: Double
        /// The probability that the failure has come by the bin's end.
        package let failedBy: Double
    }

    /// In order of time; the last one's `failedBy` is 1.
    package let steps: [Step]
    /// As the prediction has them: P10 and P90 as wide as failures were spread that the model had not learned from.
    package let p10Minutes: Double
    package let p50Minutes: Double
    package let p90Minutes: Double
}

extension ModelManifest {
    /// One row's survival curve.
    ///
    /// - Parameter outputs: Of one row, in the order of ``outputWidths``.
    /// - Returns: Nil where the model has no survival head, or the curve is none.
    package func survivalCurve(_ outputs: [[Float]]) -> SurvivalCurve? {
        guard let bins = survivalBins, outputs.count == outputWidths.count else { return nil }
        let place = outputWidths.firstIndex { $0.name == Self.survivalOutput }
        let survival = place.map { outputs[$0].map { Double($0) } } ?? [Double](repeating: 0, count: bins.count)
        guard survival.count == bins.count, let time = bins.time(survival: survival, spread: timeSpread) else {
            return nil
        }
        var failedBy = 0.0
        let steps = (0..<bins.count).map { bin in
            failedBy = bin + 1 == bins.count ? 1 : max(failedBy, 1 - survival[bin])
            return SurvivalCurve.Step(
                fromMinutes: bins.low[bin],
                toMinutes: bins.high[bin],
                failedBy: failedBy
            )
        }
        return SurvivalCurve(steps: steps, p10Minutes: time.p10, p50Minutes: time.p50, p90Minutes: time.p90)
    }
}
