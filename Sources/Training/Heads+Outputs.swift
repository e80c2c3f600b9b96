import Models

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
