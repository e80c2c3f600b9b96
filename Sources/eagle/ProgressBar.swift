import Foundation
import Synchronization
import Training

/// Shows how far a long job has come, on one line of a terminal; silent in a pipe.
final class ProgressBar: Sendable {
    private struct State {
        var step: String?
        var percent = -1
    }

    private let state = Mutex(State())

    /// What a job's progress goes to.
    var handler: TrainingProgressHandler {
        { progress in self.show(progress) }
    }

    func show(_ progress: TrainingProgress) {
        let share = progress.total > 0 ? Double(progress.done) / Double(progress.total) : 0
        show(progress.step.rawValue, share: share, counted: "\(progress.done)/\(progress.total)")
    }

    func show(_ step: String, share: Double, counted: String = "") {
        guard Console.isTerminal else { return }
        let percent = Int(max(0, min(1, share)) * 100)
        state.withLock { state in
            guard state.step != step || state.percent != percent else { return }
            state = State(step: step, percent: percent)
            let filled = percent * 30 / 100
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
            let padding = String(repeating: " ", count: max(0, 22 - step.count))
            let line = "\r\u{1B}[K\(step)\(padding) \(bar) \(percent) %  \(counted)"
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }

    /// Leaves an empty line behind.
    static func clearLine() {
        guard Console.isTerminal else { return }
        try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8))
    }
}
