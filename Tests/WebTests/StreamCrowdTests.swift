import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Web

/// Many clients of one organization: those who stay, those who come and go, and those who do not read.
@Suite struct StreamCrowdTests {
    private static let total = 40

    /// Where a message's number stands, without reading all of it.
    private static func sequence(of message: TestStream.Message) throws -> Int {
        guard message.text.contains(#""type":"alert""#), let name = message.text.range(of: #""sequence":"#),
            let sequence = Int(message.text[name.upperBound...].prefix { $0.isNumber })
        else { throw TestFailure(message: "no alert: \(message.text)") }
        return sequence
    }

    /// What a client saw that was cut off after so many alerts each time and came back with its last number.
    private func seen(_ server: TestServer, leavingAfter stays: [Int]) async throws -> [Int] {
        var seen: [Int] = []
        for stay in stays + [Self.total] where seen.count < Self.total {
            let last = seen.count
            seen += try await TestStream.with(server, query: "?after=\(seen.last ?? 0)") { stream in
                var part: [Int] = []
                while part.count < stay, last + part.count < Self.total {
                    part.append(try Self.sequence(of: try await stream.message()))
                }
                return part
            }
        }
        return seen
    }

    @Test func `of 200 clients none misses or repeats an alert, 20 come and go, and 5 that do not read hold up nobody`()
        async throws
    {
        var limits = TestServer.limits
        limits.streamSendBufferByteCount = 4_096
        try await TestServer.run(limits: limits) { server in
            try await server.prepare()
            var generator = SeededGenerator(seed: 5)
            let stays = (0..<20).map { _ in
                (0..<5).map { _ in Int.random(in: 1...Self.total / 4, using: &generator) }
            }
            // Those who do not read begin when all others are through.
            let gates = (0..<5).map { _ in AsyncStream.makeStream(of: Void.self) }
            let (slowAreThere, slowIsThere) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: [Int].self) { slow in
                for gate in gates {
                    slow.addTask {
                        try await TestStream.with(server, query: "?after=0") { stream in
                            slowIsThere.yield()
                            for await _ in gate.stream {}
                            var seen: [Int] = []
                            while seen.count < Self.total {
                                seen.append(try Self.sequence(of: try await stream.message()))
                            }
                            return seen
                        }
                    }
                }
                var waitingCount = gates.count
                for await _ in slowAreThere {
                    waitingCount -= 1
                    if waitingCount == 0 { break }
                }
                try await withThrowingTaskGroup(of: [Int].self) { group in
                    for client in 0..<200 {
                        let stays = client < stays.count ? stays[client] : []
                        group.addTask { try await seen(server, leavingAfter: stays) }
                    }
                    group.addTask {
                        for start in stride(from: 0, to: Self.total, by: 4) {
                            let temperatures = (start..<start + 4).map { $0.isMultiple(of: 2) ? 150.0 : 50 }
                            try await server.push(temperatures, from: start)
                        }
                        return Array(1...Self.total)
                    }
                    for try await seen in group { #expect(seen == Array(1...Self.total)) }
                }
                for gate in gates { gate.continuation.finish() }
                for try await seen in slow { #expect(seen == Array(1...Self.total)) }
            }
        }
    }

    @Test func `a compressed frame is refused, since no extension was agreed on`() async throws {
        try await TestServer.run { server in
            try await TestStream.with(server) { stream in
                #expect(try await stream.message().type == "snapshot")
                try await stream.sendCompressed(ByteBuffer(bytes: [0xAA, 0x56, 0x4A, 0x04, 0x00]))
                guard case .closed(let code) = try await stream.next() else {
                    Issue.record("the stream goes on")
                    return
                }
                #expect(code == 1002)
            }
        }
    }
}
