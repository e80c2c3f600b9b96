import Foundation
import Plant

/// Which of several settings holds at a time: one change at a time of chance in every block of time.
struct StepProgram: Sendable {
    struct Step: Sendable {
        let previous, current: Int
        /// Seconds since the change from the one to the other.
        let age: Double

        /// What follows a setting by a first-order lag.
        func following(_ levels: [Double], timeConstant: Double) -> Double {
            levels[current] + (levels[previous] - levels[current]) * exp(-age / timeConstant)
        }
    }

    let noise: CounterNoise
    let stream: Int
    let blockSeconds: Int64
    let levelCount: Int

    func step(at second: Int64) -> Step {
        var block = second.flooredDivision(by: blockSeconds).quotient
        var change = changeSecond(block)
        if second < change {
            block -= 1
            change = changeSecond(block)
        }
        return Step(previous: level(block - 1), current: level(block), age: Double(second - change))
    }

    /// In the first three quarters of its block, so that two changes never come close together.
    private func changeSecond(_ block: Int64) -> Int64 {
        block * blockSeconds + Int64(noise.uniform(stream, at: block) * 0.75 * Double(blockSeconds))
    }

    private func level(_ block: Int64) -> Int {
        Int(noise.bits(stream + 1, at: block) % UInt64(levelCount))
    }
}
