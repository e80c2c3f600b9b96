import ArgumentParser
import Dispatch
import Foundation
import Glibc
import LightGBM
import Models
import ONNXRuntime
import Plant
import Serving
import Storage
import Synchronization
import Training

/// One training run in a process of its own; the server starts it, and it ends with the server.
struct RunTrainingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-training",
        abstract: "Carry out one queued training run; the server calls this.",
        shouldDisplay: false
    )

    @Option(name: .customLong("data"))
    var directory: String

    @Option
    var organization: String

    @Option(name: .customLong("run"))
    var runID: String

    @Option
    var folder: String

    @Option(name: .customLong("memory"))
    var memoryMebibytes: Int

    func run() async throws {
        let voice = TrainingVoice()
        let fence = ProcessFence(memoryMebibytes: memoryMebibytes) { voice.say(.failed(reason: $0)) }
        do {
            let keyring = try Self.handedKeyring()
            fence.raise()
            voice.say(.finished(try await train(voice, keyring: keyring)))
        } catch let error as TrainingError {
            voice.say(.failed(reason: error.message))
            throw ExitCode.failure
        } catch {
            voice.say(.failed(reason: "\(error)"))
            throw ExitCode.failure
        }
    }

    /// The organization's keys and no others, which the server writes before it keeps the pipe open.
    private static func handedKeyring() throws -> Keyring {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 1 << 20, read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        guard let keyring = Keyring(handedOver: String(decoding: line, as: UTF8.self)) else {
            throw TrainingError(.configuration, "no keys were handed over: the server starts this command")
        }
        return keyring
    }

    private func train(_ voice: TrainingVoice, keyring: Keyring) async throws -> TrainingResult {
        guard let organization = ID<Organization>(organization), let run = ID<TrainingLog>(runID) else {
            throw ValidationError("--organization and --run are UUIDs")
        }
        let stores = try Assembly.openStoresForReading(directory, keyring: keyring)
        let scope = OrganizationScope(provenFor: organization)
        guard let log = try await stores.trainingLogs.byID(run, in: scope) else {
            throw TrainingError(.configuration, "the store knows nothing of the run")
        }
        let job = TrainingJob(
            stores: stores,
            scope: scope,
            registry: ModelRegistry(stores: stores, folder: directory + "/models", time: SystemTime()),
            folder: folder,
            lightGBM: try LightGBMLibrary.load(),
            runtime: try ONNXRuntimeLibrary.load(),
            progress: voice.progress
        )
        return try await job.run(log)
    }
}

/// Tells the server, line by line, what goes on.
private final class TrainingVoice: Sendable {
    private struct State {
        var step: TrainingProgress.Step?
        var toldAt = ContinuousClock.now
    }

    private let state = Mutex(State())

    /// Progress, at most four times a second and at each new step.
    var progress: TrainingProgressHandler {
        { progress in
            let isDue = self.state.withLock { state in
                let now = ContinuousClock.now
                guard state.step != progress.step || now - state.toldAt > .milliseconds(250) else { return false }
                (state.step, state.toldAt) = (progress.step, now)
                return true
            }
            let share = progress.total > 0 ? Double(progress.done) / Double(progress.total) : 0
            if isDue { self.say(.progress(step: progress.step.rawValue, share: share)) }
        }
    }

    func say(_ message: TrainingMessage) {
        guard let line = try? JSONEncoder().encode(message) else { return }
        Console.write(String(decoding: line, as: UTF8.self))
    }
}
