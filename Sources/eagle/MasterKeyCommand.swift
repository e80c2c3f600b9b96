import Foundation
import Glibc
import Serving
import Trust

/// A program that prints the master key, as one that asks a vault.
///
/// It is run without a shell, gets no input, and has so long for it; what it says of errors goes to the server's own.
struct MasterKeyCommand: KeyProvider {
    let command: [String]
    let time: Duration

    /// More than any list of keys has.
    private static let byteCountMax = 65_536

    var place: String { command.first ?? "" }

    func masterKeys() async throws -> MasterKeys {
        let work = BlockingWork(label: "eagle.masterkey")
        let bytes = try await work.run { try output() }
        return try MasterKeys(text: String(decoding: bytes, as: UTF8.self), from: place)
    }

    private func output() throws -> [UInt8] {
        let deadline = ContinuousClock.now + time
        let process = Process()
        process.executableURL = URL(fileURLWithPath: place)
        process.arguments = Array(command.dropFirst())
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch {
            throw KeyError(.masterUnavailable, "\(place) can't be run: \(error.localizedDescription)")
        }
        try? pipe.fileHandleForWriting.close()
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let bytes = try read(pipe.fileHandleForReading.fileDescriptor, until: deadline)
        while process.isRunning {
            guard ContinuousClock.now < deadline else { throw tookTooLong }
            usleep(10_000)
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw KeyError(
                .masterUnavailable,
                "\(place) ended with code \(process.terminationStatus) and gave no key: run it by hand"
            )
        }
        return bytes
    }

    /// All that comes, until its end.
    private func read(_ descriptor: CInt, until deadline: ContinuousClock.Instant) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var page = [UInt8](repeating: 0, count: 4_096)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw tookTooLong }
            var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = CInt(clamping: left.components.seconds * 1_000 + 1_000)
            guard poll(&waited, 1, min(milliseconds, 100)) > 0 else { continue }
            let count = Glibc.read(descriptor, &page, page.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw KeyError(.masterUnavailable, "what \(place) prints can't be read")
            }
            bytes += page[..<count]
            guard bytes.count <= Self.byteCountMax else {
                throw KeyError(.masterUnavailable, "\(place) prints more than keys")
            }
        }
    }

    private var tookTooLong: KeyError {
        KeyError(
            .masterUnavailable,
            "\(place) took longer than \(time.components.seconds) s: run it by hand, or give keys.commandSeconds more"
        )
    }
}
