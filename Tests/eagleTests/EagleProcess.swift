import Foundation
import Synchronization

/// The built binary, run as a user runs it.
struct EagleProcess {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Beside the test bundle, where the build leaves it.
    static let path: String = {
        let bundle = Bundle.allBundles.map(\.bundlePath) + [CommandLine.arguments[0]]
        let folders = bundle.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let candidates =
            folders.map { $0.appendingPathComponent("eagle").path } + [root.path + "/.build/debug/eagle"]
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[0]
    }()

    /// Runs a command to its end; with a path its output goes there.
    static func run(
        _ arguments: [String],
        input: String = "",
        outputPath: String? = nil,
        environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
        if let outputPath { process.standardOutput = FileHandle(forWritingAtPath: outputPath) }
        try process.run()
        stdin.fileHandleForWriting.write(Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        if outputPath != nil { try stdout.fileHandleForWriting.close() }
        let output = stdout.fileHandleForReading.readDataToEndOfFile()
        let errors = stderr.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: String(decoding: output, as: UTF8.self),
            errors: String(decoding: errors, as: UTF8.self)
        )
    }
}

/// A running `eagle serve` on a free port of loopback.
final class EagleServer {
    let port: Int
    private let process = Process()
    private let errors = Pipe()

    /// Returns once it listens; with further arguments where they are given.
    ///
    /// What it logs from then on goes into the file `log`, where one is named.
    init(data: String, arguments: [String] = [], log: String? = nil) throws {
        process.executableURL = URL(fileURLWithPath: EagleProcess.path)
        process.arguments = ["serve", "--data", data, "--port", "0"] + arguments
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var told = ""
        while true {
            let data = errors.fileHandleForReading.availableData
            guard !data.isEmpty else { throw NotListening(errors: told) }
            told += String(decoding: data, as: UTF8.self)
            if let range = told.range(of: "http://127.0.0.1:") {
                let digits = told[range.upperBound...].prefix { $0.isNumber }
                guard let port = Int(digits) else { continue }
                self.port = port
                break
            }
        }
        // What it says later is read, so that it never waits for us.
        guard let log, FileManager.default.createFile(atPath: log, contents: nil) else {
            errors.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
            return
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        errors.fileHandleForReading.readabilityHandler = { try? file.write(contentsOf: $0.availableData) }
    }

    var identifier: Int32 { process.processIdentifier }

    /// As a power cut does to a process: no last words.
    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        errors.fileHandleForReading.readabilityHandler = nil
    }

    /// Returns once somebody else has killed it.
    func waitUntilKilled() {
        process.waitUntilExit()
        errors.fileHandleForReading.readabilityHandler = nil
    }

    struct NotListening: Error { let errors: String }
}
