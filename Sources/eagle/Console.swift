import ArgumentParser
import Foundation

/// The one place that writes to the terminal: results to standard output, everything else to standard error.
enum Console {
    static func write(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            note("eagle: standard output can't be written: \(error.localizedDescription)")
            Foundation.exit(1)
        }
    }

    static func note(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func writeJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        write(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Ends the program as an error deserves: 0 for help, 2 for wrong use, its own code for an `ExitCode`, else 1.
    static func exit(for error: any Error) -> Never {
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        switch Eagle.exitCode(for: error) {
        case .success:
            write(Eagle.fullMessage(for: error))
            Foundation.exit(0)
        case .validationFailure:
            note(Eagle.fullMessage(for: error))
            Foundation.exit(2)
        default:
            ProgressBar.clearLine()
            note("eagle: \(error)")
            Foundation.exit(1)
        }
    }
}

extension ExitCode {
    /// What was checked was found wanting.
    static let wanting = ExitCode(3)
    /// Nothing was found wanting, and not all that was to be checked was.
    static let unproven = ExitCode(4)
}
