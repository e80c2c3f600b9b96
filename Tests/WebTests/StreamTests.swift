import Foundation
import NIOCore
import NIOWebSocket
import ServiceLifecycle
import Testing

@testable import Web

@Suite struct StreamTests {
    @Test func `a client without a position gets a snapshot, then what happens`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            try await TestStream.with(server) { stream in
                let snapshot = try await stream.message()
                #expect(snapshot.type == "snapshot")
                #expect(snapshot.sequence == 0)
                try await server.push([150])
                let alert = try await stream.message()
                #expect(alert.type == "alert")
                #expect(alert.sequence == 1)
                #expect(server.contract.problems(of: alert.json, againstSchema: "Alert").isEmpty)
                #expect(alert.json["headline"]?.string == "WARNING furnace-1: temp 150 is 50 above 100")
            }
            try await TestStream.with(server) { stream in
                let snapshot = try await stream.message()
                #expect(snapshot.sequence == 1)
                #expect(snapshot.json["alarms"]?.list.count == 1)
            }
        }
    }

    @Test func `who comes back gets what he missed, every alert once and in order, while more are told`() async throws {
        try await TestServer.run { server in
            try await server.prepare()
            let total = 120
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push((0..<40).map { $0.isMultiple(of: 2) ? 150 : 50 })
                for _ in 0..<40 { _ = try await stream.message() }
            }
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for start in [0, 7, 39] {
                    group.addTask {
                        var seen: [Int] = []
                        var last = start
                        // Each goes and comes back several times, wherever it happens to be.
                        for patience in [11, 23, 5, total] where last < total {
                            let from = last
                            let part = try await TestStream.with(server, query: "?after=\(from)") { stream in
                                var part: [Int] = []
                                while part.count < patience, from + part.count < total {
                                    let message = try await stream.message()
                                    guard message.type == "alert" else { throw TestFailure(message: message.text) }
                                    part.append(message.sequence)
                                }
                                return part
                            }
                            seen += part
                            last = part.last ?? last
                        }
                        return [start] + seen
                    }
                }
                group.addTask {
                    for start in stride(from: 40, to: total, by: 16) {
                        try await server.push((start..<start + 16).map { $0.isMultiple(of: 2) ? 150 : 50 }, from: start)
                    }
                    return []
                }
                for try await seen in group where !seen.isEmpty {
                    #expect(Array(seen.dropFirst()) == Array(seen[0] + 1...total))
                }
            }
        }
    }

    @Test func `who is too far behind, or ahead of all there is, gets a snapshot instead`() async throws {
        var limits = TestServer.limits
        limits.resumeCountMax = 10
        try await TestServer.run(limits: limits) { server in
            try await server.prepare()
            try await TestStream.with(server) { stream in
                _ = try await stream.message()
                try await server.push((0..<20).map { $0.isMultiple(of: 2) ? 150 : 50 })
                for _ in 0..<20 { _ = try await stream.message() }
            }
            for (after, type) in [(9, "snapshot"), (10, "alert"), (21, "snapshot")] {
                let first = try await TestStream.with(server, query: "?after=\(after)") { try await $0.message() }
                #expect(first.type == type)
                #expect(first.sequence == (type == "alert" ? 11 : 20))
            }
        }
    }

    @Test func `a client that does not read is cut off, holds nobody up, and resumes`() async throws {
        var limits = TestServer.limits
        // Longer than the client that reads may have to wait for its turn among all other tests.
        limits.stallMax = .seconds(20)
        limits.closeGrace = .milliseconds(100)
        limits.streamSendBufferByteCount = 16_384
        try await TestServer.run(limits: limits) { server in
            try await server.prepare()
            let total = 1_200
            let seen = try await TestStream.with(server) { idle in
                #expect(try await idle.message().type == "snapshot")
                // The other reads all of it, although the first reads nothing.
                try await TestStream.with(server) { busy in
                    #expect(try await busy.message().type == "snapshot")
                    try await server.push((0..<total).map { $0.isMultiple(of: 2) ? 150 : 50 }, from: -total)
                    for sequence in 1...total { #expect(try await busy.message().sequence == sequence) }
                }
                while server.context.metrics.openStreamCount > 0 { await Task.yield() }
                var seen = 0
                loop: while true {
                    do {
                        switch try await idle.next() {
                        case .message(let message):
                            #expect(message.sequence == seen + 1)
                            seen = message.sequence
                        case .closed: break loop
                        }
                    } catch {
                        break loop
                    }
                }
                return seen
            }
            #expect(seen < total)
            let next = try await TestStream.with(server, query: "?after=\(seen)") { try await $0.message() }
            #expect(next.sequence == seen + 1)
            let metrics = try await server.ask("GET", "/metrics")
            #expect(metrics.text.contains("eagle_stream_cut_off_total 1\n"))
        }
    }

    @Test func `browsers bring the token as a subprotocol, and never get it back`() async throws {
        try await TestServer.run { server in
            let offered = "eagle.v1, bearer.\(server.token(of: .northOperator))"
            let opening = try await TestStream.open(server, headers: [("Sec-WebSocket-Protocol", offered)])
            guard case .open(let channel, let subprotocol) = opening else {
                Issue.record("the stream is refused: \(opening)")
                return
            }
            #expect(subprotocol == "eagle.v1")
            try await channel.executeThenClose { _, _ in }
        }
    }

    @Test func `a refused upgrade is answered and closed`() async throws {
        try await TestServer.run { server in
            let cases: [(query: String, headers: [(String, String)], status: Int, code: String)] = [
                ("", [], 401, "unauthorized"),
                ("", [("Authorization", "Bearer nonsense")], 401, "unauthorized"),
                ("?after=x", [("Authorization", "Bearer \(server.token(of: .northAdmin))")], 400, "bad_request"),
                (
                    "?organization=south", [("Authorization", "Bearer \(server.token(of: .northAdmin))")], 404,
                    "not_found"
                ),
                (
                    "?organization=nowhere", [("Authorization", "Bearer \(server.token(of: .root))")], 404,
                    "not_found"
                ),
                ("", [("Authorization", "Bearer \(server.token(of: .root))")], 400, "organization_required"),
            ]
            for (query, headers, status, code) in cases {
                let opening = try await TestStream.open(server, query: query, headers: headers)
                guard case .refused(let answered, let body) = opening else {
                    Issue.record("the stream lets \(query) \(headers) in")
                    continue
                }
                #expect(answered == status)
                #expect(body.contains(#""code":"\#(code)""#))
            }
        }
    }

    @Test func `an organization's alerts reach nobody else`() async throws {
        try await TestServer.run { server in
            try await server.prepare(.northAdmin)
            try await server.prepare(.southAdmin)
            try await TestStream.with(server, as: .southOperator) { south in
                #expect(try await south.message().type == "snapshot")
                try await TestStream.with(server, as: .northOperator) { north in
                    #expect(try await north.message().type == "snapshot")
                    try await server.push([150, 50, 150, 50], machine: "north-secret")
                    for sequence in 1...4 { #expect(try await north.message().sequence == sequence) }
                }
                try await server.push([150], machine: "south-own", as: .southAdmin)
                let first = try await south.message()
                #expect(first.sequence == 1)
                #expect(!first.text.contains("north-secret"))
            }
            let resumed = try await TestStream.with(server, as: .southOperator, query: "?after=0") {
                try await $0.message()
            }
            #expect(!resumed.text.contains("north-secret"))
        }
    }

    @Test func `the stream ends with its token`() async throws {
        var limits = TestServer.limits
        limits.heartbeat = .milliseconds(50)
        // However many pings go out before the client first reads.
        limits.unansweredMax = .max
        try await TestServer.run(limits: limits) { server in
            try await TestStream.with(server) { stream in
                #expect(try await stream.message().type == "snapshot")
                server.clock.advance(by: .seconds(901))
                guard case .closed(let code) = try await stream.next() else {
                    Issue.record("the stream goes on")
                    return
                }
                #expect(code == 4401)
            }
        }
    }

    @Test func `a server that goes down says so`() async throws {
        try await TestServer.run { server in
            try await TestStream.with(server) { stream in
                #expect(try await stream.message().type == "snapshot")
                await server.group.triggerGracefulShutdown()
                guard case .closed(let code) = try await stream.next() else {
                    Issue.record("the stream goes on")
                    return
                }
                #expect(code == 1001)
            }
        }
    }

    @Test func `a ping is answered, and a frame too long ends the stream`() async throws {
        try await TestServer.run { server in
            try await TestStream.with(server) { stream in
                #expect(try await stream.message().type == "snapshot")
                try await stream.send(.text, ByteBuffer(repeating: 120, count: 20_000))
                guard case .closed(let code) = try await stream.next() else {
                    Issue.record("the stream goes on")
                    return
                }
                #expect(code == 1009)
            }
        }
    }
}
