import Foundation
import Glibc
import Plant
import Serving
import Storage
import WholeServer

/// The server's side: hands readings in, each of which makes an alert, and notes when.
struct FanOut: Sendable {
    let clientCount: Int
    let reconnectCount: Int
    let slowCount: Int

    private static let schema = """
        {"organization": "crowd", "assetColumn": "machine", "continuousColumns": ["temp"], "sourceStaleSeconds": 3000,
         "rules": [{"id": "hot", "kind": "limit", "tag": "temp", "high": 100, "highHigh": 200}]}
        """

    func measure() async throws {
        try await inTemporaryFolder { folder in
            try await WholeServer.run(in: folder, organizations: ["crowd"]) { server in
                let scope = server.tenants[0].scope
                let version = try await server.stores.schemas.put(Self.schema, at: SystemTime().now, in: scope)
                server.lanes.configurationChanged(in: scope)
                var teller = Teller(server: server, scope: scope, schemaVersion: version)
                // What a slow client is sent first: more than its socket holds.
                try await teller.tell(1_000, named: "history", every: .zero)
                let clients = try ClientProcess(
                    port: server.port,
                    token: server.tenants[0].token,
                    count: clientCount,
                    after: teller.sequence
                )
                try await clients.waitUntil("connected")
                try await teller.tell(20, named: "quiet", every: .seconds(1))
                clients.order("slow \(slowCount)")
                try await clients.waitUntil("slow")
                try await teller.tell(20, named: "beside \(slowCount) who do not read", every: .seconds(1))
                clients.order("reconnect \(reconnectCount) 20000")
                try await teller.tell(100, named: "while \(reconnectCount) reconnect", every: .milliseconds(200))
                try await clients.waitUntil("reconnected")
                try await teller.tell(10, named: "quiet again", every: .seconds(1))
                for told in teller.told { clients.order("told \(told.sequence) \(told.at) \(told.name)") }
                clients.order("report")
                try await clients.waitUntil("reported")
            }
        }
    }

    /// Makes alerts, one after the other.
    private struct Teller {
        let server: WholeServer
        let scope: OrganizationScope
        let schemaVersion: Int
        var sequence: Int64 = 0
        var told: [(sequence: Int64, at: Int, name: String)] = []

        mutating func tell(_ count: Int, named name: String, every pause: Duration) async throws {
            let clock = ContinuousClock()
            var next = clock.now
            for _ in 0..<count {
                sequence += 1
                let temperature = sequence.isMultiple(of: 2) ? 50.0 : 150
                let reading = Reading(asset: "furnace", instant: SystemTime().now, values: [temperature])
                // From before the reading is kept: its commit, the lane and the alert's commit are in the figure.
                told.append((sequence, monotonicNanoseconds(), name))
                _ = try await server.lanes.ingest([reading], schemaVersion: schemaVersion, in: scope)
                while try await server.stores.alerts.lastSequence(in: scope) < sequence {
                    try await clock.sleep(for: .microseconds(500))
                }
                next = next + pause
                try await clock.sleep(until: next, tolerance: .zero)
            }
        }
    }
}

/// The clients' process, which is told in lines what to do and says in lines what it has done.
final class ClientProcess {
    private let process = Process()
    private let input = Pipe()
    private let lines: AsyncStream<String>

    init(port: Int, token: String, count: Int, after sequence: Int64) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["clients", "\(port)", token, "\(count)"]
        process.standardInput = input
        process.standardOutput = output
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        lines = stream
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard !data.isEmpty else { return continuation.finish() }
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
                continuation.yield(String(line))
            }
        }
        try process.run()
        order("connect \(sequence)")
    }

    func order(_ line: String) { input.fileHandleForWriting.write(Data((line + "\n").utf8)) }

    /// Shows what the clients say until they say that they have done something.
    func waitUntil(_ done: String) async throws {
        for await line in lines {
            print(line)
            fflush(nil)
            if line.hasPrefix("done: \(done)") { return }
        }
        throw CancellationError()
    }
}
