import Foundation
import Synchronization
import TestSupport
import Testing

/// A server that is killed in the middle of its work, again and again.
@Suite(.serialized) struct DurabilityTests {
    private static let schema = """
        {"organization":"harbor","timestampColumn":"time","timeZone":"UTC","assetColumn":"pump",\
        "continuousColumns":["pressure"],"rules":[{"id":"low","kind":"limit","tag":"pressure","low":3}]}
        """

    /// A WebSocket's alerts as they were told, until the connection ends.
    private final class Listener: Sendable {
        private let told = Mutex<[Int: String]>([:])

        /// Alerts by their number.
        var alerts: [Int: String] { told.withLock { $0 } }

        init(port: Int, token: String) throws {
            let socket = try HTTPExchange.connect(port)
            try HTTPExchange.write(
                "GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Authorization: Bearer \(token)\r\n\r\n",
                to: socket
            )
            Thread.detachNewThread { [self] in
                var bytes: [UInt8] = []
                var isUpgraded = false
                while let part = HTTPExchange.read(socket) {
                    bytes += part
                    if !isUpgraded {
                        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
                        bytes.removeSubrange(..<end.upperBound)
                        isUpgraded = true
                    }
                    while let (payload, count) = Self.frame(bytes[...]) {
                        keep(payload)
                        bytes.removeFirst(count)
                    }
                }
                close(socket)
            }
        }

        /// The first whole frame of a server, RFC 6455, 5.2: never masked.
        private static func frame(_ bytes: ArraySlice<UInt8>) -> (payload: [UInt8], count: Int)? {
            guard bytes.count >= 2 else { return nil }
            var length = Int(bytes[bytes.startIndex + 1] & 0x7F)
            var head = 2
            if length >= 126 {
                head = length == 126 ? 4 : 10
                guard bytes.count >= head else { return nil }
                length = bytes.dropFirst(2).prefix(head - 2).reduce(0) { $0 << 8 | Int($1) }
            }
            guard bytes.count >= head + length else { return nil }
            return (Array(bytes.dropFirst(head).prefix(length)), head + length)
        }

        private func keep(_ payload: [UInt8]) {
            guard let object = try? JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any],
                object["type"] as? String == "alert", let sequence = object["sequence"] as? Int
            else { return }
            told.withLock { $0[sequence] = object["headline"] as? String ?? "" }
        }
    }

    private func json(_ body: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    @Test func `twenty kills lose no acknowledged reading, untell no alert and double no alarm`() throws {
        let folder = try TemporaryDirectory()
        let data = folder.path("data")
        #expect(try EagleProcess.run(["organization", "create", "harbor", "--data", data]).status == 0)
        let user = [
            "user", "create", "--data", data, "--email", "a@harbor.example", "--role", "ADMIN", "--organization",
            "harbor",
        ]
        #expect(try EagleProcess.run(user, input: "a good password\n").status == 0)
        var generator = SeededGenerator(seed: 20)
        var acknowledged: Set<Int> = []
        var told: [Int: String] = [:]
        var token = ""
        for round in 0..<20 {
            let server = try EagleServer(data: data)
            if round == 0 {
                let login = #"{"email":"a@harbor.example","password":"a good password"}"#
                let session = try HTTPExchange.send("POST", "/api/v1/auth/login", port: server.port, body: login)
                #expect(session.status == 200)
                token = try #require(try json(session.body)["accessToken"] as? String)
                let put = try HTTPExchange.send(
                    "PUT",
                    "/api/v1/schema",
                    port: server.port,
                    token: token,
                    body: Self.schema
                )
                #expect(put.status == 200, "\(put.body)")
            }
            let listener = try Listener(port: server.port, token: token)
            let count = Int.random(in: 3...12, using: &generator)
            for batch in 0..<count {
                let first = round * 10_000 + batch * 10
                let rows = (first..<first + 10).map { minute in
                    let time = Date(timeIntervalSince1970: 1_767_225_600 + Double(minute * 60)).formatted(.iso8601)
                    return #"{"time":"\#(time)","pump":"p\#(minute % 3)","pressure":\#(minute % 7 == 0 ? 2 : 5)}"#
                }
                let isLast = batch == count - 1
                if isLast {
                    let process = server.identifier
                    Thread.detachNewThread { Foundation.kill(process, SIGKILL) }  // While the batch is on its way.
                }
                let answer = try? HTTPExchange.send(
                    "POST",
                    "/api/v1/readings",
                    port: server.port,
                    token: token,
                    type: "application/x-ndjson",
                    body: rows.joined(separator: "\n")
                )
                if answer?.status == 200 { acknowledged.formUnion(first..<first + 10) }
            }
            server.kill()
            told.merge(listener.alerts) { $1 }
        }
        try check(data: data, token: token, acknowledged: acknowledged, told: told)
    }

    private func check(data: String, token: String, acknowledged: Set<Int>, told: [Int: String]) throws {
        let server = try EagleServer(data: data)
        defer { server.kill() }
        func get(_ path: String) throws -> [String: Any] {
            let answer = try HTTPExchange.send("GET", path, port: server.port, token: token)
            try #require(answer.status == 200, "\(path): \(answer.body)")
            return try json(answer.body)
        }
        let assets = try #require(try get("/api/v1/assets")["items"] as? [[String: Any]])
        var kept: Set<Int> = []
        for asset in assets {
            let id = try #require(asset["id"] as? String)
            var after: String?
            repeat {
                let key = after.map { "&after=\($0)" } ?? ""
                let page = try get("/api/v1/readings?asset=\(id)&limit=500\(key)")
                for reading in try #require(page["items"] as? [[String: Any]]) {
                    let text = try #require(reading["at"] as? String)
                    let instant = try Date(text, strategy: .iso8601)
                    kept.insert(Int((instant.timeIntervalSince1970 - 1_767_225_600) / 60))
                }
                after = page["next"] as? String
            } while after != nil
        }
        #expect(acknowledged.count > 500)
        #expect(acknowledged.subtracting(kept).isEmpty)
        var alerts: [Int: String] = [:]
        var sequence = 0
        while true {
            let page = try get("/api/v1/alerts?after=\(sequence)&limit=500")
            let elements = try #require(page["items"] as? [[String: Any]])
            for alert in elements {
                sequence = try #require(alert["sequence"] as? Int)
                alerts[sequence] = alert["headline"] as? String
            }
            if elements.isEmpty { break }
        }
        #expect(!told.isEmpty)
        for (number, headline) in told { #expect(alerts[number] == headline) }
        #expect(alerts.keys.sorted() == Array(1...max(1, sequence)))
        let open = try #require(try get("/api/v1/alarms?open=true&limit=200")["items"] as? [[String: Any]])
        let conditions = open.map { "\($0["asset"] ?? "") \($0["condition"] ?? "")" }
        #expect(Set(conditions).count == conditions.count)
    }
}
