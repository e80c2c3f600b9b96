import Models

/// When an asset fails, given that it does within the horizon, in minutes.
struct FailureTime {
    let p10: Double
    let p50: Double
    let p90: Double

    init(_ bins: SurvivalBins, survival: [Double]) {
        p10 = bins.quantile(0.1, survival: survival)
        p50 = bins.quantile(0.5, survival: survival)
        p90 = bins.quantile(0.9, survival: survival)
    }
}

extension Heads {
    /// What the heads say of rows, in row order.
    struct Outputs {
        /// Raw, before calibration.
        private(set) var scores: [Double] = []
        private(set) var components: [String?] = []
        private(set) var times: [FailureTime?] = []

        mutating func append(_ other: Outputs) {
            scores += other.scores
            components += other.components
            times += other.times
        }

        /// The rows at some places, in their order.
        func reordered(_ places: [Int]) -> Outputs {
            Outputs(
                scores: places.map { scores[$0] },
                components: places.map { components[$0] },
                times: places.map { times[$0] }
            )
        }

        /// The same in the words of a served model.
        func outputs(_ calibration: PlattCalibration) -> [ModelOutput] {
            scores.indices.map { row in
                ModelOutput(
                    probability: calibration.probability(ofScore: scores[row]),
                    component: components[row],
                    timeToFailureMinutes: times[row]?.p50,
                    p10Minutes: times[row]?.p10,
                    p90Minutes: times[row]?.p90
                )
            }
        }
    }
}
