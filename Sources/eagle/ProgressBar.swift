import Foundation
import Synchronization
import Training

/// Shows how far a long job has come, on one line of a terminal; silent in a pipe.
final class ProgressBar: Sendable {
    private struct State {
        var step: TrainingProgress.Step?
        var percent = -1
    }

    private let state = Mutex(State())

    /// What a job's progress goes to.
    var handler: TrainingProgressHandler {
        { progress in self.show(progress) }
    }

    func show(_ progress: TrainingProgress) {
        guard Console.isTerminal else { return }
        let percent = progress.total > 0 ? min(100, progress.done * 100 / progress.total) : 0
        state.withLock { state in
            guard state.step != progress.step || state.percent != percent else { return }
            state = State(step: progress.step, percent: percent)
            let filled = percent * 30 / 100
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
            let step = progress.step.rawValue
            let padding = String(repeating: " ", count: max(0, 18 - step.count))
            let line = "\r\u{1B}[K\(step)\(padding) \(bar) \(percent) %  \(progress.done)/\(progress.total)"
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }

    /// Leaves an empty line behind.
    static func clearLine() {
        guard Console.isTerminal else { return }
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8))
    }
}
