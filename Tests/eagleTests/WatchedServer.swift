import Foundation
import Glibc
import Synchronization

/// A running `eagle serve` at log level trace, all of whose words are kept, and all of its answers.
final class WatchedServer {
    let port: Int
    private(set) var answers: [WatchedAnswer] = []
    private let process = Process()
    private let words = Words()
    private let hasEnded = DispatchSemaphore(value: 0)

    private final class Words: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    init(data: String, config: String, environment: [String: String]) throws {
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: EagleProcess.path)
        process.arguments = ["serve", "--data", data, "--port", "0", "--config", config, "--log-level", "trace"]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        var told = ""
        var port: Int?
        while port == nil {
            let part = pipe.fileHandleForReading.availableData
            guard !part.isEmpty else { throw HTTPExchange.Failure(reason: "the server does not start: \(told)") }
            told += String(decoding: part, as: UTF8.self)
            guard let range = told.firstRange(of: /Eagle listens on https?:\/\/127.0.0.1:/), told.hasSuffix("\n") else {
                continue
            }
            port = Int(told[range.upperBound...].prefix { $0.isNumber })
        }
        self.port = port ?? 0
        let (words, hasEnded, reading) = (words, hasEnded, pipe.fileHandleForReading)
        words.bytes.withLock { $0 = Array(told.utf8) }
        Thread.detachNewThread {
            while true {
                let part = reading.availableData
                if part.isEmpty { break }
                words.bytes.withLock { $0 += part }
            }
            hasEnded.signal()
        }
    }

    var identifier: Int32 { process.processIdentifier }

    /// Returns once it has said that, or will say nothing more.
    func wait(for sentence: String) {
        while process.isRunning, !words.bytes.withLock({ String(decoding: $0, as: UTF8.self) }).contains(sentence) {
            sched_yield()
        }
    }

    /// Stops it as an operator does, and returns all it said.
    func stop() -> [UInt8] {
        process.terminate()
        process.waitUntilExit()
        hasEnded.wait()
        return words.bytes.withLock { $0 }
    }

    /// Asks in these very words, on a connection of its own, and keeps the answer.
    @discardableResult
    func ask(
        _ method: String,
        _ target: String,
        fields: [String] = [],
        body: String? = nil,
        type: String = "application/json",
        mayShow: Set<String> = [],
        isKept: Bool = true
    ) throws -> WatchedAnswer {
        let socket = try HTTPExchange.connect(port)
        defer { close(socket) }
        var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"] + fields
        if let body { lines += ["Content-Type: \(type)", "Content-Length: \(body.utf8.count)"] }
        try HTTPExchange.write(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""), to: socket)
        var bytes: [UInt8] = []
        while let part = HTTPExchange.read(socket) { bytes += part }
        let path = target.prefix { $0 != "?" }
        let answer = WatchedAnswer(request: "\(method) \(path)", bytes: bytes, mayShow: mayShow)
        if isKept { answers.append(answer) }
        return answer
    }
}

/// A mail server on loopback that refuses every login, and repeats what it was told.
final class RudeMailServer: Sendable {
    let port: Int
    private let listener: Int32

    init() throws {
        listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (socket, bytes) = (listener, length)
        let isThere = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, bytes) == 0 && listen(socket, 16) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard isThere else { throw HTTPExchange.Failure(reason: "no port to listen on") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    try? Self.serve(connection)
                    close(connection)
                }
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ connection: Int32) throws {
        try HTTPExchange.write("220 rude.example\r\n", to: connection)
        var pending = ""
        while let part = HTTPExchange.read(connection) {
            pending += String(decoding: part, as: UTF8.self)
            while let end = pending.range(of: "\r\n") {
                let line = pending[..<end.lowerBound]
                pending = String(pending[end.upperBound...])
                let isHello = line.hasPrefix("EHLO")
                let answer = isHello ? "250-rude.example\r\n250 AUTH PLAIN LOGIN\r\n" : "535 you said: \(line)\r\n"
                try HTTPExchange.write(answer, to: connection)
            }
        }
    }
}
