/// How far a long job has come, for whoever shows it.
package struct TrainingProgress: Hashable, Sendable {
    package enum Step: String, Hashable, Sendable {
        case readingRows = "reading rows"
        case derivingFeatures = "deriving features"
        case searching = "searching parameters"
        case growingTrees = "growing trees"
        case judging = "judging"
        case exporting = "exporting"
        case predicting = "predicting"
    }

    package let step: Step
    package let done: Int
    package let total: Int

    package init(_ step: Step, done: Int, total: Int) {
        self.step = step
        self.done = done
        self.total = total
    }
}

package typealias TrainingProgressHandler = @Sendable (TrainingProgress) -> Void
