import Foundation

/// Python as an independent hand, where it is there with what is needed.
enum Python {
    struct Failure: Error { let output: String }

    static func has(_ module: String) -> Bool { (try? run("import \(module)")) != nil }

    /// What a program prints.
    ///
    /// - Throws: ``Failure`` where it ends with an error.
    @discardableResult
    static func run(_ program: String, arguments: [String] = []) throws -> String {
        let (process, output) = try launch(program, arguments)
        let text = String(decoding: output.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }

    /// What a program that goes on prints, line by line.
    struct Running: Sendable {
        fileprivate let output: FileHandle

        /// The next line, without its end; what there is where the program ends.
        func line() -> String {
            var bytes: [UInt8] = []
            while let byte = output.readData(ofLength: 1).first, byte != 10 { bytes.append(byte) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Starts a program that ends by itself.
    static func start(_ program: String, arguments: [String] = []) throws -> Running {
        Running(output: try launch(program, arguments).1)
    }

    /// What `scripts/bootstrap` has put there, before what is there anyway.
    private static let path: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let own = root.appending(path: ".deps/python").path
        return ([own] + [ProcessInfo.processInfo.environment["PYTHONPATH"]].compactMap(\.self)).joined(separator: ":")
    }()

    private static func launch(_ program: String, _ arguments: [String]) throws -> (Process, FileHandle) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-W", "ignore", "-c", program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONPATH": path]) { $1 }
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        return (process, output.fileHandleForReading)
    }
}
