import Foundation
import Plant
import Storage
import Subprocess
import Synchronization
import SystemPackage

/// How a training run's process is started, and what it may use.
package struct TrainingCommand: Sendable {
    /// The program, and what comes before the run's own arguments.
    package let executable: String
    package let arguments: [String]
    /// Whatever an organization asks for, no run gets more.
    package var memoryMebibytesMax = 65_536
    package var minutesMax = 2_880
    /// Variables of the server's environment that its runs do not get.
    package var withheldVariables: [String] = []
    /// How long a process that is told to end may take.
    package var grace: Duration = .seconds(3)

    package init(executable: String, arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }
}

/// One training run's process: started, listened to, and ended with whoever waits for it.
struct TrainingProcess: Sendable {
    let command: TrainingCommand
    let arguments: [String]
    /// What it reads first; then its input stays open for as long as the server lives.
    let input: String
    let time: Duration

    /// How a process ended, if it did so by itself.
    enum Ending: Sendable {
        case finished(TrainingResult)
        /// In words for a person.
        case failed(String)
    }

    /// Why a process was ended.
    enum Interruption: Error { case tookTooLong, told }

    /// What has been heard of the process, for whoever asks.
    final class Heard: Sendable {
        private let state = Mutex<(step: String?, share: Double?)>((nil, nil))

        var progress: (step: String?, share: Double?) { state.withLock { $0 } }

        fileprivate func heard(_ step: String, _ share: Double) { state.withLock { $0 = (step, share) } }
    }

    /// Runs the process to its end.
    ///
    /// `heard` is told how far it has come; `watch` runs beside it, and ends it by throwing ``Interruption``.
    ///
    /// - Throws: ``Interruption``, or `CancellationError` where the waiting task was cancelled; the process is gone then.
    func run(heard: Heard, watch: @escaping @Sendable () async throws -> Void) async throws -> Ending {
        var options = PlatformOptions()
        // A group of its own: what a terminal sends to the server is the server's business.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: command.grace)]
        let outcome = try await Subprocess.run(
            .path(FilePath(command.executable)),
            arguments: Arguments(command.arguments + arguments),
            environment: .inherit.updating(overrides),
            platformOptions: options,
            input: .inputWriter,
            output: .sequence,
            error: .sequence
        ) { execution in
            // One that ended before it read says itself why.
            _ = try? await execution.standardInputWriter.write(input)
            return try await withThrowingTaskGroup(of: Told?.self) { group in
                group.addTask { try await Self.listen(to: execution.standardOutput, heard) }
                group.addTask { Told.words(try await Self.lastWords(of: execution.standardError)) }
                group.addTask {
                    try await watch()
                    return nil
                }
                group.addTask {
                    try await Task.sleep(for: time)
                    throw Interruption.tookTooLong
                }
                var told: [Told] = []
                // Both outputs end with the process; the watchers never do by themselves.
                while told.count < 2, let next = try await group.next() {
                    if let next { told.append(next) }
                }
                group.cancelAll()
                return told
            }
        }
        try Task.checkCancellation()
        return ending(outcome.closureResult, outcome.terminationStatus)
    }

    /// A crash is to be seen as what it is, at once; what is withheld is not there.
    private var overrides: [Environment.Key: String?] {
        var overrides: [Environment.Key: String?] = ["SWIFT_BACKTRACE": "enable=no"]
        for name in command.withheldVariables {
            if let key = Environment.Key(rawValue: name) { overrides.updateValue(nil, forKey: key) }
        }
        return overrides
    }

    private enum Told: Sendable {
        case message(TrainingMessage?)
        case words(String)
    }

    /// Each line as it comes; the last message that is no progress.
    private static func listen(to output: SubprocessOutputSequence, _ heard: Heard) async throws -> Told {
        var last: TrainingMessage?
        for try await line in output.strings() {
            guard let message = try? JSONDecoder().decode(TrainingMessage.self, fromOutside: Data(line.utf8)) else {
                continue
            }
            switch message {
            case .progress(let step, let share): heard.heard(step, share)
            case .finished, .failed: last = message
            }
        }
        return .message(last)
    }

    private static func lastWords(of output: SubprocessOutputSequence) async throws -> String {
        var words: [UInt8] = []
        for try await part in output {
            words += part.withUnsafeBytes { Array($0) }
            words = Array(words.suffix(4_096))
        }
        return String(decoding: words, as: UTF8.self)
    }

    private func ending(_ told: [Told], _ status: TerminationStatus) -> Ending {
        var words = ""
        for told in told {
            switch told {
            case .message(.finished(let result)): return .finished(result)
            case .message(.failed(let reason)): return .failed(reason)
            case .message: continue
            case .words(let last): words = last
            }
        }
        let line = words.split(whereSeparator: \.isNewline).last.map { ": \($0.prefix(300))" } ?? ""
        switch status {
        case .exited(let code): return .failed("the training process ended with code \(code)\(line)")
        case .signaled(let signal) where signal == SIGKILL:
            return .failed("the training process was killed, by someone or because the machine had no memory left")
        case .signaled(let signal): return .failed("the training process crashed (signal \(signal))\(line)")
        }
    }
}
